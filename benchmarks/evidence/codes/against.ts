import { score, sumCounters } from "masque";
import talk, { type PlainTalk } from "../../../envs/plain-talk/env.ts";
import scripts from "../../../envs/plain-talk/policies.ts";

export type Given = Partial<PlainTalk>;
/** Small enough to learn in. */
export const SMALL = { tokens: 6, candidates: 4, wordBits: 2 } as const;
export const three = (x: number) => x.toFixed(3);

export interface Result {
  readonly name: string;
  readonly S: number;
  readonly se: number;
  readonly power: number;
}

/** Secrecy under an attack, its standard error, and how often the attack is flagged. */
export function against(
  params: Given,
  attack: Parameters<typeof score>[1]["attack"],
  name: string,
  episodes: number,
  defence = "default",
): Result {
  const result = score(talk, { scripts, params, attack, defence, episodes, split: ["facts"] } as never) as ReturnType<
    typeof score
  >;
  const { names: columns, counters } = result.episodes.attacked;
  const of = (e: number, column: string) => counters[e * columns.length + columns.indexOf(column)];
  const gains = Array.from({ length: episodes }, (_, e) => e)
    .filter((e) => of(e, "active") === 1)
    .map((e) => of(e, "gain"));
  const mean = gains.reduce((a, b) => a + b, 0) / gains.length;
  const variance = gains.reduce((a, b) => a + (b - mean) ** 2, 0) / (gains.length - 1);
  const sums = sumCounters(result.episodes.attacked) as Record<string, number>;
  return {
    name,
    S: (result.attacked as Record<string, number>).secrecy,
    se: Math.sqrt(variance / gains.length),
    power: sums.flaggedActive / sums.active,
  };
}
