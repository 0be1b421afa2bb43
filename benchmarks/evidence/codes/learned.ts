import { train } from "masque";
import { policyFrom } from "masque/learn";
import talk from "../../../envs/plain-talk/env.ts";
import scripts from "../../../envs/plain-talk/policies.ts";
import { mean, studentInterval } from "../../../src/stats/index.ts";
import { against, SMALL, three } from "./against.ts";

// Pairs that learn a code in six tokens of four candidates.

const WATCHED = { ...SMALL, falseAlarm: 0.1, redraw: 0.1 };
/** Seeds of trainings; settings were chosen by looking at seed 11. */
const SEEDS = Array.from({ length: 10 }, (_, i) => `${101 + i}`);
const LEARNING = { copies: 128, rolloutSteps: 28, gamma: 1 };
const SETTLING = { ...LEARNING, learningRate: 0.01, lambda: 0.5, entropy: 0.005, clip: 0.4 };

/** A line for each pair, then their mean with its Student interval. */
async function each(seeds: readonly string[], pair: (seed: number) => Promise<unknown>): Promise<void> {
  const found: number[] = [];
  for (const seed of seeds.length > 0 ? seeds : SEEDS) {
    const { S, se, power } = against(WATCHED, (await pair(Number(seed))) as never, "learned", 10_000);
    found.push(S);
    console.log(`seed ${seed}: S ${three(S)} ± ${three(2 * se)}, flagged ${three(power)}`);
  }
  if (found.length < 2) return;
  const { low, high } = studentInterval(found);
  console.log(`mean of ${found.length}: S ${three(mean(found))} [${three(low)}, ${three(high)}]`);
}

/**
 * Pairs that find a code by themselves. The critic sees both ends and advantages are cut short (λ = .5), which tells a word's
 * token from the other five, all of which are paid together, at the end.
 */
export async function learners([budget = "1200000", ...seeds]: readonly string[]): Promise<void> {
  const { default: mappo } = await import("../../../baselines/mappo.ts");
  const learner = mappo(SETTLING);
  await each(seeds, async (seed) => {
    const roles = { sender: learner, receiver: learner };
    const given = { environment: talk, params: WATCHED, policies: scripts.defaults, budget: Number(budget), seed };
    return (await train({ ...given, roles })).policies;
  });
}

/**
 * Pairs that are taught a symbol for each word: while nobody watches, a receiver learns to read `raw`, which says a word by the
 * number of a candidate; then a sender learns to be understood by that receiver, and not to be flagged. A receiver counts in
 * the last step only: with λ = 0 no other is paid for it. What a sender has spent is a small share of what it might be, so it
 * sees its observations normalised.
 */
export async function taught([first = "1000000", second = "1200000", ...seeds]: readonly string[]): Promise<void> {
  const { default: ippo } = await import("../../../baselines/ippo.ts");
  const reading = ippo({ ...LEARNING, learningRate: 0.01, lambda: 0, entropy: 0, clip: 0.4 });
  const saying = ippo({ ...LEARNING, learningRate: 0.005, lambda: 1, entropy: 0.002, normaliseObservations: true });
  await each(seeds, async (seed) => {
    const unwatched = { ...WATCHED, falseAlarm: 0 };
    const { sender } = scripts.attacks.raw.roles;
    const { receiver } = (
      await train({
        environment: talk,
        params: unwatched,
        roles: { receiver: reading },
        policies: { ...scripts.defaults, sender },
        budget: Number(first),
        seed,
      })
    ).policies;
    const learned = await train({
      environment: talk,
      params: WATCHED,
      roles: { sender: saying },
      policies: { ...scripts.defaults, receiver: policyFrom(receiver) },
      budget: Number(second),
      seed,
    });
    return { sender: learned.policies.sender, receiver };
  });
}

const OWN = { learningRate: 0.003, gamma: 1, entropy: 0.02 };
const CENTRAL = { ...LEARNING, ...OWN, lambda: 0.3 };
type Trial = readonly [baseline: string, budget: number, config: object, levels?: readonly object[]];
const TRIED: Readonly<Record<string, Trial>> = {
  ippo: ["ippo", 1_200_000, OWN],
  "ippo, 256 copies": ["ippo", 2_400_000, { ...OWN, copies: 256 }],
  "ippo, no entropy bonus": ["ippo", 2_400_000, { ...LEARNING, ...OWN, entropy: 0 }],
  "ippo, normalised": ["ippo", 2_400_000, { ...LEARNING, ...OWN, normaliseObservations: true }],
  mappo: ["mappo", 1_200_000, OWN],
  "mappo, λ .6": ["mappo", 2_400_000, { ...CENTRAL, lambda: 0.6 }],
  "mappo, λ .3": ["mappo", 2_400_000, CENTRAL],
  "mappo, λ 0": ["mappo", 2_400_000, { ...CENTRAL, lambda: 0 }],
  "mappo, λ .3, 256 copies": ["mappo", 8_000_000, { ...CENTRAL, copies: 256 }],
  "mappo, λ .3, no entropy bonus": ["mappo", 2_400_000, { ...CENTRAL, entropy: 0 }],
  "mappo, λ .3, entropy bonus .05": ["mappo", 2_400_000, { ...CENTRAL, entropy: 0.05 }],
  "mappo, λ .3, normalised": ["mappo", 2_400_000, { ...CENTRAL, normaliseObservations: true }],
  "mappo, λ .3, ReLU": ["mappo", 2_400_000, { ...CENTRAL, activation: "relu", hidden: [128, 64] }],
  "mappo, λ .3, two levels": ["mappo", 1_200_000, CENTRAL, [{ falseAlarm: 0 }, { falseAlarm: 0.1 }]],
  "as learners": ["mappo", 1_200_000, SETTLING],
  "as learners, heads in turn": ["mappo", 1_200_000, { ...SETTLING, heads: "autoregressive" }],
  cem: ["cem", 20_000_000, {}],
};

/** What was tried before, a training each, of seed 11; `names`: those whose names contain one of them. */
export async function tried(names: readonly string[]): Promise<void> {
  for (const [name, [baseline, budget, config, levels]] of Object.entries(TRIED)) {
    if (names.length > 0 && !names.some((part) => name.includes(part))) continue;
    const { default: make } = await import(`../../../baselines/${baseline}.ts`);
    const learner = make(config);
    const roles = { sender: learner, receiver: learner };
    const given = { environment: talk, params: WATCHED, policies: scripts.defaults, seed: 11 };
    const { policies } = await train({ ...given, roles, budget, levels } as never);
    const { S, se, power } = against(WATCHED, policies as never, name, 10_000);
    console.log(`${name}, ${budget} steps: S ${three(S)} ± ${three(2 * se)}, flagged ${three(power)}`);
  }
}
