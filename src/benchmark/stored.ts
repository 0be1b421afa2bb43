import { InputError } from "../data/errors.ts";
import type { Environment } from "../env/define.ts";
import type { RoleSpec } from "../env/roles.ts";
import type { Baseline } from "../learn/baseline.ts";
import { attackerRoles, checkCoordination, defenderRoles } from "../play/cast.ts";
import { policyDigest } from "../policy/checkpoint.ts";
import type { PolicyData } from "../policy/data.ts";
import type { StoredEntry } from "./schema.ts";

/** Reads saved policies by role: of an attack or a defence, or those that a learner starts from (see `startName`). */
export type ReadStored = (
  entry: StoredEntry,
  name: string,
  roles: readonly string[],
) => Readonly<Record<string, PolicyData>>;

interface Task {
  readonly env: Environment;
  readonly roles: Readonly<Record<string, RoleSpec>>;
  readonly readStored: ReadStored;
  /** What was read, by name; of that, what learners start from, by digest. */
  readonly stored: Map<string, Readonly<Record<string, PolicyData>>>;
  readonly starts: Map<string, PolicyData>;
}

/** Of policies that were read: whoever names one for every λ of every learner has it hashed once. */
const known = new WeakMap<PolicyData, string>();
const digestOf = (data: PolicyData): string => {
  const found = known.get(data) ?? policyDigest(data);
  known.set(data, found);
  return found;
};
export const digestsOf = (data: Readonly<Record<string, PolicyData>>): Record<string, string> =>
  Object.fromEntries(Object.entries(data).map(([role, one]) => [role, digestOf(one)]));

/** Saved policies of a side's roles. @throws InputError unless they are for these, and may see what they see. */
export function readSide(
  { env, roles, readStored }: Pick<Task, "env" | "roles" | "readStored">,
  entry: StoredEntry,
  name: string,
  side: "attacker" | "defender",
): Readonly<Record<string, PolicyData>> {
  const found = readStored(entry, name, side === "attacker" ? attackerRoles(roles) : defenderRoles(roles));
  for (const [role, data] of Object.entries(found)) {
    if (data.environment !== env.id || data.role !== role) {
      throw new InputError(
        `the policy "${entry.policy}" was trained as ${data.role} of ${data.environment}, not as ${role} of ${env.id}.`,
      );
    }
    // By a file of its own any role comes: a defence that plays the honest ones would be scored on their work.
    const own = Object.hasOwn(roles, role) ? `the ${roles[role].side}` : "no";
    if (own !== `the ${side}`) {
      throw new InputError(
        `the policy "${entry.policy}" plays ${role}, on ${own} side; expected a role of the ${side} side.`,
      );
    }
    checkCoordination(env, side, { id: entry.policy, coordination: data.joint ? "joint" : "factored" });
  }
  return found;
}

/** Digests, by role, of the stored policies that a learner starts from. */
export type Start = Readonly<Record<string, string>>;

/** What a learner's start is called among the stored policies: no attack and no defence ends so, though λ may have a point. */
export const startName = {
  attack: (name: string) => `${name}.from`,
  defender: (name: string) => `${name}.from-defender`,
  /** Of the attacker that a defender meets in training. */
  attacker: (name: string) => `${name}.from-attacker`,
};

/**
 * Reads the policies that a learner starts from. Whether their networks have the learner's shape, the baseline says when it
 * begins; what files tell by themselves is told here.
 * @returns their digests @throws InputError where one of the side's roles has none, or they are none of its
 */
export function readStart(
  task: Task,
  from: string,
  name: string,
  side: "attacker" | "defender",
  baseline: Pick<Baseline, "id" | "startable">,
  conditioned: boolean,
): Start {
  if (!baseline.startable)
    throw new InputError(`${baseline.id} does not start from stored policies; leave \`from\` out.`);
  const found = readSide(task, { policy: from }, name, side);
  const missing = (side === "attacker" ? attackerRoles : defenderRoles)(task.roles).filter((role) => !found[role]);
  if (missing.length > 0) {
    const got = Object.keys(found).join(", ") || "no role that learns here";
    throw new InputError(
      `"${from}" holds policies of ${got}, expected one of every role that learns; ${missing.join(", ")} has none.`,
    );
  }
  for (const [role, data] of Object.entries(found)) {
    if (data.conditioned === conditioned) continue;
    const is = (of: boolean) => (of ? "sees the knobs (conditioned)" : "sees no knobs");
    throw new InputError(
      `"${from}": its policy of ${role} ${is(data.conditioned)}; what starts from it here ${is(conditioned)}.`,
    );
  }
  const start = digestsOf(found);
  task.stored.set(name, found);
  for (const [role, digest] of Object.entries(start)) task.starts.set(digest, found[role]);
  return start;
}
