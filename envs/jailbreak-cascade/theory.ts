import type { Rng } from "masque";
import { log } from "masque/numeric";
import type { Graph } from "./graph.ts";
import { passes, type Rules, VIRALITIES } from "./model.ts";

type Rates = Pick<Rules, "infection" | "recovery" | "filter">;

/**
 * One step of ordered pairing in the limit of many nodes (Gu et al. 2024, arXiv:2402.08567): half of all answer, and an
 * answerer's partner is infected with probability c. c' = d + ½·pass·d(open − d) − γd, where `open` is the share of
 * nodes that are not quarantined and d = c + inflow·(open − c), the share of nodes turned from outside coming first.
 */
export function pairingStep(c: number, pass: number, recovery: number, open = 1, inflow = 0): number {
  const d = c + inflow * (open - c);
  return d + 0.5 * pass * d * (open - d) - recovery * d;
}

/** Shares infected after 0 … steps steps of pairing. */
export function meanField(
  start: number,
  pass: number,
  recovery: number,
  steps: number,
  open = 1,
  inflow = 0,
): Float64Array {
  const curve = new Float64Array(steps + 1);
  curve[0] = start;
  for (let t = 0; t < steps; t++) curve[t + 1] = pairingStep(curve[t], pass, recovery, open, inflow);
  return curve;
}

/** Where that curve ends: 1 − 2γ/pass, or 0. */
export const endemic = (pass: number, recovery: number): number =>
  pass > 0 ? Math.max(0, 1 - (2 * recovery) / pass) : 0;

/** max v(1−φ)^v over v in [0,1]: at v = 1 while φ ≤ 1 − 1/e, at v = −1/ln(1−φ) beyond. */
export function stealthiestPass(filter: number): number {
  if (filter >= 1) return 0;
  const decay = -log(1 - filter);
  return decay <= 1 ? 1 - filter : 1 / (Math.E * decay);
}

/** The same over the viralities of the environment. */
export const bestPass = ({ infection, filter }: Pick<Rates, "infection" | "filter">): number =>
  Math.max(...VIRALITIES.map((v) => passes(infection, v, filter)));

/** Whether pairing holds every message down: max_v βv(1−φ)^v ≤ 2γ. */
export const contained = ({ infection, recovery, filter }: Rates): boolean =>
  infection * stealthiestPass(filter) <= 2 * recovery;

/** The weakest filter that does, by bisection: 0 where none is needed, 1 where γ = 0. */
export function containmentFilter(infection: number, recovery: number): number {
  if (contained({ infection, recovery, filter: 0 })) return 0;
  let low = 0;
  let high = 1;
  for (let i = 0; i < 60; i++) {
    const filter = (low + high) / 2;
    if (contained({ infection, recovery, filter })) high = filter;
    else low = filter;
  }
  return high;
}

/**
 * Largest eigenvalue λ₁ of the adjacency matrix without the nodes in `removed`, by power iteration on A + I (the shift
 * tells λ₁ from −λ₁ in bipartite graphs). The Rayleigh quotient never exceeds λ₁ and has converged to `tolerance`.
 */
export function spectralRadius(graph: Graph, removed?: Uint8Array, tolerance = 1e-6): number {
  const { nodes, from, to } = graph;
  let x = new Float64Array(nodes).fill(1);
  let y = new Float64Array(nodes);
  let value = 0;
  for (let n = 0; n < 10_000; n++) {
    let norm = 0;
    for (let u = 0; u < nodes; u++) if (removed?.[u]) x[u] = 0;
    for (let u = 0; u < nodes; u++) norm += x[u] * x[u];
    if (norm === 0) return 0;
    norm = Math.sqrt(norm);
    let quotient = 0;
    for (let u = 0; u < nodes; u++) x[u] /= norm;
    y.set(x);
    for (let i = 0; i < to.length; i++) {
      const [u, w] = [from[i], to[i]];
      y[u] += x[w];
      y[w] += x[u];
      quotient += 2 * x[u] * x[w];
    }
    [x, y] = [y, x];
    if (Math.abs(quotient - value) < tolerance) return quotient;
    value = quotient;
  }
  return value;
}

/**
 * Quenched mean field of a graph (Wang et al. 2003, doi:10.1109/RELDIS.2003.1238052; Van Mieghem et al. 2009): every
 * node's probability, were its neighbours independent. Infections are positively correlated, so it bounds the
 * prevalence from above; and as its linear part is (1−γ)I + pass·A, infections die out where pass·λ₁ < γ.
 */
export function quenched(graph: Graph, initial: ArrayLike<number>, pass: number, recovery: number, steps: number) {
  const { nodes, from, to } = graph;
  const mean = (x: Float64Array) => x.reduce((sum, value) => sum + value, 0) / nodes;
  let x = Float64Array.from(initial);
  let next = new Float64Array(nodes);
  const missed = new Float64Array(nodes);
  const curve = [mean(x)];
  for (let t = 0; t < steps; t++) {
    missed.fill(1);
    for (let i = 0; i < to.length; i++) {
      missed[from[i]] *= 1 - pass * x[to[i]];
      missed[to[i]] *= 1 - pass * x[from[i]];
    }
    for (let u = 0; u < nodes; u++) next[u] = (1 - recovery) * x[u] + (1 - x[u]) * (1 - missed[u]);
    [x, next] = [next, x];
    curve.push(mean(x));
  }
  return curve;
}

/** Sufficient for infections of every virality to die out of a graph with this λ₁; the onset may lie well above. */
export const diesOut = ({ infection, recovery, filter }: Rates, radius: number): boolean =>
  infection * stealthiestPass(filter) * radius < recovery;

/** 1 for `count` nodes: those of highest degree, or uniformly drawn ones. */
export function removal({ nodes, order }: Graph, count: number, rng?: Rng): Uint8Array {
  const removed = new Uint8Array(nodes);
  const from = rng ? rng.shuffle(order.slice()) : order;
  for (let i = 0; i < count; i++) removed[from[i]] = 1;
  return removed;
}

/**
 * Utility and security at a knob point under ordered pairing, a uniform central filter, and all seeds sent at once
 * with the virality that passes best; null for graphs and local filters, for which only simulation and bounds tell.
 */
export function reference(p: Rules): { utility: number; security: number } | null {
  if (p.graph !== "pairing" || p.control === "local" || p.immunity === "lasting") return null;
  const open = p.nodes - Math.floor(p.quarantine * p.nodes);
  const seeds = Math.min(open, Math.floor(p.seeds));
  const curve = meanField(seeds / p.nodes, bestPass(p), p.recovery, p.steps, open / p.nodes, p.inflow / p.nodes);
  const mean = curve.subarray(1).reduce((sum, c) => sum + c, 0) / p.steps;
  const pairs = (open * (open - 1)) / (p.nodes * (p.nodes - 1));
  return { utility: (1 - p.filter ** 2) * pairs, security: 1 - mean };
}
