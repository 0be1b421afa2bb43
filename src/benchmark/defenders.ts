import { firstIssue, InputError } from "../data/errors.ts";
import type { Environment } from "../env/define.ts";
import type { RoleSpec } from "../env/roles.ts";
import type { Baseline } from "../learn/baseline.ts";
import type { Registry } from "../library/registry.ts";
import { checkCoordination, checkDefence, defenceNames, defenderRoles } from "../play/cast.ts";
import type { PolicyData } from "../policy/data.ts";
import type { ScriptedPolicies } from "../policy/policy.ts";
import { issueError, type Origin, storedName } from "./config.ts";
import { type BenchmarkConfig, type LearnedDefenceEntry, name as nameSchema } from "./schema.ts";
import { digestsOf, type ReadStored, readSide, readStart, type Start, startName } from "./stored.ts";

/** A learner and what it may spend. */
export interface Learner {
  readonly baseline: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly budget: number;
  readonly from?: Start;
}

/** A defence that learns, at one λ. */
export interface Defender extends Learner {
  /** What results call the defence: `learned-0.5`. */
  readonly name: string;
  readonly lambda: number;
  /** Security that it must leave: then λ is what it begins with. */
  readonly least?: number;
  readonly rounds: number;
  /** The learner that attacks in training only; null: it meets scripted attacks only. */
  readonly attacker: Learner | null;
  /** Levels of its own. */
  readonly knobs?: Readonly<Record<string, number | readonly number[]>>;
  /** Where in the file it is written. */
  readonly path: readonly PropertyKey[];
}

/** A defence of saved policies: digests by role; roles that are left out play their defaults. */
export interface StoredDefence {
  readonly name: string;
  readonly policies: Readonly<Record<string, string>>;
}

/**
 * The names of `defence.policy` in its order, and those among them that are saved policies, which are added to `stored`.
 * @throws InputError for unknown names and for policies that do not fit
 */
export function resolveDefences(
  task: Pick<Task, "config" | "env" | "roles" | "origin"> & {
    readonly policies: ScriptedPolicies;
    readonly readStored: ReadStored;
    readonly stored: Map<string, Readonly<Record<string, PolicyData>>>;
  },
): { readonly names: string[]; readonly frozen: ReadonlyMap<string, StoredDefence> } {
  const { config, env, roles, policies, stored, origin } = task;
  const listed = config.defence.policy;
  const frozen = new Map<string, StoredDefence>();
  const names = [listed].flat().map((entry, i) => {
    const path = ["defence", "policy", ...(Array.isArray(listed) ? [i] : [])];
    try {
      if (typeof entry === "string") {
        checkDefence(env, roles, policies, entry);
        return entry;
      }
      if (defenderRoles(roles).length === 0) {
        throw new InputError(`${env.id} has no role on the defender side that a saved policy could play.`);
      }
      const name = entry.name ?? storedName(entry.policy);
      const fits = nameSchema.safeParse(name).success && !defenceNames(roles, policies).includes(name);
      if (!fits || stored.has(name)) {
        throw new InputError(
          `"${name}" cannot name a saved defence: add a \`name\` of lower-case words joined by hyphens that no other has.`,
        );
      }
      const data = readSide(task, entry, name, "defender");
      if (Object.keys(data).length === 0) throw new InputError(`"${entry.policy}" holds no policy of a defender.`);
      stored.set(name, data);
      frozen.set(name, { name, policies: digestsOf(data) });
      return name;
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      throw origin.error(path, `${path.join(".")}: ${error.message}`);
    }
  });
  return { names, frozen };
}

interface Task {
  readonly config: BenchmarkConfig;
  readonly env: Environment;
  readonly roles: Readonly<Record<string, RoleSpec>>;
  readonly defences: readonly string[];
  readonly baselines: Map<string, Baseline>;
  readonly stored: Map<string, Readonly<Record<string, PolicyData>>>;
  readonly starts: Map<string, PolicyData>;
  readonly readStored: ReadStored;
  readonly registry: Registry;
  readonly origin: Origin;
}

/**
 * The defenders that learn, λ by λ. Baselines they use are added to `baselines`.
 * @throws InputError for unknown baselines and settings, joint ones on a factored side, equal names, or nobody to defend.
 */
