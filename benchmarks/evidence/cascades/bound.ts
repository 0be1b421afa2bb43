import { poisson, Rng } from "masque";
import type { JailbreakCascade } from "../../../envs/jailbreak-cascade/env.ts";
import { epidemic } from "../../../envs/jailbreak-cascade/epidemic.ts";
import { drawer, type Graph } from "../../../envs/jailbreak-cascade/graph.ts";
import { allot, MODES, passes, VIRALITIES } from "../../../envs/jailbreak-cascade/model.ts";
import { HEALTHY, HUB, STATE } from "../../../envs/jailbreak-cascade/spread.ts";

/** What a link passes at the most. */
const most = (infection: number, strength: number) =>
  Math.max(...VIRALITIES.map((virality) => passes(infection, virality, strength)));

/**
 * Security that no attack leaves less of, whatever viralities it sends and when, if it spends all at the first step against a
 * filter that does not react; null for others. After every step it counts the lesser of two bounds on how many are infected in
 * the mean:
 *
 * everybody is infected at first, each class of links passes what its own best virality passes, and who is infected can be hit
 * again in the step in which it recovers. With the same luck, whoever is infected in the true process is infected in this one;
 *
 * a branching process, in which a node may catch it from several at once and before it recovered: linear in the seeds, so that
 * the budget is worth at most its best node's yield a unit of cost. It counts while filters are as at first.
 *
 * The first is simulated, the second worked out, on `graphs` graphs. Means are taken before the lesser: the mean of lesser ones
 * may lie below the truth.
 */
export function startBound(defence: string, p: JailbreakCascade, graphs = 32): number | null {
  const strict = { "hubs-first": p.steps, relaxing: 0.6 * p.steps + p.lag, default: p.steps }[defence];
  if (strict === undefined) return null;
  const weight = defence === "default" ? 0 : 0.25;
  const mode = MODES.findIndex((m) => m.effort === 1 && m.weight === weight);
  const rng = new Rng(1, "bound", defence, String(p.filter), String(p.quarantine));
  const drawn = drawer(p);
  const { graph } = drawn;
  const [all, few] = [new Float64Array(p.steps), new Float64Array(p.steps)];
  for (let g = 0; g < graphs; g++) {
    drawn.draw(rng);
    const plague = epidemic(p, graph, rng);
    plague.reset();
    const strengths = allot(p, MODES[mode], plague.openEdges().hubs);
    const world: World = {
      p,
      graph,
      state: plague.state,
      plain: most(p.infection, strengths.plain),
      guarded: most(p.infection, strengths.guarded),
    };
    const [every, seeded] = [fromEverybody(world, strict, rng), fromSeeds(world, strict)];
    for (let step = 0; step < p.steps; step++) {
      all[step] += every[step] / graphs;
      few[step] += seeded[step] / graphs;
    }
  }
  const infected = all.reduce((sum, count, step) => sum + Math.min(count, few[step]), 0);
  return 1 - infected / (p.steps * p.nodes);
}

interface World {
  readonly p: JailbreakCascade;
  readonly graph: Graph;
  readonly state: Uint8Array;
  readonly plain: number;
  readonly guarded: number;
}
const isOpen = (byte: number) => (byte & STATE) === HEALTHY;

/** Infected after each step, by simulation, if all who are not cut off are so before the first. */
function fromEverybody({ p, graph: { from, to }, state, plain, guarded }: World, strict: number, rng: Rng): number[] {
  const free = most(p.infection, 0);
  let now = Uint8Array.from(state, (byte) => (isOpen(byte) ? 1 : 0));
  return Array.from({ length: p.steps }, (_, step) => {
    for (let n = poisson(rng, p.inflow); n > 0; n--) {
      const u = rng.int(0, p.nodes);
      if (isOpen(state[u])) now[u] = 1;
    }
    const next = now.map((ill) => (ill === 1 && rng.float() >= p.recovery ? 1 : 0));
    for (let i = 0; i < to.length; i++) {
      const [u, w] = [from[i], to[i]];
      if (!isOpen(state[u]) || !isOpen(state[w])) continue;
      const pass = step >= strict ? free : (state[u] | state[w]) & HUB ? guarded : plain;
      if (now[u] === 1 && rng.float() < pass) next[w] = 1;
      if (now[w] === 1 && rng.float() < pass) next[u] = 1;
    }
    now = next;
    return now.reduce((sum, ill) => sum + ill, 0);
  });
}

/** Expected number after each step of a branching process from the best seeds and from accidents; no bound once filters change. */
function fromSeeds({ p, graph, state, plain, guarded }: World, strict: number): number[] {
  const { nodes, from, to, degree, ends } = graph;
  const budget = (p.seeds * ends) / nodes;
  // By node: who descends from it after so many steps, itself included.
  let after = Float64Array.from(state, (byte) => (isOpen(byte) ? 1 : 0));
  let accidents = 0;
  return Array.from({ length: p.steps }, (_, step) => {
    const next = after.map((x) => (1 - p.recovery) * x);
    for (let i = 0; i < to.length; i++) {
      const [u, w] = [from[i], to[i]];
      if (!isOpen(state[u]) || !isOpen(state[w])) continue;
      const pass = (state[u] | state[w]) & HUB ? guarded : plain;
      next[u] += pass * after[w];
      next[w] += pass * after[u];
    }
    after = next;
    accidents += (p.inflow * after.reduce((sum, x) => sum + x, 0)) / nodes;
    const best = after.reduce((most, x, u) => Math.max(most, x / degree[u]), 0);
    return step < strict ? budget * best + accidents : Number.POSITIVE_INFINITY;
  });
}
