import { digest, type Json, toJson } from "../data/canonical.ts";
import { firstIssue, InputError, unknownName } from "../data/errors.ts";
import type { Environment } from "../env/define.ts";
import { withPreset } from "../env/params.ts";
import type { RoleSpec } from "../env/roles.ts";
import type { Baseline } from "../learn/baseline.ts";
import type { EnvironmentPlugin, Reference } from "../library/plugin.ts";
import type { Registry } from "../library/registry.ts";
import type { PolicyData } from "../policy/data.ts";
import type { ScriptedPolicies } from "../policy/policy.ts";
import { issueError, type Loaded, type Origin } from "./config.ts";
import { type Defender, resolveDefences, resolveDefenders, type StoredDefence } from "./defenders.ts";
import { type Expression, parseExpression } from "./formula.ts";
import { makePoints, type Point } from "./points.ts";
import { type Attack, resolvePortfolio } from "./portfolio.ts";
import { makeProbes, type Probe } from "./probes.ts";
import type { BenchmarkConfig } from "./schema.ts";
import type { ReadStored } from "./stored.ts";

/** A benchmark whose every name is known to exist and whose every number is known to be in range. */
export interface Benchmark {
  readonly config: BenchmarkConfig;
  /** The configuration as written, with overrides: resolving it again gives this benchmark. */
  readonly given: unknown;
  /** Everything results depend on, defaults filled in; and its SHA-256. */
  readonly resolved: Json;
  readonly hash: string;
  readonly plugin: EnvironmentPlugin;
  readonly env: Environment;
  readonly policies: ScriptedPolicies;
  readonly reference: Reference | undefined;
  readonly bestResponse: Reference | undefined;
  readonly roles: Readonly<Record<string, RoleSpec>>;
  /** Names of the metrics that are drawn. */
  readonly axes: {
    readonly utility: string;
    readonly security: string;
    readonly more?: readonly string[];
    /** Where both are security: a metric, and the least of it in the clean arm at which a point counts. */
    readonly floor?: { readonly metric: string; readonly least: number };
  };
  /** The formula that scores a benchmark; null where that is the hypervolume. */
  readonly score: Expression | null;
  readonly points: readonly Point[];
  /** `none` is always among them. */
  readonly attacks: readonly Attack[];
  /** Trainings beside the portfolio that show what budgets and conditioning do. */
  readonly probes: readonly Probe[];
  readonly baselines: ReadonlyMap<string, Baseline>;
  /** Defences that are saved policies, by name. */
  readonly frozen: ReadonlyMap<string, StoredDefence>;
  /** Policies of stored attacks and defences, by its name and role; also those that learners start from, by `startName`. */
  readonly stored: ReadonlyMap<string, Readonly<Record<string, PolicyData>>>;
  /** Policies that learners start from, by digest. */
  readonly starts: ReadonlyMap<string, PolicyData>;
}

/**
 * Checks a configuration against the environment, baselines and policies it names, without writing anything.
 * @throws InputError that says where in the file the trouble is.
 */
export async function resolveBenchmark(loaded: Loaded, registry: Registry, readStored: ReadStored): Promise<Benchmark> {
  const { config, given, origin } = loaded;
  const plugin = await located(origin, ["environment", "id"], () => registry.environment(config.environment.id));
  const { env } = plugin;
  const policies = await located(origin, ["environment", "id"], () => plugin.policies());
  const params = checkParams(env, config.environment.params, ["environment", "params"], origin);
  const roles = await located(origin, ["environment", "params"], async () => env.roles(params));
  const drawn = {
    utility: pickMetric(env, "utility", config.axes.utility, origin),
    security: pickMetric(env, "security", config.axes.security, origin),
  };
  const more = moreMetrics(env, drawn, config.axes.more ?? [], origin);
  const floor = floorOf(env, drawn.utility, config.axes.floor);
  const axes = { ...drawn, ...(more.length > 0 && { more }), ...(floor && { floor }) };
  const score = await located(origin, ["score"], async () => readScore(config.score, env));
  const portfolio = await resolvePortfolio({ config, env, roles, policies, registry, readStored, origin });
  const { baselines, stored, starts } = portfolio;
  const { names: defences, frozen } = resolveDefences({ config, env, roles, policies, readStored, stored, origin });
  const taken = Object.keys(policies.defences ?? {});
  const defenders = await resolveDefenders({
    config,
    env,
    roles,
    defences: taken,
    baselines,
    stored,
    starts,
    readStored,
    registry,
    origin,
  });
  const points = makePoints({ env, roles, params, config, defences, defenders, origin });
  const resolved = toJson({
    schema: 1,
    name: config.name,
    question: config.question,
    environment: { id: env.id, digest: plugin.digest, params },
    defence: {
      knobs: Object.fromEntries(
        Object.keys(config.defence.knobs).map((knob) => [
          knob,
          [...new Set(points.filter((point) => point.declared && !point.defender).map(({ knobs }) => knobs[knob]))],
        ]),
      ),
      policy: defences.map((name) => frozen.get(name) ?? name),
      ...(defenders.length > 0 && { learned: defenders.map(resolvedDefender) }),
    },
    portfolio: portfolio.attacks,
    effort: config.effort,
    check: config.check,
    seeds: config.seeds,
    episodes: config.episodes,
    axes,
    score: config.score,
    backend: config.backend,
    ...(config.checkpoint !== undefined && { checkpoint: config.checkpoint }),
  });
  const reference = await plugin.reference();
  const bestResponse = await plugin.bestResponse();
  return {
    config,
    given,
    resolved,
    hash: digest(resolved),
    plugin,
    env,
    policies,
    reference,
    bestResponse,
    roles,
    axes,
    score,
    points,
    ...portfolio,
    frozen,
    probes: makeProbes(config, portfolio.attacks, points),
  };
}