export async function resolveDefenders(task: Task): Promise<Defender[]> {
  const { config, env, roles, origin } = task;
  const { learned } = config.defence;
  const entries = learned === undefined ? [] : [learned].flat();
  const names = new Set(defenceNames(roles, { defaults: {}, attacks: { none: { roles: {} } } }).concat(task.defences));
  const defenders: Defender[] = [];
  for (const [i, entry] of entries.entries()) {
    const path = ["defence", "learned", ...(Array.isArray(learned) ? [i] : [])];
    if (defenderRoles(roles).length === 0) {
      throw origin.error(path, `${path.join(".")}: ${env.id} has no role on the defender side that could learn.`);
    }
    const learner = await resolveLearner(task, entry, path, "defender");
    const met = attackerOf(task, entry, path);
    const attacker = met && (await resolveLearner(task, met.entry, met.path, "attacker"));
    if (attacker === null && entry.rounds > 1 && entry.attacker === "none") {
      throw origin.error(
        [...path, "rounds"],
        `${path.join(".")}: without an attacker that learns there is 1 round only.`,
      );
    }
    for (const lambda of [entry.lambda].flat()) {
      const name = `${entry.name}-${lambda}`;
      if (names.has(name)) {
        const hint = "Give one of them another `name`, or leave a λ out.";
        throw origin.error(path, `${path.join(".")}: two defences are called "${name}". ${hint}`);
      }
      names.add(name);
      const { knobs, least } = entry;
      const rounds = attacker === null ? 1 : entry.rounds;
      const chosen = { ...(least !== undefined && { least }), ...(knobs && { knobs }) };
      const start = readStartOf(task, entry.from, path, startName.defender(name), "defender", learner);
      const from =
        met && attacker && readStartOf(task, met.entry.from, met.path, startName.attacker(name), "attacker", attacker);
      const attacks = attacker && { ...attacker, ...(from && { from }) };
      const begins = start && { from: start };
      defenders.push({ ...learner, ...begins, name, lambda, rounds, attacker: attacks, ...chosen, path });
    }
  }
  return defenders;
}

type LearnerEntry = Omit<Learner, "from"> & { readonly from?: string };

/** The attacker met in training only, and where it is written: the defence's own, or the portfolio's first learner. */
function attackerOf(
  { config }: Task,
  { attacker }: LearnedDefenceEntry,
  path: Defender["path"],
): { readonly entry: LearnerEntry; readonly path: readonly PropertyKey[] } | null {
  if (attacker === "none") return null;
  if (attacker) return { entry: attacker, path: [...path, "attacker"] };
  for (const [place, one] of config.portfolio.entries()) {
    if (typeof one !== "object" || !("baseline" in one)) continue;
    // In training it sees no knobs: what a conditioned attack starts from would not fit.
    const { from, ...anew } = one;
    return { entry: one.conditioned ? anew : { ...anew, from }, path: ["portfolio", place] };
  }
  return null;
}

function readStartOf(
  task: Task,
  from: string | undefined,
  path: readonly PropertyKey[],
  name: string,
  side: "attacker" | "defender",
  { baseline }: Learner,
): Start | undefined {
  if (from === undefined) return undefined;
  try {
    return readStart(task, from, name, side, task.baselines.get(baseline)!, false);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw task.origin.error([...path, "from"], `${path.join(".")}: ${error.message}`);
  }
}

async function resolveLearner(
  { env, registry, baselines, origin }: Task,
  { baseline: id, config, budget }: LearnerEntry,
  path: readonly PropertyKey[],
  side: "attacker" | "defender",
): Promise<Learner> {
  let baseline: Baseline;
  try {
    baseline = await registry.baseline(id);
    checkCoordination(env, side, baseline);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw origin.error([...path, "baseline"], `${path.join(".")}: ${error.message}`);
  }
  baselines.set(baseline.id, baseline);
  const schema = baseline.config.strict();
  const parsed = schema.safeParse(config);
  if (!parsed.success) throw issueError(firstIssue(parsed.error.issues), config, schema, [...path, "config"], origin);
  return { baseline: baseline.id, config: parsed.data, budget };
}
