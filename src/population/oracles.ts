import { canonical } from "../data/canonical.ts";
import { InputError } from "../data/errors.ts";
import type { Counts } from "../env/define.ts";
import type { Learning, Trained } from "../learn/baseline.ts";
import { train } from "../learn/train.ts";
import { checkCoordination } from "../play/cast.ts";
import { sumCounters } from "../play/evaluate.ts";
import { attackTraining } from "../run/attack-training.ts";
import { defenceTraining } from "../run/defence-training.ts";
import {
  defenceOf,
  type Member,
  mixtureOf,
  nameOf,
  type Place,
  rolesOf,
  scriptedMember,
  scriptNames,
  seatsOf,
} from "./members.ts";
import type { Payoffs, Worth } from "./payoffs.ts";
import type { Game, Share, Side } from "./psro.ts";

/** What answers the other side: all scripts, a baseline that learns, or both, of which the best is taken. */
export interface Oracle {
  readonly scripts: boolean;
  readonly learner?: Learner;
}

/** A baseline that learns for so many environment steps. */
export interface Learner extends Learning {
  readonly budget: number;
}

/** A training that may have been done before. */
export type Remember = (name: string, train: () => Promise<Done>) => Promise<Done>;
export type Done = Pick<Trained, "policies" | "steps">;

/** How much what a training is told beforehand of an episode's counters counts, in episodes. */
const PRIOR = 8;

export interface PopulationTask {
  readonly worth: Worth;
  readonly payoffs: Payoffs;
  readonly oracles: Readonly<Record<Side, Oracle>>;
  readonly seed: number;
  readonly backend?: "wasm" | "node" | "cpu";
  readonly signal?: AbortSignal;
  readonly remember?: Remember;
  /** Told of the steps that a training has done. */
  onProgress?(training: string, steps: number, total: number): void;
}

/**
 * The game of populations in an environment: it begins with `none` against the default defence, and its oracles are told what
 * attacks and defences learn in benchmarks, here against mixtures.
 */
export function populationGame(place: Place, task: PopulationTask): Game<Member> {
  const { payoffs, oracles, remember = (_, train) => train() } = task;
  let trained = 0;
  async function learn(side: Side, learner: Learner, against: readonly Share<Member>[], name: string): Promise<Member> {
    const train = side === "attacker" ? trainAttacker : trainDefender;
    const done = await remember(`${side}-${name}`, () => train(place, task, learner, against, name));
    checkLearned(place, side, name, done);
    trained += done.steps;
    const policies = { ...scriptedMember(place, side, REST[side]).policies, ...done.policies };
    return { side, title: `${learner.baseline.id}-${name}`, policies };
  }
  async function respond(side: Side, against: readonly Share<Member>[], round: number, target: number) {
    const { scripts, learner } = oracles[side];
    const candidates = scripts ? scriptNames(place, side).map((name) => scriptedMember(place, side, name)) : [];
    if (learner) candidates.push(await learn(side, learner, against, target > 0 ? `${round}-${target}` : `${round}`));
    return bestOf(payoffs, side, candidates, against);
  }
  return {
    start: {
      defender: scriptedMember(place, "defender", REST.defender),
      attacker: scriptedMember(place, "attacker", REST.attacker),
    },
    name: nameOf,
    payoff: payoffs.payoff,
    respond,
    get steps() {
      return payoffs.steps + trained;
    },
  };
}

/** What comes out of a folder is what a side may play, all of it: a role left out would pass for one that learned its script. */
function checkLearned(place: Place, side: Side, name: string, { policies }: Done): void {
  const { env } = place;
  const roles = rolesOf(place, side);
  const refuse = (why: string) =>
    new InputError(`The training ${side}-${name} of ${env.id} ${why}. Remove its folder to train it again.`);
  if (canonical(Object.keys(policies).sort()) !== canonical([...roles].sort()))
    throw refuse(`has policies for ${Object.keys(policies).join(", ") || "nobody"}; expected ${roles.join(", ")}`);
  for (const [role, data] of Object.entries(policies)) {
    if (data.environment !== env.id || data.role !== role)
      throw refuse(`has a policy for ${data.role} of ${data.environment} as ${role}`);
    if (data.joint) checkCoordination(env, side, { id: data.baseline, coordination: "joint" });
  }
}

