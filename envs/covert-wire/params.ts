import { z } from "zod";

/** What the wire carries when nobody hides anything, in 64ths: `silent` is always 0, `random` is eight symbols. */
export const COVERS = { silent: [64, 0], random: [20, 14, 10, 8, 5, 3, 2, 2] } as const;
export type Cover = keyof typeof COVERS;
/** Symbol of each 64th of the cover's law: its quantile function F⁻¹. */
export const quantiles = (cover: Cover): Uint8Array =>
  Uint8Array.from(COVERS[cover].flatMap((share, symbol) => new Array<number>(share).fill(symbol)));

const probability = z.number().min(0).max(1);
// Above one half a reader of two symbols would do better to swap them.
const error = z.number().min(0).max(0.5);
const covers = z.enum(["silent", "random"]);
export const params = z.object({
  cover: covers.default("silent").describe("law of the innocent wire: always 0, or eight symbols of unequal shares"),
  slots: z.int().min(1).max(100_000).default(64).describe("n, symbols an episode"),
  bits: z.int().min(1).max(10).default(4).describe("k, bits of Alice's message"),
  key: z.boolean().default(true).describe("whether Alice and Bob share a fresh key u in 0…63 a slot; without, u is 0"),
  noise: probability.default(0).describe("ν, share of symbols that the wire replaces by a uniform one"),
  falseAlarm: probability.default(0.1).describe("α, level of the wardens' verdict under the innocent law"),
  errorBob: error.default(0.1).describe("p_b, probability that Bob reads a uniform other symbol"),
  errorWarden: error.default(0.1).describe("p_w, the same for wardens"),
  innocent: z.number().min(0.05).max(0.95).default(0.5).describe("share of episodes in which nobody hides anything"),
  window: z.int().min(1).max(128).default(128).describe("latest symbols kept in observations; counts cover them all"),
  wardens: z.int().min(1).max(16).default(1).describe("each watches its slice of the wire; a strict majority accuses"),
});
export type WireParams = z.output<typeof params>;

/** The warden who watches slot t: slices of the wire are contiguous, and as equal as can be. */
export const watcherOf = (t: number, slots: number, wardens: number): number => Math.floor((t * wardens) / slots);
