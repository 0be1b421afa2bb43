import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { parseOverrides } from "../../src/benchmark/overrides.ts";
import { InputError, unknownName } from "../../src/data/errors.ts";
import type { EnvironmentPlugin } from "../../src/library/plugin.ts";
import { openRegistry } from "../../src/library/registry.ts";
import type { Evidence } from "./evidence.ts";
import { type Attacker, bestScript, learned, openSpeaker, SELECT, type Speaker, spoken } from "./players/attackers.ts";
import { levelOf, MIXTURE } from "./players/frontier.ts";
import { openPlace } from "./players/place.ts";
import { type Told, toldHtml, toldSvg, toldText } from "./players/told.ts";

// What a language model changes: the best script, a learned attacker, a model and an even mixture of them on one frontier,
// in an environment's text set, beside what each of them took (docs/language-models.md).

interface Options {
  readonly env: string;
  readonly levels?: string;
  readonly backend?: string;
  readonly url?: string;
  readonly model: string;
  readonly episodes: number;
  readonly scored: number;
  readonly learner: string;
  readonly budget: number;
  readonly answers: string;
  readonly out?: string;
}

function readOptions(settings: readonly string[]): Options & { readonly settings: readonly string[] } {
  const whole = (name: string) => (text: string) => {
    if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
    throw new InputError(`${name}: got "${text}", expected a whole number from 1.`);
  };
  const command = new Command("npm run evidence -- players")
    .description("A scripted, a learned and a language-model attacker and their even mixture on one frontier.")
    .argument("[settings...]", "parameters NAME=VALUE, laid over the environment's text set")
    .option("--env <name>", "environment with a text set", "covert-wire")
    .option("--levels <knob=values>", "levels of a knob, as in falseAlarm=0,0.1,0.5; default: three of the first's")
    .option("--backend <file>", "module that opens a model on this machine, as of masque llm")
    .option("--url <address>", "server with OpenAI's chat API; its key is read from OPENAI_API_KEY")
    .option("--model <name>", "as the server or the module knows it", "my-model")
    .option("--episodes <n>", "the model's, a level", whole("--episodes"), 8)
    .option("--scored <n>", "those of the script and of the learned attacker", whole("--scored"), 1024)
    .option("--learner <baseline>", "what learns", "cem")
    .option("--budget <steps>", "environment steps of its training, a level", whole("--budget"), 2_000_000)
    .option("--answers <folder>", "where answers are kept, and found again", join("runs", "players"))
    .option("--out <file>", "figure as .svg, or figure and tables as .html");
  command.parse(settings, { from: "user" });
  return { ...command.opts<Options>(), settings: command.args };
}

/** Levels of one knob. Three of the first one's grid, without its lockdown end, where nobody named any. */
function readLevels({ env }: EnvironmentPlugin, given: string | undefined): { knob: string; levels: number[] } {
  if (given === undefined) {
    const [first] = Object.entries(env.knobs);
    if (!first) throw new InputError(`${env.id} has no knob, so no frontier. Choose another --env.`);
    const [knob, { grid, lockdown }] = first;
    const inner = grid.filter((level) => level !== lockdown);
    return { knob, levels: [...new Set([0, 0.5, 1].map((at) => inner[Math.round(at * (inner.length - 1))]))] };
  }
  const [knob, values = ""] = given.split("=");
  if (!Object.hasOwn(env.knobs, knob)) throw unknownName(`knob of ${env.id}`, knob, Object.keys(env.knobs));
  const levels = values.split(",").map((text) => (text.trim() === "" ? Number.NaN : Number(text)));
  if (levels.every(Number.isFinite)) return { knob, levels };
  throw new InputError(`--levels: got "${given}", expected numbers, as in ${knob}=${env.knobs[knob].grid.join(",")}.`);
}