/** What a side plays where nobody said how. */
const REST = { defender: "default", attacker: "none" } as const;

/** The best on the table's own episodes; the first of equals. */
async function bestOf(
  { payoff }: Payoffs,
  side: Side,
  candidates: readonly Member[],
  against: readonly Share<Member>[],
): Promise<Member> {
  let best = candidates[0];
  let most = Number.NEGATIVE_INFINITY;
  for (const member of candidates.length > 1 ? candidates : []) {
    let gained = 0;
    for (const { member: other, share } of against) {
      const [value] = side === "defender" ? await payoff(member, other) : await payoff(other, member);
      gained += share * (side === "defender" ? value : -value);
    }
    if (gained > most) [best, most] = [member, gained];
  }
  return best;
}

/** Means of what an episode counts when defenders in such shares meet attackers in such shares. */
async function meanCounts(
  { payoffs }: PopulationTask,
  defenders: readonly Share<Member>[],
  attacker?: Member,
): Promise<Counts<string>> {
  const sum: Record<string, number> = {};
  for (const { member, share } of defenders) {
    const played = await payoffs.played(member, attacker);
    const episodes = played.counters.length / played.names.length;
    for (const [name, count] of Object.entries(sumCounters(played)))
      sum[name] = (sum[name] ?? 0) + (share * count) / episodes;
  }
  return sum;
}

/** An attack on a mixture of defenders: it lowers the same worth, which a clean utility takes no part in. */
async function trainAttacker(
  place: Place,
  task: PopulationTask,
  { baseline, config, budget }: Learner,
  defenders: readonly Share<Member>[],
  name: string,
): Promise<Trained> {
  const { env, params, scripts } = place;
  const { utility, security, lambda } = task.worth;
  const aim = { utility, security, lambda: env.metrics[utility].arm === "attacked" ? 1 / lambda : 0 };
  const roles = rolesOf(place, "attacker");
  const quiet = await meanCounts(task, defenders);
  return train({
    ...common(task, "attacker", name),
    environment: baseline.aimed ? env : attackTraining(env, roles, aim, () => quiet).env,
    params,
    roles: Object.fromEntries(roles.map((role) => [role, { baseline, config }])),
    policies: defenceOf(place, mixtureOf(place, "defender", defenders)),
    scripts,
    aim,
    budget,
  });
}

/** A defence against a mixture of attackers: half of its episodes are clean, the others draw an attacker by its share. */
async function trainDefender(
  place: Place,
  task: PopulationTask,
  { baseline, config, budget }: Learner,
  attackers: readonly Share<Member>[],
  name: string,
): Promise<Trained> {
  const { env, params, scripts } = place;
  const roles = rolesOf(place, "defender");
  const start = [{ member: scriptedMember(place, "defender", REST.defender), share: 1 }];
  const quiet = scriptedMember(place, "attacker", REST.attacker);
  const first = [await meanCounts(task, start)];
  for (const { member } of attackers) first.push(await meanCounts(task, start, member));
  const game = defenceTraining({
    env,
    roles,
    objective: task.worth,
    arms: [quiet, ...attackers.map(({ member }) => member)].map(({ policies }) => seatsOf(place, policies)),
    weights: attackers.map(({ share }) => share),
    first,
    prior: PRIOR,
  });
  return train({
    ...common(task, "defender", name),
    environment: game.env,
    params,
    roles: Object.fromEntries(roles.map((role) => [role, { baseline, config }])),
    policies: { ...defenceOf(place, {}), ...game.policies },
    scripts,
    budget,
  });
}

const common = ({ seed, backend, signal, onProgress }: PopulationTask, side: Side, name: string) => ({
  seed,
  split: [side === "attacker" ? "train-attack" : "train-defence", "population", name],
  backend,
  signal,
  onProgress: ({ steps, total }: { steps: number; total: number }) => onProgress?.(`${side} ${name}`, steps, total),
});
