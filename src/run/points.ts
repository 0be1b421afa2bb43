import type { Environment, RoleSpec } from "../env/define.ts";
import { unknownName } from "../errors.ts";
import { canonical } from "./canonical.ts";
import { issueError, type Origin } from "./config.ts";
import type { BenchmarkConfig } from "./schema.ts";
import { defenderRoles } from "./sides.ts";

/** Points that are always drawn. */
export type Anchor = "no-defence" | "lockdown" | "random-defence";

/** One setting of the defence. */
export interface Point {
  readonly index: number;
  /** Values of the swept knobs. */
  readonly knobs: Readonly<Record<string, number>>;
  /** Name of the scripted defence. */
  readonly defence: string;
  /** All parameters of the environment. */
  readonly params: Readonly<Record<string, unknown>>;
  readonly anchor?: Anchor;
  /** Whether the benchmark asks for it. The hypervolume is over these only: anchors add nothing. */
  readonly declared: boolean;
}

const MAX_POINTS = 5000;

/**
 * The grid of knobs × defences in the file's order, the last list fastest, then the anchors it does not contain.
 * @throws InputError for unknown knobs, levels out of range or twice, and grids of more than 5000 points.
 */
export function makePoints(task: {
  readonly env: Environment;
  readonly roles: Readonly<Record<string, RoleSpec>>;
  readonly params: Readonly<Record<string, unknown>>;
  readonly config: BenchmarkConfig;
  readonly defences: readonly string[];
  readonly origin: Origin;
}): Point[] {
  const { env, params, config, defences, origin } = task;
  const swept = Object.entries(config.defence.knobs).map(([knob, value]) => {
    const path = ["defence", "knobs", knob];
    if (!Object.hasOwn(env.knobs, knob)) {
      throw origin.error(path, unknownName(`knob of ${env.id}`, knob, Object.keys(env.knobs)).message, "name");
    }
    const levels = value === "grid" ? env.knobs[knob].grid : [value].flat();
    if (new Set(levels).size < levels.length) throw origin.error(path, `defence.knobs.${knob}: a level stands twice.`);
    return { knob, levels };
  });
  let grid: Record<string, number>[] = [{}];
  for (const { knob, levels } of swept) {
    grid = grid.flatMap((point) => levels.map((level) => ({ ...point, [knob]: level })));
    if (grid.length * defences.length > MAX_POINTS) {
      throw origin.error(["defence", "knobs"], `defence.knobs: more than ${MAX_POINTS} points. Use fewer levels.`);
    }
  }
  if (new Set(defences).size < defences.length) {
    throw origin.error(["defence", "policy"], "defence.policy: a defence stands twice.");
  }

  const points: Point[] = [];
  const resolveKnobs = (knobs: Readonly<Record<string, number>>) => {
    const given = { ...params, ...knobs };
    const parsed = env.params.strict().safeParse(given);
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    const knob = String(issue.path[0]);
    const value = config.defence.knobs[knob];
    const place = Array.isArray(value) ? [value.indexOf(knobs[knob])] : [];
    const path = Object.hasOwn(knobs, knob) ? ["defence", "knobs", knob, ...place] : ["environment", "params"];
    const rest = Object.hasOwn(knobs, knob) ? issue.path.slice(1) : issue.path;
    const input = Object.hasOwn(knobs, knob) ? knobs[knob] : given;
    throw issueError({ ...issue, path: rest }, input, env.params, path, origin);
  };
  const add = (knobs: Record<string, number>, defence: string, anchor?: Anchor) => {
    const key = canonical([knobs, defence]);
    const at = points.findIndex((point) => canonical([point.knobs, point.defence]) === key);
    if (at >= 0) points[at] = { ...points[at], ...(anchor && { anchor }) };
    else {
      const index = points.length;
      const declared = anchor === undefined;
      points.push({ index, knobs, defence, params: resolveKnobs(knobs), ...(anchor && { anchor }), declared });
    }
  };
  for (const knobs of grid) for (const defence of defences) add(knobs, defence);
  const ends = (end: "off" | "lockdown") => Object.fromEntries(swept.map(({ knob }) => [knob, env.knobs[knob][end]]));
  if (swept.length > 0) {
    add(ends("off"), defences[0], "no-defence");
    add(ends("lockdown"), defences[0], "lockdown");
  }
  if (defenderRoles(task.roles).length > 0) add(ends("off"), "random", "random-defence");
  return points;
}
