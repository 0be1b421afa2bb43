import { firstIssue, InputError } from "../data/errors.ts";
import type { Environment } from "../env/define.ts";
import type { RoleSpec } from "../env/roles.ts";
import type { Baseline } from "../learn/baseline.ts";
import type { Registry } from "../library/registry.ts";
import { checkController, checkCoordination, completeAttack, randomAttack, scriptedAttack } from "../play/cast.ts";
import { scriptData } from "../play/script-data.ts";
import type { PolicyData } from "../policy/data.ts";
import type { ScriptedPolicies } from "../policy/policy.ts";
import { scriptAt, tunableOf } from "../policy/tunable.ts";
import { issueError, type Origin, storedName } from "./config.ts";

import {
  type BenchmarkConfig,
  type LearnedEntry,
  name as nameSchema,
  type SearchEntry,
  type StoredEntry,
} from "./schema.ts";
import { digestsOf, type ReadStored, readSide, readStart, type Start, startName } from "./stored.ts";

/** One member of the portfolio, as data. */
export type Attack =
  | { readonly name: string; readonly kind: "scripted" | "random" }
  | {
      readonly name: string;
      readonly kind: "learned";
      readonly baseline: string;
      readonly config: Readonly<Record<string, unknown>>;
      readonly budget: number;
      readonly conditioned: boolean;
      /** Given where it lowers security + λ · utility, and not what the environment pays attackers. */
      readonly lambda?: number;
      readonly from?: Start;
    }
  | { readonly name: string; readonly kind: "stored"; readonly policies: Readonly<Record<string, string>> };

export interface Portfolio {
  readonly attacks: readonly Attack[];
  readonly baselines: Map<string, Baseline>;
  readonly stored: Map<string, Readonly<Record<string, PolicyData>>>;
  /** What learners start from, by digest. */
  readonly starts: Map<string, PolicyData>;
}

interface Task {
  readonly config: BenchmarkConfig;
  readonly env: Environment;
  readonly roles: Readonly<Record<string, RoleSpec>>;
  readonly policies: ScriptedPolicies;
  readonly registry: Registry;
  readonly readStored: ReadStored;
  readonly origin: Origin;
}

/**
 * The attacks a defence is scored against, in the file's order after `none`, which every defence meets.
 * @throws InputError for unknown attacks, baselines and settings, joint ones on a factored side, and equal names.
 */
export async function resolvePortfolio(task: Task): Promise<Portfolio> {
  const { config, env, roles, policies, origin } = task;
  const attacks = new Map<string, Attack>();
  const baselines = new Map<string, Baseline>();
  const stored = new Map<string, Readonly<Record<string, PolicyData>>>();
  const starts = new Map<string, PolicyData>();
  const add = (attack: Attack, place: number) => {
    if (!attacks.has(attack.name)) return attacks.set(attack.name, attack);
    const hint = "Give one of them another `name`.";
    throw origin.error(["portfolio", place], `portfolio.${place}: two attacks are called "${attack.name}". ${hint}`);
  };
  const explain = async (place: number, key: string, action: () => unknown): Promise<void> => {
    try {
      await action();
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      throw origin.error(["portfolio", place, key], `portfolio.${place}: ${error.message}`);
    }
  };

  scriptedAttack(env, roles, policies, "none");
  attacks.set("none", { name: "none", kind: "scripted" });
  for (const [place, entry] of config.portfolio.entries()) {
    if (entry === "none") continue;
    if (entry === "random") {
      randomAttack(roles);
      add({ name: "random", kind: "random" }, place);
    } else if (typeof entry === "object" && "set" in entry) {
      const { scripted: script, set, name = `${script}-set` } = entry;
      await explain(place, "set", () => stored.set(name, scriptData(env, roles, policies, { name: script, set })));
      add({ name, kind: "stored", policies: digestsOf(stored.get(name)!) }, place);
    } else if (typeof entry === "object" && "search" in entry) {
      await explain(place, "search", async () => {
        checkController(
          env,
          roles,
          scriptAt(policies, env.id, { name: entry.search, set: {} }).controller,
          entry.search,
        );
        tunableOf(policies, env.id, entry.search);
        baselines.set(SEARCH, await task.registry.baseline(SEARCH));
      });
      add(learned(asLearned(entry, origin, place), place, baselines.get(SEARCH)!, origin), place);
    } else if (entry === "scripted" || (typeof entry === "object" && "scripted" in entry)) {
      const all = Object.keys(policies.attacks).filter((name) => name !== "none");
      for (const name of entry === "scripted" ? all : [entry.scripted].flat()) {
        if (name === "none") continue;
        await explain(place, "scripted", () => scriptedAttack(env, roles, policies, name));
        add({ name, kind: "scripted" }, place);
      }
    } else if ("policy" in entry) {
      const name = entry.name ?? storedName(entry.policy);
      if (!nameSchema.safeParse(name).success) {
        const message = `"${name}" cannot name an attack; add a \`name\` of lower-case words joined by hyphens.`;
        throw origin.error(["portfolio", place, "policy"], `portfolio.${place}: ${message}`);
      }
      await explain(place, "policy", () => stored.set(name, readAttack(task, entry, name)));
      add({ name, kind: "stored", policies: digestsOf(stored.get(name)!) }, place);
    } else {
      await explain(place, "baseline", async () => {
        const baseline = await task.registry.baseline(entry.baseline);
        checkCoordination(env, "attacker", baseline);
        baselines.set(baseline.id, baseline);
      });
      const { from } = entry;
      const attack = learned(entry, place, baselines.get(entry.baseline)!, origin);
      if (from === undefined) add(attack, place);
      else {
        await explain(place, "from", () => {
          const of = { env, roles, readStored: task.readStored, stored, starts };
          const baseline = baselines.get(entry.baseline)!;
          const start = readStart(of, from, startName.attack(attack.name), "attacker", baseline, entry.conditioned);
          add({ ...attack, from: start }, place);
        });
      }
    }
  }
  return { attacks: [...attacks.values()], baselines, stored, starts };
}

/** The baseline that searches the dials of scripts. */
const SEARCH = "script-search";

/** A search as the training that it is: of a script's dials, at every point by itself. */
function asLearned({ search, config, ...entry }: SearchEntry, origin: Origin, place: number): LearnedEntry {
  if ("script" in config)
    throw origin.error(
      ["portfolio", place, "config"],
      `portfolio.${place}: the script is what \`search\` names; leave it out of \`config\`.`,
    );
  return {
    name: `${search}-search`,
    ...entry,
    baseline: SEARCH,
    conditioned: false,
    config: { ...config, script: search },
  };
}

function learned(entry: LearnedEntry, place: number, baseline: Baseline, origin: Origin): Attack & { kind: "learned" } {
  const schema = baseline.config.strict();
  const parsed = schema.safeParse(entry.config);
  if (!parsed.success) {
    throw issueError(firstIssue(parsed.error.issues), entry.config, schema, ["portfolio", place, "config"], origin);
  }
  const { budget, conditioned, lambda } = entry;
  return {
    name: entry.name ?? baseline.id,
    kind: "learned",
    baseline: baseline.id,
    config: parsed.data,
    budget,
    conditioned,
    ...(lambda !== undefined && { lambda }),
  };
}

function readAttack(task: Task, entry: StoredEntry, name: string): Readonly<Record<string, PolicyData>> {
  const { env, roles, policies } = task;
  const found = readSide(task, entry, name, "attacker");
  const seats = Object.fromEntries(Object.keys(found).map((role) => [role, () => ({ act() {} })]));
  completeAttack(env, roles, policies, seats, `the policy "${entry.policy}"`);
  return found;
}
