import { unknownName } from "../data/errors.ts";
import type { Counts, Environment } from "../env/define.ts";
import { renderSvg } from "../env/render-svg.ts";
import type { Painter, Scene, Sight } from "../env/scene.ts";
import { type VectorEnv, vector } from "../env/vector.ts";
import { metricsOf } from "../play/evaluate.ts";
import { seat } from "../play/seat.ts";
import { createTracer } from "../play/trace.ts";
import type { PolicyFactory } from "../policy/policy.ts";
import { observationMeaning } from "../spaces/meaning.ts";
import { type Agent, agentsOf, type Focus, focusOn, observationsOf } from "./agents.ts";
import { type Choice, splitOf } from "./choice.ts";
import { type Deed, type Recorded, retrace } from "./recorded.ts";
import { castOf, type Saved, type Subject } from "./subject.ts";

/** An episode as a whole: what a timeline shows. */
export interface Course {
  readonly environment: string;
  readonly steps: number;
  /** Metrics so far after 0 … steps steps, against the clean arm of as many; null where a metric has no value yet. */
  readonly curves: Readonly<Record<string, readonly (number | null)[]>>;
  /** A rolling hash of all actions and rewards, as `evaluate` gives it: equal play has equal traces. */
  readonly trace: string;
}

/** The world after some steps. */
export interface Frame {
  readonly step: number;
  /** An SVG document without its style and its title, which the page has; null where the environment draws nothing. */
  readonly svg: string | null;
  /** The scene whose marks `svg` goes without, for who paints them. */
  readonly dense: Scene | null;
  readonly labels: readonly (readonly [string, string | number])[];
  readonly counters: readonly (readonly [string, number])[];
  readonly metrics: Readonly<Record<string, number | null>>;
  readonly agents: readonly Agent[];
  /** How many agents there are beyond those listed. */
  readonly more: number;
  readonly focus: Focus | null;
}

export interface Player {
  readonly course: Course;
  /**
   * Plays to the end of `step` (cut to the episode's): again from the seed where that lies behind. With `paints`, marks of
   * scenes that have too many for a browser's SVG are left out of it.
   */
  frame(step: number, options?: { agent?: string; width?: number; paints?: boolean }): Frame;
}

/** Most agents that a frame lists. */
const LISTED = 64;

/** Shapes of a scene above which a browser is spared them as nodes. */
const DENSE = 400;

/** Opens one episode of a choice: plays it through once in both arms for the course, then again as asked. */
export function openPlayer(
  subject: Subject,
  choice: Choice,
  { saved, recorded }: { readonly saved?: Saved; readonly recorded?: Recorded } = {},
): Player {
  const { env } = subject;
  const cast = castOf(subject, choice, saved);
  const start = (arm: "attacked" | "clean", painter?: Painter) =>
    begin(env, cast.params, arm === "clean" ? cast.clean : cast.attacked(choice.attack), {
      ...{ choice, painter, deeds: recorded?.deeds[arm] },
    });
  const watched = recorded?.arm ?? "attacked";
  const again = () => {
    const painter = subject.painter?.(cast.params as never);
    return { ...start(watched, painter), painter };
  };
  const clean = record(env, start("clean"));
  const attacked = watched === "clean" ? clean : record(env, start("attacked"));
  const { steps } = attacked;
  const metrics = Object.keys(env.metrics);
  const soFar = (step: number) => metricsAt(env, attacked.counts(step), clean.counts(step));
  const all = Array.from({ length: steps + 1 }, (_, step) => soFar(step));
  const curves = Object.fromEntries(metrics.map((name) => [name, all.map((values) => values[name])]));

  let run = again();
  let seen = observationsOf(run.world);
  return {
    course: { environment: env.id, steps, curves, trace: attacked.trace },
    frame(asked, { agent, width = 640, paints = false } = {}) {
      const step = Math.max(0, Math.min(steps, Math.trunc(asked)));
      if (step < run.world.elapsed[0]) run = again();
      while (run.world.elapsed[0] < step) {
        if (run.world.elapsed[0] === step - 1) seen = observationsOf(run.world);
        run.advance();
      }
      if (step === 0) seen = observationsOf(run.world);
      const { world } = run;
      const own = world.render(0);
      const scene = run.painter?.draw(sightOf(world)) ?? own;
      const dense = paints && scene !== undefined && scene.shapes.length > DENSE;
      const agents = agentsOf(world, run.totals);
      const counters = world.counters(0);
      return {
        step,
        svg: scene
          ? bare(renderSvg({ ...scene, title: undefined, labels: undefined }, { width, marks: !dense }))
          : null,
        dense: dense ? scene : null,
        labels: labelsOf(own, scene),
        counters: env.counters.map((name) => [name, counters[name]] as const),
        metrics: all[step],
        agents: agents.slice(0, LISTED),
        more: Math.max(0, agents.length - LISTED),
        focus: agent === undefined ? null : focusOn(world, seen, agent),
      };
    },
  };
}

