import type { z } from "zod";
import type { Environment } from "../../env/define.ts";
import type { Roles } from "../../env/roles.ts";
import type { ScriptedPolicies } from "../../policy/policy.ts";
import type { Check, Subject } from "./check.ts";
import { definitionChecks } from "./definition.ts";
import { extraChecks } from "./extras.ts";
import { scriptChecks } from "./scripts.ts";
import { silenceChecks } from "./silence.ts";
import { viewChecks } from "./view.ts";
import { wordChecks } from "./words.ts";
import { worldChecks } from "./worlds.ts";

export type { Check, Params, Subject } from "./check.ts";

/** Every property that conformance means, by name. */
export const checks: readonly Check[] = [
  ...definitionChecks,
  ...viewChecks,
  ...extraChecks,
  ...worldChecks,
  ...scriptChecks,
  ...silenceChecks,
  ...wordChecks,
];

/** What the conformance checks are run with; everything has a default. */
export interface ConformanceOptions<P extends z.ZodObject = z.ZodObject> {
  /** Parameter sets to check with: the defaults alone when omitted. Name variants that change what agents see or do. */
  readonly params?: readonly Readonly<z.input<P>>[];
  /** The environment's scripts; without them everyone plays at random. */
  readonly policies?: ScriptedPolicies;
  /** What the environment's `text.json` holds: small parameters for players who answer in words. */
  readonly text?: { readonly params: Readonly<Record<string, unknown>> };
  readonly seed?: number;
  /** Most steps that a check plays of one episode; 200 when omitted. */
  readonly steps?: number;
}

/** `test` of vitest, of `node:test`, or anything else that takes a name and a function that may throw. */
export type TestFunction = (name: string, run: () => void) => unknown;

/** One check that was run: `error` says what is wrong, if anything. */
export interface Finding {
  readonly check: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly error?: string;
}

/**
 * Checks an environment. Given a `test` function, registers each check as a test of its own; without one, runs all of
 * them and returns what was found.
 *
 * What PettingZoo's api_test, parallel_api_test, seed_test, max_cycles_test, state_test and render_test intend, and
 * more: NaN rewards and observations out of their spaces are caught in every play.
 */
export function conformance<P extends z.ZodObject, R extends Roles, C extends string>(
  env: Environment<P, R, C>,
  options: ConformanceOptions<P> & { readonly test: TestFunction },
): void;
export function conformance<P extends z.ZodObject, R extends Roles, C extends string>(
  env: Environment<P, R, C>,
  options?: ConformanceOptions<P>,
): Finding[];
export function conformance<P extends z.ZodObject, R extends Roles, C extends string>(
  env: Environment<P, R, C>,
  {
    params = [{} as z.input<P>],
    policies,
    text,
    seed = 1,
    steps = 200,
    test,
  }: ConformanceOptions<P> & { test?: TestFunction } = {},
): Finding[] | undefined {
  const cases = params.flatMap((set) => {
    const subject = { env, params: set, policies, text, seed, steps } as unknown as Subject;
    return checks.map((check) => ({ check, subject }));
  });
  if (test) {
    for (const { check, subject } of cases) {
      const given = Object.keys(subject.params).length > 0 ? ` with ${JSON.stringify(subject.params)}` : "";
      test(`${env.id}${given} ${check.name}`, () => check.run(subject));
    }
    return undefined;
  }
  return cases.map(({ check, subject }) => ({ check: check.name, params: subject.params, ...run(check, subject) }));
}

function run(check: Check, subject: Subject): { error?: string } {
  try {
    check.run(subject);
    return {};
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}
