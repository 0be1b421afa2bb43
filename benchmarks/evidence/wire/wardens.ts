import { type PolicyFor, perRow, Rng } from "masque";
import { type Code, sparse } from "../../../envs/covert-wire/codes.ts";
import type env from "../../../envs/covert-wire/env.ts";
import type { WireParams } from "../../../envs/covert-wire/env.ts";
import { remembered } from "../../../envs/covert-wire/model.ts";
import type { PolicyData } from "../../../src/policy/data.ts";
import { softmaxMasked } from "../../../src/policy/network/categorical.ts";
import { createForward } from "../../../src/policy/network/forward.ts";
import { tensor } from "../../../src/policy/networks.ts";

type Warden = PolicyFor<typeof env, "warden">;

/** Shares of the codes that the warden below expects, by weight. */
const EXPECTED = [
  [1.5, 0.2],
  [2, 0.3],
  [2.5, 0.3],
  [3, 0.2],
] as const;

/** Mean likelihood ratio over the words of keyed codes in all turnings, and its sorted values on innocent readings. */
const ratios = remembered(({ slots, bits, errorWarden: error }: Pick<WireParams, "slots" | "bits" | "errorWarden">) => {
  const wire = { cover: "silent", slots, bits } as const;
  const known = EXPECTED.map(([weight, share]) => ({ places: turned(sparse(weight)(wire), slots, bits), share }));
  const ratio = (1 - error) / error;
  const statistic = (heard: ArrayLike<number>, from: number) => {
    let sum = 0;
    for (const { places, share } of known) {
      let all = 0;
      for (const word of places) {
        let product = 1;
        for (const slot of word) product *= heard[from + slot] === 1 ? ratio : 1 / ratio;
        all += product;
      }
      sum += (share * all) / places.length;
    }
    return sum;
  };
  const rng = new Rng(1, "covert-wire", "knowing");
  const read = () => Uint8Array.from({ length: slots }, () => (rng.bernoulli(error) ? 1 : 0));
  return { statistic, innocent: Float64Array.from({ length: 20_000 }, () => statistic(read(), 0)).sort() };
});

/** Knows the words of keyed codes and tries all turnings. Silent cover, without noise. */
export const knowing: Warden = ({ params: { slots, bits, errorWarden, falseAlarm }, at }) => {
  const { statistic, innocent } = ratios({ slots, bits, errorWarden });
  const threshold = innocent[Math.min(innocent.length - 1, Math.floor((1 - falseAlarm) * innocent.length))];
  return perRow((obs, from) => (obs[from + at.time] === 1 && statistic(obs, from + at.heard) > threshold ? 1 : 0));
};

/** Slots of the ones of every word, in every turning. */
function turned(code: Code, slots: number, bits: number): number[][] {
  const all = Array.from({ length: slots }, (_, slot) => slot);
  return Array.from({ length: 64 * 2 ** bits }, (_, i) => all.filter((slot) => code(i >> 6, slot, 0, i & 63) === 1));
}

/** Slots of a trained warden, those first in which a one makes it accuse least, judged from 500 readings. */
export function leastWatched(data: PolicyData, slots: number, error: number): number[] {
  const rng = new Rng(1, "covert-wire", "watched");
  const weights = [...data.hidden, "out"].flatMap((_, i) => [tensor(data, `w${i}`), tensor(data, `b${i}`)]);
  const sizes = [data.obsSize, ...data.hidden, 2];
  const forward = createForward({ sizes, activation: data.activation, weights, maxRows: slots });
  const chances = new Float64Array(2);
  const accused = new Float64Array(slots);
  for (let i = 0; i < 500; i++) {
    const heard = Uint8Array.from({ length: slots }, () => (rng.bernoulli(error) ? 1 : 0));
    const ones = heard.reduce((sum, one) => sum + one, 0);
    // A row a slot, with a one in it: what a warden sees when it is asked is the time, both counts, and the readings.
    for (let slot = 0; slot < slots; slot++) {
      const all = ones + 1 - heard[slot];
      forward.input.set([1, slots - all, all, ...heard], slot * data.obsSize);
      forward.input[slot * data.obsSize + 3 + slot] = 1;
    }
    const logits = forward.run(slots);
    for (let slot = 0; slot < slots; slot++) {
      softmaxMasked(logits, 2 * slot, 2, null, 0, chances, 0);
      accused[slot] += chances[1];
    }
  }
  return Array.from(accused, (_, slot) => slot).sort((a, b) => accused[a] - accused[b]);
}