interface Run {
  readonly world: VectorEnv;
  /** By role: what its agents earned so far. */
  readonly totals: Readonly<Record<string, Float64Array>>;
  readonly lanes: Int32Array;
  advance(): void;
}

function begin(
  env: Environment,
  params: Readonly<Record<string, unknown>>,
  policies: Readonly<Record<string, PolicyFactory>>,
  {
    choice,
    painter,
    deeds,
  }: { readonly choice: Choice; readonly painter?: Painter; readonly deeds?: Readonly<Record<string, Deed>> },
): Run {
  const world = vector(env, 1, params, choice.seed, { split: splitOf(choice), autoreset: "disabled" });
  const roles = Object.values(world.roles);
  const players = seat(env, world, policies);
  const follow = deeds && retrace(world.roles, deeds);
  const tracer = createTracer(roles, 1);
  const totals = Object.fromEntries(roles.map(({ name, count }) => [name, new Float64Array(count)]));
  world.reset(undefined, choice.episode);
  const sight = painter && sightOf(world);
  if (sight) painter.see(sight);
  return {
    world,
    totals,
    lanes: tracer.lanes,
    advance() {
      players.act();
      follow?.();
      tracer.actions();
      world.step();
      tracer.rewards();
      for (const { name, rewards, count } of roles) for (let i = 0; i < count; i++) totals[name][i] += rewards[i];
      if (sight) painter.see(sight);
    },
  };
}

/** Plays to the end and keeps every step's counters; after the end they stay what they were. */
function record(env: Environment, run: Run) {
  const { world } = run;
  const rows: Float64Array[] = [];
  const note = () => {
    const counters = world.counters(0);
    rows.push(Float64Array.from(env.counters, (name) => counters[name]));
  };
  note();
  while (world.ended[0] === 0) {
    run.advance();
    note();
  }
  const counts = (step: number): Counts<string> => {
    const row = rows[Math.min(step, rows.length - 1)];
    return Object.fromEntries(env.counters.map((name, c) => [name, row[c]]));
  };
  const trace = [...run.lanes].map((lane) => (lane >>> 0).toString(16).padStart(8, "0")).join("");
  return { steps: rows.length - 1, counts, trace };
}

/** Metrics of part of an episode; null where a ratio is not yet one. */
function metricsAt(
  env: Environment,
  attacked: Counts<string>,
  clean: Counts<string>,
): Readonly<Record<string, number | null>> {
  const values = Object.entries(metricsOf(env, attacked, clean));
  return Object.fromEntries(
    values.map(([name, value]) => [
      name,
      value >= 0 && value <= 1 ? value : Number.isFinite(value) ? clamp(value) : null,
    ]),
  );
}

const clamp = (value: number) => Math.min(1, Math.max(0, value));

/** Without the line ends between elements either: a page would carry each as a node of its own. */
const bare = (svg: string) =>
  svg.replace(/<title>[^<]*<\/title>\n<style>[^<]*<\/style>\n/, "").replaceAll(">\n<", "><");

/** What stands beside a picture: its title, the painter's labels where it has some, and what the dynamics say. */
function labelsOf(own: Scene | undefined, drawn: Scene | undefined): [string, string | number][] {
  const title: [string, string | number][] = drawn?.title ? [["", drawn.title]] : [];
  return [...title, ...Object.entries({ ...own?.labels, ...drawn?.labels })];
}

/** Live: it always tells of the world as it is. */
function sightOf(world: VectorEnv): Sight {
  const { roles } = world;
  const places = Object.fromEntries(
    Object.values(roles).map(({ name, spec }) => [
      name,
      new Map(observationMeaning(spec.observation).map((part) => [part.name, part])),
    ]),
  );
  return {
    get step() {
      return world.elapsed[0];
    },
    get counters() {
      return world.counters(0);
    },
    get scene() {
      return world.render(0);
    },
    count: (role) => roles[role].count,
    part(role, agent, name) {
      const { obs, obsSize } = roles[role];
      const part = places[role].get(name);
      if (!part) throw unknownName(`part of what ${role} sees`, name, places[role].keys());
      const from = agent * obsSize + part.from;
      return obs.subarray(from, from + part.size);
    },
    action: (role, agent, component = 0) => roles[role].actions[agent * roles[role].actionSize + component],
    world: () => world.seeds.fork(world.episode[0], "world"),
  };
}
