import { pathToFileURL } from "node:url";
import type { PolicyFactory } from "../../src/policy.ts";
import { evaluate, sumCounters } from "../../src/run/evaluate.ts";
import env from "./env.ts";
import scripts, { type Swarm, swarm } from "./policies.ts";
import type { Params } from "./spaces.ts";

/** Every shape of swarm that was tried for the scripted attacks. */
export const shapes: readonly Swarm[] = [1, 2, 3, 4, 5, 6, 8, 12].flatMap((period) =>
  ([0, 1] as const).flatMap((stagger) =>
    [false, true].flatMap((rotate) => [1, 0.9, 0.7, 0.55].map((reach) => ({ period, stagger, rotate, reach }))),
  ),
);

export interface Found {
  readonly shape: Swarm;
  /** Goodput under attack as a share of goodput in peace. */
  readonly kept: number;
}

/** Goodput of episodes 0 … episodes−1 of the split `select`. */
function goodput(
  params: Partial<Params>,
  bot: PolicyFactory<Params>,
  gateway: PolicyFactory<Params>,
  episodes: number,
) {
  const policies = { ...scripts.defaults, bot, gateway } as Readonly<Record<string, PolicyFactory>>;
  return sumCounters(evaluate(env, { params, policies, episodes, seed: 1, split: ["select"] })).goodput;
}

/** All shapes against a gateway policy, the most harmful first. */
export function search(params: Partial<Params>, episodes: number, gateway = scripts.defaults.gateway): Found[] {
  const clean = goodput(params, scripts.attacks.none.roles.bot, gateway, episodes);
  const { gateways = 1 } = params;
  return shapes
    .filter(({ period, rotate }) => (rotate ? gateways > 1 && period >= gateways : true))
    .map((shape) => ({
      shape,
      kept:
        goodput(
          params,
          swarm(() => shape),
          gateway,
          episodes,
        ) / clean,
    }))
    .sort((a, b) => a.kept - b.kept);
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const episodes = Number(process.argv[2] ?? 64);
  const settings: Partial<Params>[] = [
    ...[3.2, 2.5, 2, 1.6, 1.2].map((tolerance) => ({ tolerance })),
    ...[2, 1, 0.5].map((rate) => ({ tolerance: 8, rate })),
    { tolerance: 2, gateways: 2 },
    { tolerance: 2, gateways: 4 },
    { tolerance: 1.2, gateways: 4 },
  ];
  for (const params of settings) {
    console.log(JSON.stringify(params));
    for (const { shape, kept } of search(params, episodes).slice(0, 4)) {
      console.log(`  kept ${kept.toFixed(3)}  ${JSON.stringify(shape)}`);
    }
  }
}
