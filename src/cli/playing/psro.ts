import { join } from "node:path";
import { parseOverrides } from "../../benchmark/overrides.ts";
import { digest, pretty } from "../../data/canonical.ts";
import { InputError, unknownName } from "../../data/errors.ts";
import { makeFolder, writeAtomic } from "../../data/files.ts";
import { checkTask, resolveConfig } from "../../learn/baseline.ts";
import type { Registry } from "../../library/registry.ts";
import { checkCoordination } from "../../play/cast.ts";
import { savePolicy } from "../../policy/checkpoint.ts";
import { openPopulationFolder } from "../../population/folder.ts";
import { type Member, mixtureOf, type Place, rolesOf } from "../../population/members.ts";
import { type Oracle, populationGame } from "../../population/oracles.ts";
import { makePayoffs } from "../../population/payoffs.ts";
import { METAS, type Meta, measureAgain, psro, type Round, type Side } from "../../population/psro.ts";
import { DONE, INTERRUPTED, type Io } from "../io.ts";
import { showProgress } from "../progress.ts";
import { wholeNumber } from "../runs/open.ts";
import { chooseBackend, chooseEnvironment } from "./choose.ts";
import { type Found, foundText, roundText } from "./psro-text.ts";
import { metricName } from "./tune.ts";

interface Options {
  readonly attacker: string;
  readonly defender: string;
  readonly attackerSet?: string[];
  readonly defenderSet?: string[];
  readonly meta: string;
  readonly lambda: string;
  readonly utility?: string;
  readonly security?: string;
  readonly oracleBudget: string;
  readonly budget: string;
  readonly rounds: string;
  readonly episodes: string;
  readonly seed: string;
  readonly backend: string;
  readonly out?: string;
  readonly resume?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly plugins?: string[];
}

/** masque psro */
export async function run(io: Io, [id, ...settings]: readonly string[], options: Options): Promise<number> {
  const { registry, plugin, params, roles } = await chooseEnvironment(id, settings, options.plugins);
  const { env } = plugin;
  const place: Place = { env, params, roles, scripts: await plugin.policies() };
  for (const side of ["defender", "attacker"] as const)
    if (rolesOf(place, side).length === 0) throw new InputError(`${env.id} has no role on the ${side} side.`);
  const meta = nameIn(METAS, options.meta, "meta-strategy") as Meta;
  const backend = chooseBackend(options.backend);
  const worth = {
    utility: metricName(env, "utility", options.utility),
    security: metricName(env, "security", options.security),
    lambda: worthOfSecurity(options.lambda),
  };
  const each = wholeNumber("--oracle-budget", options.oracleBudget, 1, 1e12);
  const oracle = (side: Side, text: string, set: readonly string[] = []) =>
    readOracle({ registry, place, side, text, set, budget: each });
  const oracles = {
    attacker: await oracle("attacker", options.attacker, options.attackerSet),
    defender: await oracle("defender", options.defender, options.defenderSet),
  };
  const budget = wholeNumber("--budget", options.budget, 1, 1e12);
  const rounds = wholeNumber("--rounds", options.rounds, 1, 60);
  const episodes = wholeNumber("--episodes", options.episodes, 2, 1e6);
  const seed = wholeNumber("--seed", options.seed, 0);
  const learning = Object.values(oracles).reduce((sum, { learner }) => sum + (learner?.budget ?? 0), 0);
  const folder = options.out ?? join("runs", `psro-${plugin.name}`);
  const asked = { params, worth, meta, rounds, budget, episodes, seed, backend, oracles: described(oracles) };
  const task = digest({ environment: plugin.digest, ...asked });
  const remember = openPopulationFolder(folder, task, options.resume === true);

  const interrupt = new AbortController();
  const { signal } = interrupt;
  const undo = io.onInterrupt(() => interrupt.abort());
  const progress = await showProgress(io, options.quiet === true, "steps");
  try {
    const payoffs = makePayoffs(place, { worth, episodes, seed, split: ["payoff"], signal });
    const game = populationGame(place, {
      ...{ worth, payoffs, oracles, seed, backend, signal, remember },
      onProgress(training, steps, total) {
        const done = (game.steps ?? 0) + steps;
        const label = `${training}: ${Math.round((100 * steps) / total)} %`;
        progress.update({ cells: done, ofCells: budget, done: Math.min(1, done / budget), running: [{ label }] });
      },
    });
    const afford = () => (game.steps ?? 0) + learning <= budget;
    const all: Round<Member>[] = [];
    for await (const round of psro(game, { meta, rounds, afford })) {
      all.push(round);
      signal.throwIfAborted();
      if (!options.quiet) io.err(roundText(round, io.paint));
    }
    const last = all[all.length - 1];
    const fresh = makePayoffs(place, { worth, episodes, seed, split: ["test", 0], signal });
    const tested = await measureAgain(last, fresh.payoff);
    progress.stop();
    for (const side of ["defender", "attacker"] as const) {
      makeFolder(join(folder, side));
      const used = last.members[side].flatMap((member, k) =>
        last.shares[side][k] > 0 ? [{ member, share: last.shares[side][k] }] : [],
      );
      for (const [role, data] of Object.entries(mixtureOf(place, side, used)))
        savePolicy(join(folder, side, role), data);
    }
    const found: Found = {
      environment: env.id,
      ...asked,
      folder,
      steps: last.steps + fresh.steps,
      rounds: all,
      tested,
    };
    writeAtomic(join(folder, "population.json"), pretty(plain(found)));
    io.out(options.json ? pretty(plain(found)) : foundText(found, [id, ...settings], options.plugins ?? [], io.paint));
    return DONE;
  } catch (error) {
    progress.stop();
    if (!signal.aborted) throw error;
    io.err(`Stopped. The same command with --resume goes on; trainings that ended are in ${folder}.\n`);
    return INTERRUPTED;
  } finally {
    undo();
  }
}