/** Measures everything, level by level. */
async function measure(options: ReturnType<typeof readOptions>, speaker: Speaker | undefined): Promise<Told> {
  const { episodes, scored, learner, budget, answers } = options;
  const registry = openRegistry();
  const plugin = await registry.environmentNamed(options.env.replace(/-v\d+$/, ""));
  const { env } = plugin;
  const text = plugin.text();
  if (!text) throw new InputError(`${env.id} has no text set (envs/${plugin.name}/text.json). Choose another --env.`);
  if (speaker && scored < episodes) {
    throw new InputError(`--scored: got ${scored}, expected at least the model's ${episodes} episodes.`);
  }
  const given = { ...text.params, ...parseOverrides(options.settings, "a parameter NAME=VALUE") };
  const { knob, levels } = readLevels(plugin, options.levels);
  const baseline = await registry.baseline(learner);
  const stop = new AbortController();
  const interrupt = () => stop.abort(new InputError(`Stopped. Answers are in ${answers}: the same command goes on.`));
  process.once("SIGINT", interrupt);
  const measured = [];
  try {
    for (const level of levels) {
      const place = await openPlace(plugin, { ...given, [knob]: level });
      const say = (what: string) => process.stderr.write(`${knob}=${level}: ${what}\n`);
      say(`the best of ${Object.keys(place.scripts.attacks).length} scripts; ${learner} learns ${budget} steps`);
      const attackers: Attacker[] = [bestScript(place, scored), await learned(place, baseline, budget, scored)];
      if (speaker) {
        const onProgress = (done: number, of: number) => say(`${speaker.model} played ${done} of ${of} episodes`);
        const more = { count: episodes, folder: answers, signal: stop.signal, onProgress };
        attackers.push(await spoken(place, speaker, more));
      }
      measured.push({ place, attackers, level: levelOf(place, level, attackers) });
    }
  } finally {
    process.off("SIGINT", interrupt);
  }
  const { utility, security, params } = measured[0].place;
  const set = Object.keys(given).map((name) => `${name} ${params[name]}`);
  return {
    title: `${env.id} (${set.join(", ")}), default defence`,
    knob,
    axes: { utility, security },
    levels: measured.map(({ level }) => level),
    attackers: measured.map(({ attackers }) => attackers),
    notes: notesOf(options, speaker),
  };
}

/** What a reader must know of the figures. */
function notesOf({ episodes, scored, learner, budget }: Options, speaker: Speaker | undefined): string[] {
  const mixed = speaker ? "the three" : "the two";
  const notes = [
    `Scripts were chosen on ${SELECT} episodes of another split and cost those, and the steps of the searches they came from; ${learner} is one training of ${budget} steps a level. Both play ${scored} episodes.`,
    `${MIXTURE}: each episode is played by one of ${mixed}, drawn by a seeded stream. The worst is chosen again in every resample, so that its interval allows for the choice.`,
  ];
  if (!speaker) return [...notes, "No model: give --backend or --url."];
  const unseen = 100 * (1 - 0.05 ** (1 / episodes));
  const few =
    `${speaker.model} and the mixture: ${episodes} episodes a level. Resampling knows only what was seen: ` +
    `what none of ${episodes} episodes showed may still happen in up to ${unseen.toFixed(0)} % of them (95 %).`;
  const server = speaker.described.server ? " CPU seconds of a server are not counted." : "";
  return [...notes, few + server];
}

async function print(settings: readonly string[]): Promise<void> {
  const options = readOptions(settings);
  const { out } = options;
  if (out !== undefined && !/\.(svg|html)$/.test(out)) {
    throw new InputError(`--out: got "${out}", expected a name that ends in .svg or .html.`);
  }
  const speaker = await openSpeaker(options);
  try {
    const told = await measure(options, speaker);
    console.log(toldText(told));
    if (out !== undefined) writeFileSync(out, out.endsWith(".svg") ? toldSvg(told) : toldHtml(told));
  } finally {
    await speaker?.backend.close?.();
  }
}

export default {
  frontier: { summary: "scripted, learned and language-model attackers on one frontier (frontier --help)", print },
} satisfies Evidence;
