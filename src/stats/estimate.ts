import { studentInterval } from "./intervals.ts";
import { mean } from "./summary.ts";

/** Mean over runs with Student's 95 % interval, cut to [0,1] where metrics live; no interval for a single run. */
export interface Estimate {
  readonly mean: number;
  readonly low: number | null;
  readonly high: number | null;
}

/** A mean over runs with its interval. */
export function estimate(values: readonly number[]): Estimate {
  if (values.length < 2) return { mean: values[0], low: null, high: null };
  const { low, high } = studentInterval(values);
  return { mean: mean(values), low: Math.max(0, low), high: Math.min(1, high) };
}
