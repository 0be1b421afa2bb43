// Which swarm does most harm: npx tsx --conditions=masque-source envs/swarm-flood/search.ts
import { pathToFileURL } from "node:url";
import { type Defence, measure } from "./measure.ts";
import { type Swarm, swarm } from "./policies.ts";
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

/** All shapes against a defence, the most harmful first, over episodes of the split `select`. */
export function search(params: Partial<Params>, episodes: number, defence: Defence = "default"): Found[] {
  const { gateways = 1 } = params;
  const tried = shapes.filter(({ period, rotate }) => !rotate || (gateways > 1 && period >= gateways));
  const policies = tried.map((shape) => swarm(() => shape));
  return measure(params, policies, defence, { episodes, split: "select" })
    .map(({ kept }, i) => ({ shape: tried[i], kept }))
    .sort((a, b) => a.kept - b.kept);
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const settings: [Partial<Params>, Defence?][] = [
    ...[3.2, 2.5, 2, 1.6, 1.2].map((tolerance): [Partial<Params>] => [{ tolerance }]),
    ...[2, 1, 0.5].map((rate): [Partial<Params>] => [{ tolerance: 8, rate }]),
    [{ gateways: 2 }],
    [{ gateways: 4 }],
    [{ gateways: 2, tolerance: 1.2 }],
    [{}, "surge"],
    [{}, "crackdown"],
  ];
  for (const [params, defence = "default"] of settings) {
    console.log(`${JSON.stringify(params)}, defence ${defence}`);
    for (const { shape, kept } of search(params, 32, defence).slice(0, 3)) {
      console.log(`  kept ${kept.toFixed(3)}  ${JSON.stringify(shape)}`);
    }
  }
}
