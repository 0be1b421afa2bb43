import { cos, sin } from "masque/numeric";

/** What a Byzantine adds to the target, along u, in standard deviations of honest data; `honest` reports its own data. */
export const PUSHES = [-4, -2, -1.5, -1, -0.75, -0.5, "honest", 0.5, 0.75, 1, 1.5, 2, 4] as const;
/** The action that reports what an honest worker would. */
export const HONEST = 6;
/** The action whose push lies nearest to `push`. */
export const actionFor = (push: number): number =>
  PUSHES.reduce<number>(
    (best, level, i) =>
      level !== "honest" && Math.abs(level - push) < Math.abs(Number(PUSHES[best]) - push) ? i : best,
    0,
  );

/** η, how far a model moves towards the aggregate in a round. */
export const STEP = 0.2;
/** Deviation of the server's own data a coordinate; a worker's is 1. */
export const OWN_NOISE = 1.5;
/** How far the target wanders a round, a coordinate. */
export const DRIFT = 0.05;

/** The parameters that dynamics read; what they mean is said in `env.ts`. */
export interface Game {
  readonly workers: number;
  readonly byzantine: number;
  readonly dimensions: number;
  readonly minority: number;
  readonly spread: number;
  readonly rule: "distance" | "trimmed";
  readonly scoring: "counted" | "always" | "frozen";
  readonly network: "server" | "gossip";
  readonly reach: number;
  readonly place: "spread" | "cluster";
  readonly anchor: number;
  readonly discard: number;
  readonly memory: number;
}

/** Honest workers of the minority. */
export const minorityOf = ({ workers, minority }: Pick<Game, "workers" | "minority">): number =>
  Math.round(minority * workers);

/**
 * Where a worker's optimum lies from the target, along u: the minority's at ζ(1−ρ), the others' at −ζρ, ρ being the
 * minority's share, so that the mean over all workers is the target. Would-be honest attackers belong to the majority.
 */
export function offsets(given: Pick<Game, "workers" | "minority" | "spread">): { minority: number; majority: number } {
  const share = minorityOf(given) / given.workers;
  return { minority: given.spread * (1 - share), majority: -given.spread * share };
}

/** How many of `reports` a share δ leaves: at least one. */
export const kept = (reports: number, discard: number): number => Math.max(1, Math.round((1 - discard) * reports));
/** How many a trimmed mean drops at each end: ⌊δ·reports/2⌋, and never all. */
export const trimmed = (reports: number, discard: number): number =>
  Math.min(Math.floor((discard * reports) / 2), (reports - 1) >> 1);

/** Rounds of the clocks that attackers see: the waves that slow detectors and this learner are weak to. */
export const CLOCKS = [16, 24, 32] as const;
/** sin and cos of every clock in each round, end to end: `[rounds + 1, 2 · CLOCKS.length]`. */
export function clockTable(rounds: number): Float64Array {
  const table = new Float64Array((rounds + 1) * 2 * CLOCKS.length);
  let to = 0;
  for (let t = 0; t <= rounds; t++) {
    for (const period of CLOCKS) {
      const angle = (2 * Math.PI * (t % period)) / period;
      table[to++] = sin(angle);
      table[to++] = cos(angle);
    }
  }
  return table;
}