/** A defender as results depend on it: not where it was written. */
function resolvedDefender({ path: _, ...defender }: Defender): Omit<Defender, "path"> {
  return defender;
}

/** Parameters with defaults. `path` is where they are written. @throws InputError made by `origin`. */
export function checkParams(
  env: Environment,
  given: Readonly<Record<string, unknown>>,
  path: readonly PropertyKey[],
  origin: Origin,
): Readonly<Record<string, unknown>> {
  let filled = given;
  try {
    filled = withPreset(env, given) as typeof given;
  } catch (error) {
    if (error instanceof InputError) throw origin.error([...path, "preset"], error.message);
    throw error;
  }
  const parsed = env.params.strict().safeParse(filled);
  if (parsed.success) return parsed.data;
  throw issueError(firstIssue(parsed.error.issues), filled, env.params, path, origin);
}

/** Runs something whose InputErrors do not know where in the file they belong. */
export async function located<T>(
  origin: Origin,
  path: readonly PropertyKey[],
  action: () => T | Promise<T>,
): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof InputError) throw origin.error(path, error.message);
    throw error;
  }
}

function pickMetric(env: Environment, axis: "utility" | "security", name: string | undefined, origin: Origin): string {
  const known = Object.keys(env.metrics).filter((metric) => env.metrics[metric].axis === axis);
  if (name === undefined) {
    if (known.length > 0) return known[0];
    throw origin.error(["environment", "id"], `${env.id} has no metric on the axis ${axis}.`);
  }
  // Security may be drawn against security: any metric may stand on either axis.
  if (Object.hasOwn(env.metrics, name)) return name;
  throw origin.error(["axes", axis], unknownName(`metric of ${env.id}`, name, Object.keys(env.metrics)).message);
}

/**
 * Where security stands against security, whoever ruins all honest work has both: such points must leave so much of the
 * environment's utility. Undefined where a utility is drawn, or there is none.
 */
export function floorOf(env: Environment, drawn: string, least: number): { metric: string; least: number } | undefined {
  if (env.metrics[drawn].axis === "utility" || least === 0) return undefined;
  const metric = Object.keys(env.metrics).find((name) => env.metrics[name].axis === "utility");
  return metric === undefined ? undefined : { metric, least };
}

/** @throws InputError for metrics that are unknown or drawn already. */
function moreMetrics(
  env: Environment,
  drawn: { readonly utility: string; readonly security: string },
  names: readonly string[],
  origin: Origin,
): readonly string[] {
  for (const [i, name] of names.entries()) {
    const path = ["axes", "more", i];
    if (!Object.hasOwn(env.metrics, name)) {
      throw origin.error(path, unknownName(`metric of ${env.id}`, name, Object.keys(env.metrics)).message);
    }
    if ([drawn.utility, drawn.security, ...names.slice(0, i)].includes(name)) {
      throw origin.error(path, `axes.more.${i}: "${name}" is an axis already.`);
    }
  }
  return names;
}

function readScore(text: string, env: Environment): Expression | null {
  if (text === "hypervolume") return null;
  try {
    return parseExpression(text, Object.keys(env.metrics));
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new InputError(`score: expected hypervolume or a formula over metrics; ${error.message}`);
  }
}
