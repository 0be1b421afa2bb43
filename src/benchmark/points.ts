import type { z } from "zod";
import { canonical } from "../data/canonical.ts";
import { firstIssue, unknownName } from "../data/errors.ts";
import type { Environment } from "../env/define.ts";
import type { RoleSpec } from "../env/roles.ts";
import { defenderRoles } from "../play/cast.ts";
import { issueError, type Origin } from "./config.ts";
import type { Defender } from "./defenders.ts";
import type { BenchmarkConfig } from "./schema.ts";

/** Points that are always drawn. */
export type Anchor = "no-defence" | "lockdown" | "random-defence";

/** One setting of the defence. */
export interface Point {
  readonly index: number;
  /** Values of the swept knobs. */
  readonly knobs: Readonly<Record<string, number>>;
  /** Name of the scripted defence, or of the defender that learns. */
  readonly defence: string;
  /** How the defence is trained, at these knobs, before it is frozen and attacked; none for scripted ones. */
  readonly defender?: Defender;
  /** All parameters of the environment. */
  readonly params: Readonly<Record<string, unknown>>;
  readonly anchor?: Anchor;
  /** Whether the benchmark asks for it. The hypervolume is over these only: anchors add nothing. */
  readonly declared: boolean;
}

const MAX_POINTS = 5000;

interface Task {
  readonly env: Environment;
  readonly roles: Readonly<Record<string, RoleSpec>>;
  readonly params: Readonly<Record<string, unknown>>;
  readonly config: BenchmarkConfig;
  /** Names of scripted defences, and defenders that learn. */
  readonly defences: readonly string[];
  readonly defenders: readonly Defender[];
  readonly origin: Origin;
}

/**
 * The grid of knobs, in the environment's order, × scripted defences, the last list fastest, then the defenders that learn, then
 * the anchors that are not among them.
 * @throws InputError for unknown knobs, levels out of range or twice, and grids of more than 5000 points.
 */
export function makePoints(task: Task): Point[] {
  const { env, config, defences, defenders, origin } = task;
  const sweep = inOrder(env, config.defence.knobs);
  const grid = gridOf(task, sweep, ["defence", "knobs"], defences.length);
  if (new Set(defences).size < defences.length) {
    throw origin.error(["defence", "policy"], "defence.policy: a defence stands twice.");
  }
  const points: Point[] = [];
  const keys = new Map<string, number>();
  const add = (
    knobs: Record<string, number>,
    defence: string,
    more: Pick<Point, "anchor" | "defender">,
    at: Place,
    others: Record<string, number> = {},
  ) => {
    const params = paramsOf(task, { ...others, ...knobs }, at);
    const key = canonical([params, defence]);
    const known = keys.get(key);
    if (known !== undefined) {
      points[known] = { ...points[known], ...more };
      return;
    }
    const index = points.length;
    keys.set(key, index);
    const declared = more.anchor === undefined;
    points.push({ index, knobs, defence, params, ...more, declared });
  };
  const own: Place = { levels: sweep, path: ["defence", "knobs"] };
  for (const knobs of grid) for (const defence of defences) add(knobs, defence, {}, own);
  for (const defender of defenders) {
    const levels = defender.knobs ? inOrder(env, defender.knobs) : sweep;
    const path = defender.knobs ? [...defender.path, "knobs"] : own.path;
    for (const knobs of gridOf(task, levels, path, defenders.length)) {
      add(knobs, defender.name, { defender }, { levels, path });
    }
  }
  // Yardsticks set every knob, swept or not, and play the default defence, whatever is listed: no benchmark moves them.
  // Random play is told from none only where the dials are not off: they stand where the environment has them by default.
  type End = "off" | "lockdown" | "default";
  const usual = Object.fromEntries(
    Object.entries(env.knobs).map(([knob, { off }]) => {
      const found = (env.params.shape[knob] as z.ZodType).safeParse(undefined);
      return [knob, found.success ? Number(found.data) : off];
    }),
  );
  const at = (knobs: readonly string[], end: End) =>
    Object.fromEntries(knobs.map((knob) => [knob, end === "default" ? usual[knob] : env.knobs[knob][end]]));
  const [swept, all] = [Object.keys(sweep), Object.keys(env.knobs)];
  const anchor = (end: End, defence: string, anchor: Anchor) =>
    add(at(swept, end), defence, { anchor }, own, at(all, end));
  if (all.length > 0) {
    anchor("off", "default", "no-defence");
    anchor("lockdown", "default", "lockdown");
  }
  if (defenderRoles(task.roles).length > 0) anchor("default", "random", "random-defence");
  return points;
}

type Levels = Readonly<Record<string, "grid" | number | readonly number[]>>;
/** Where in the file levels are written. */
interface Place {
  readonly levels: Levels;
  readonly path: readonly PropertyKey[];
}

/**
 * Knobs as the environment lists them: a file, and the same one with its keys sorted, as entries keep it, must make the same
 * points, since trainings that share levels depend on their order.
 */
function inOrder(env: Environment, levels: Levels): Levels {
  const order = Object.keys(env.knobs);
  const place = (knob: string) => (order.includes(knob) ? order.indexOf(knob) : order.length);
  return Object.fromEntries(Object.entries(levels).sort(([a], [b]) => place(a) - place(b)));
}

/** All combinations of the levels of knobs. */
function gridOf({ env, origin }: Task, knobs: Levels, path: Place["path"], times: number): Record<string, number>[] {
  let grid: Record<string, number>[] = [{}];
  for (const [knob, value] of Object.entries(knobs)) {
    const at = [...path, knob];
    if (!Object.hasOwn(env.knobs, knob)) {
      throw origin.error(at, unknownName(`knob of ${env.id}`, knob, Object.keys(env.knobs)).message, "name");
    }
    const levels = value === "grid" ? env.knobs[knob].grid : [value].flat();
    if (new Set(levels).size < levels.length) throw origin.error(at, `${at.join(".")}: a level stands twice.`);
    grid = grid.flatMap((point) => levels.map((level) => ({ ...point, [knob]: level })));
    if (grid.length * times > MAX_POINTS) {
      throw origin.error(path, `${path.join(".")}: more than ${MAX_POINTS} points. Use fewer levels.`);
    }
  }
  return grid;
}

/** The environment's parameters at some knobs. @throws InputError that says which level is out of range, and where. */
function paramsOf(task: Task, knobs: Readonly<Record<string, number>>, place: Place): Point["params"] {
  const { env, params, origin } = task;
  const given = { ...params, ...knobs };
  const parsed = env.params.strict().safeParse(given);
  if (parsed.success) return parsed.data;
  const issue = firstIssue(parsed.error.issues);
  const knob = String(issue.path[0]);
  if (!Object.hasOwn(knobs, knob)) throw issueError(issue, given, env.params, ["environment", "params"], origin);
  const value = place.levels[knob];
  const path = [...place.path, knob, ...(Array.isArray(value) ? [value.indexOf(knobs[knob])] : [])];
  throw issueError({ ...issue, path: issue.path.slice(1) }, knobs[knob], env.params, path, origin);
}
