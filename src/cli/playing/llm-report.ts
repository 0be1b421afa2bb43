import { metricIntervals } from "../../frontier/scores.ts";
import type { EnvironmentPlugin } from "../../library/plugin.ts";
import type { Way } from "../../llm/episode.ts";
import { costOf, type Forecast } from "../../llm/forecast.ts";
import type { OpenGame } from "../../llm/game.ts";
import { armsOf, type Played } from "../../llm/results.ts";
import type { Tape } from "../../llm/tape.ts";
import { compareScripts, type Line } from "../../people/compare.ts";
import { defencePolicies, scriptedAttack } from "../../play/cast.ts";
import { evaluate, metricsOf, sumCounters } from "../../play/evaluate.ts";
import { interval } from "../../report/frontier-text.ts";
import { fold, number, table } from "../../report/text.ts";
import type { Io } from "../io.ts";
import { quote } from "../runs/open.ts";

/** Of a million tokens of prompts, and of answers. */
export type Price = readonly [number, number] | undefined;

/** Episodes that choose the script which models defend against when none is named. */
const CHOOSING = 64;

/** The script that harms a defence most: the least of the first security metric. */
export async function worstScript(
  plugin: EnvironmentPlugin,
  params: Readonly<Record<string, unknown>>,
  defence: string,
): Promise<string> {
  const { env } = plugin;
  const scripts = await plugin.policies();
  const roles = env.roles(params);
  const others = defencePolicies(env, roles, scripts, defence);
  const security = Object.keys(env.metrics).find((name) => env.metrics[name].axis === "security")!;
  const play = (attack: string) => {
    const policies = { ...others, ...scriptedAttack(env, roles, scripts, attack) };
    return sumCounters(evaluate(env, { params, policies, episodes: CHOOSING, seed: 1, split: ["select", 0] }));
  };
  const clean = play("none");
  const harm = Object.keys(scripts.attacks).map((name) => {
    const { [security]: left } = metricsOf(env, name === "none" ? clean : play(name), clean);
    return { name, left };
  });
  return harm.reduce((a, b) => (b.left < a.left ? b : a)).name;
}

/** The models beside random play and every script of their side, in the same episodes. */
export function compareModels(open: OpenGame, played: Played): Line[] {
  const { attacked, clean } = armsOf(open, played);
  const { seed, episodes } = open.game;
  const models = { name: "the models", metrics: metricIntervals(open.env, attacked, clean, seed) };
  return [models, ...compareScripts(open, [{ seed, episodes }])];
}

const count = (n: number) => n.toLocaleString("en");

/** What is to come, in two lines. */
export function forecastText({ calls, prompt, completion }: Forecast, price: Price): string {
  const cost = price
    ? `price ${number(costOf([prompt[0], completion[0]], price))}, at most ${number(costOf([prompt[1], completion[1]], price))}`
    : "price unknown (--price 0.15,0.6: of a million tokens of prompts, of answers)";
  return (
    `about ${count(calls[0])} calls (at most ${count(calls[1])}), ${count(prompt[0])} tokens of prompts, ` +
    `${count(completion[0])} of answers (at most ${count(completion[1])})\n${cost}\n`
  );
}

export interface Told {
  readonly folder: string;
  readonly compared: readonly Line[];
  readonly ways: Readonly<Record<string, Readonly<Record<Way, number>>>>;
  readonly tape: Tape;
  readonly price: Price;
  /** Calls made now, and answers found. */
  readonly calls: number;
  readonly found: number;
}

/** The outcome for people. */
export function reportText(io: Io, { env, game, roles }: OpenGame, told: Told): string {
  const { compared, ways, tape, price, calls, found, folder } = told;
  const names = Object.keys(env.metrics);
  const security = names.find((name) => env.metrics[name].axis === "security")!;
  const attacking = Object.keys(game.players).some((role) => roles[role].side === "attacker");
  const scripts = compared.slice(1).filter(({ name }) => name !== "none" && name !== "random");
  const best = scripts.reduce(
    (a, b) => (b.metrics[security].mean < a.metrics[security].mean ? b : a),
    scripts[0] ?? compared[0],
  );
  const rows = compared.map((one) => [
    attacking && one === best ? `${one.name} (best script)` : one.name,
    ...names.map((name) => interval(one.metrics[name])),
  ]);
  const who = Object.entries(game.players).map(([role, { model }]) => `${role} by ${model}`);
  const params = Object.entries(game.params).map(([name, value]) => `${name}=${value}`);
  const { calls: made, tokens } = tape.calls!;
  const [prompt, answers] = tokens;
  const cost = price ? `, price ${number(costOf([prompt, answers], price))}` : "";
  return (
    `${io.paint("bold", env.id)} ${params.join(" ")}\n` +
    fold(
      `${who.join(", ")}; attack ${game.attack}, defence ${game.defence}, ${game.episodes} episodes; 95 % intervals over episodes`,
      io.columns,
    ) +
    `\n${table([["who", ...names], ...rows], io.paint)}\n` +
    Object.entries(ways)
      .map(([role, one]) => `${waysText(role, one)}\n`)
      .join("") +
    `${count(made)} calls (${count(calls)} made now, ${count(found)} found answered), ` +
    `${count(prompt)} tokens of prompts, ${count(answers)} of answers${cost}\n` +
    `masque verify ${quote(folder)} plays the tape again\n`
  );
}

/** How a role's decisions came about: what was invalid was played by a fallback, and is no doing of the model's. */
export function waysText(role: string, { forced, valid, repaired, invalid }: Readonly<Record<Way, number>>): string {
  const asked = valid + repaired + invalid;
  const share = (n: number) => (asked === 0 ? "" : ` (${number((100 * n) / asked, 1)} %)`);
  return `${role}: ${asked} decisions asked for: ${valid} valid${share(valid)}, ${repaired} repaired${share(repaired)}, ${invalid} invalid${share(invalid)}, played by a fallback; ${forced} more had no choice`;
}