/**
 * An oracle as it is typed: `scripts`, a baseline, or `scripts,cem`.
 * @throws InputError for unknown baselines and settings, joint ones on a factored side, or less than a round's budget
 */
async function readOracle(task: {
  readonly registry: Registry;
  readonly place: Place;
  readonly side: Side;
  readonly text: string;
  readonly set: readonly string[];
  readonly budget: number;
}): Promise<Oracle> {
  const { registry, place, side, text, set, budget } = task;
  const given = parseOverrides(set, "a setting NAME=VALUE, as in population=80");
  const names = text.split(",").map((name) => name.trim());
  const scripts = names.includes("scripts");
  const [name, another] = names.filter((one) => one !== "scripts");
  if (another !== undefined)
    throw new InputError(`--${side}: got "${text}"; expected one baseline at most, as in scripts,cem.`);
  if (name === undefined) {
    if (set.length > 0) throw new InputError(`--${side}-set: scripts have no settings; name a baseline by --${side}.`);
    return { scripts };
  }
  const baseline = await registry.baseline(name);
  checkCoordination(place.env, side, baseline);
  const config = resolveConfig(baseline, given);
  const { env, params, scripts: known } = place;
  checkTask(baseline, config, { env, levels: [params], roles: rolesOf(place, side), scripts: known, budget });
  return { scripts, learner: { baseline, config, budget } };
}

const described = (oracles: Readonly<Record<Side, Oracle>>) =>
  Object.fromEntries(
    Object.entries(oracles).map(([side, { scripts, learner }]) => [
      side,
      { scripts, ...(learner && { baseline: learner.baseline.id, config: learner.config, budget: learner.budget }) },
    ]),
  );

/** Members by what tables call them. */
function plain({ rounds, ...found }: Found): unknown {
  const titles = (members: readonly Member[]) => members.map(({ title }) => title);
  return {
    ...found,
    rounds: rounds.map(({ members, answers, ...round }) => ({
      ...round,
      members: { defender: titles(members.defender), attacker: titles(members.attacker) },
      answers: { defender: answers.defender.title, attacker: answers.attacker.title },
    })),
  };
}

function nameIn(names: Readonly<Record<string, unknown>>, given: string, what: string): string {
  if (!Object.hasOwn(names, given)) throw unknownName(what, given, Object.keys(names));
  return given;
}

function worthOfSecurity(text: string): number {
  const value = text.trim() === "" ? Number.NaN : Number(text);
  if (value > 0 && value <= 1e6) return value;
  throw new InputError(`--lambda: got "${text.slice(0, 40)}", expected a number above 0, up to 1000000.`);
}
