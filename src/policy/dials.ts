import { exp, log } from "../numeric/index.ts";

/** A number of a script that may be tuned. */
export interface Dial {
  readonly low: number;
  readonly high: number;
  /** What the script has as it is. */
  readonly at: number;
  /** Searched by ratios instead of differences; needs `low` above 0. */
  readonly log?: boolean;
  readonly integer?: boolean;
  /** Ends beyond which the dial means nothing: a share of 1, a period of 1. A winner may lie there. */
  readonly natural?: "low" | "high" | "both";
  /** What it is, in a few words. */
  readonly says: string;
}

/** Values of dials by name; those left out are as declared. */
export type Setting = Readonly<Record<string, number>>;

/** What has dials: a tunable script. */
export interface HasDials {
  readonly dials: Readonly<Record<string, Dial>>;
}

/** @throws Error that says what is wrong with a tunable script's dials. */
export function checkDials({ dials }: HasDials): void {
  if (Object.keys(dials).length === 0) throw new Error("it has no dials");
  for (const [name, { low, high, at, log, integer }] of Object.entries(dials)) {
    if (![low, high, at].every(Number.isFinite) || !(low < high))
      throw new Error(`dial ${name} goes from ${low} to ${high}`);
    if (at < low || at > high) throw new Error(`dial ${name} is declared as ${at}, outside ${low} … ${high}`);
    if (log && low <= 0) throw new Error(`dial ${name} is logarithmic from ${low}; expected more than 0`);
    if (integer && ![low, high, at].every(Number.isInteger)) throw new Error(`dial ${name} is whole, but not its ends`);
  }
}

/** The setting that a script declares: what it has as it is. */
export const declared = ({ dials }: HasDials): Setting =>
  Object.fromEntries(Object.entries(dials).map(([name, { at }]) => [name, at]));

/** Places of dials on their scales, in [0, 1]: where a search looks. A whole number has the middle of an equal share. */
export function placesOf({ dials }: HasDials, setting: Setting): number[] {
  return Object.entries(dials).map(([name, dial]) => {
    const [low, high] = ends(dial);
    return ((dial.log ? log(setting[name]) : setting[name]) - low) / (high - low);
  });
}

/** The setting at such places: four significant digits, so that what is written is what was played. */
export function settingAt({ dials }: HasDials, places: ArrayLike<number>): Setting {
  return Object.fromEntries(
    Object.entries(dials).map(([name, dial], i) => {
      const [low, high] = ends(dial);
      const on = low + Math.min(1, Math.max(0, places[i])) * (high - low);
      const value = dial.log ? exp(on) : on;
      const rounded = dial.integer ? Math.round(value) : Number(value.toPrecision(4));
      return [name, Math.min(dial.high, Math.max(dial.low, rounded))];
    }),
  );
}

/** A scale's ends; a whole number's reach half beyond its own, so that all have an equal share of it. */
function ends({ low, high, integer, log: byRatio }: Dial): [number, number] {
  const half = integer ? (byRatio ? Math.min(0.5, low / 2) : 0.499) : 0;
  return byRatio ? [log(low - half), log(high + half)] : [low - half, high + half];
}

/** A share of a dial's scale: what lies nearer to its end lies on it. */
const EDGE = 0.02;

/** Dials that stand at an end of their range which is not natural: farther out there may be better. */
export function edgesOf({ dials }: HasDials, setting: Setting): { dial: string; end: "low" | "high"; value: number }[] {
  const places = placesOf({ dials }, setting);
  return Object.entries(dials).flatMap(([name, { low, high, integer, natural }], i) => {
    const value = setting[name];
    const end = (integer ? value === low : places[i] < EDGE)
      ? "low"
      : (integer ? value === high : places[i] > 1 - EDGE)
        ? "high"
        : null;
    if (end === null || natural === "both" || natural === end) return [];
    return [{ dial: name, end, value }];
  });
}
