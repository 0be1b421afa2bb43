import { exp, lgamma, log, pow } from "masque/numeric";
import { normalCdf, normalPdf, normalSf } from "masque/stats";
import type { PoisonedConsensus } from "./env.ts";
import { DRIFT, OWN_NOISE, offsets, STEP, trimmed } from "./model.ts";
import { isKnown, program } from "./program.ts";

const KEPT = (1 - STEP) ** 2;

/**
 * Mean squared error a coordinate and round of who takes the plain mean of all m reports and mixes in own data with
 * weight w, exactly: x and θ are linear in the draws. D is what is left of the first error, M the bias, V the variance:
 * D ← (1−η)D, M ← (1−η)M + η(1−w)·bias, V ← (1−η)²(V + q²[t>0]) + η²[(1−w)²·noise + w²σ₀²].
 */
export function linearLoss(rounds: number, anchor: number, noise: number, bias: (t: number) => number): number {
  const fresh = STEP ** 2 * ((1 - anchor) ** 2 * noise + (anchor * OWN_NOISE) ** 2);
  let left = 1;
  let shift = 0;
  let variance = 0;
  let sum = 0;
  for (let t = 0; t < rounds; t++) {
    left *= 1 - STEP;
    shift = (1 - STEP) * shift + STEP * (1 - anchor) * bias(t);
    variance = KEPT * (variance + (t > 0 ? DRIFT ** 2 : 0)) + fresh;
    sum += shift * shift + variance + left * left;
  }
  return sum / rounds;
}

/** Loss of the plain mean (δ = 0) under pushes fixed beforehand, alike for all attackers; without `push` in peace. */
export function plainLoss(p: PoisonedConsensus, push?: (t: number) => number): number {
  const { workers: m, byzantine: f, rounds, anchor } = p;
  if (push === undefined) return linearLoss(rounds, anchor, 1 / m, () => 0);
  const { majority } = offsets(p);
  // Reports without noise or offset take the place of f that had both.
  return linearLoss(rounds, anchor, (m - f) / m ** 2, (t) => (f / m) * (push(t) - majority));
}

/** Loss of who learns alone, and of who takes the plain mean of honest data: the two ends of every metric. */
export const aloneLoss = ({ rounds }: PoisonedConsensus): number => linearLoss(rounds, 1, 0, () => 0);
export const freeLoss = ({ rounds, workers }: PoisonedConsensus): number => linearLoss(rounds, 0, 1 / workers, () => 0);

/**
 * Utility exactly, and security against the worst of constant pushes and square waves, where nothing is discarded and one
 * server listens; null elsewhere. With nobody left out the largest push is the worst, and a wave is weaker.
 */
export function reference(p: PoisonedConsensus): { utility: number; security: number } | null {
  const nothing =
    p.rule === "distance" ? Math.round((1 - p.discard) * p.workers) >= p.workers : trimmed(p.workers, p.discard) === 0;
  if (p.network !== "server" || !nothing) return null;
  const alone = aloneLoss(p);
  const worth = alone - freeLoss(p);
  const clean = plainLoss(p);
  const harm = Math.max(...[4, -4].map((push) => plainLoss(p, () => push))) - clean;
  const share = (part: number) => Math.max(0, Math.min(1, part / worth));
  return { utility: share(alone - clean), security: 1 - share(harm) };
}

/** E X₍r:n₎ of n standard normals, by Simpson's rule (David and Nagaraja 2003, Order Statistics, eq. 3.1.1). */
export function normalOrder(r: number, n: number): number {
  const constant = log(n) + lgamma(n) - lgamma(r) - lgamma(n - r + 1);
  const density = (x: number) =>
    normalPdf(x) * exp(constant + (r - 1) * log(normalCdf(x)) + (n - r) * log(normalSf(x)));
  const limit = 8;
  const cells = 1600;
  const h = (2 * limit) / cells;
  let sum = 0;
  for (let i = 0; i <= cells; i++) {
    const x = -limit + i * h;
    sum += (i === 0 || i === cells ? 1 : i % 2 === 1 ? 4 : 2) * x * density(x);
  }
  return (sum * h) / 3;
}

/**
 * Bias a coordinate of the trimmed mean, without a minority (ζ = 0), under f attackers who push further than any datum:
 * of the honest order statistics those from b+1 to m−b are left, in the company of f − b attackers if f > b, whose push
 * then counts in full. Breakdown: finite for every push iff f ≤ b.
 */
export function trimmedBias({ workers: m, byzantine: f }: PoisonedConsensus, ends: number, push: number): number {
  let sum = Math.max(0, f - ends) * push;
  for (let r = ends + 1; r <= Math.min(m - ends, m - f); r++) sum += normalOrder(r, m - f);
  return sum / (m - 2 * ends);
}

/** Amplitude of a square wave of half-period h that a score of memory μ, never cut, shows with peak `cut`. */
export const waveAmplitude = (cut: number, memory: number, half: number): number =>
  (cut * (1 + pow(memory, half))) / (1 - pow(memory, half));
/** Mean square of the learner's answer to a unit wave of half-period h: what of a wave's power gets through. */
export function wavePower(half: number): number {
  const far = pow(1 - STEP, half);
  const swing = 1 + (1 - far) / (1 + far);
  let sum = 0;
  for (let j = 1; j <= half; j++) sum += (1 - swing * pow(1 - STEP, j)) ** 2;
  return sum / half;
}

/**
 * The least security that any attack leaves, where it is known: up to four attackers, and a server without memory. About
 * three seconds. Null elsewhere: with memory all workers' scores are the state.
 */
export function bestResponse(p: PoisonedConsensus): { security: number } | null {
  if (!isKnown(p)) return null;
  const worth = aloneLoss(p) - freeLoss(p);
  const { peace, attacked } = program(p);
  return { security: 1 - Math.max(0, Math.min(1, (attacked - peace) / worth)) };
}
