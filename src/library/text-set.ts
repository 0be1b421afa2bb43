import { z } from "zod";
import { explainIssue, firstIssue, InputError } from "../data/errors.ts";
import { parseJson } from "../data/json.ts";
import type { Environment } from "../env/define.ts";
import { resolveParams } from "../env/params.ts";

/** Decisions that an agent may have to make in an episode at a text set: each is a call of a language model. */
export const MOST_DECISIONS = 16;

const schema = z.strictObject({
  params: z.record(z.string().max(100), z.unknown()),
});

/**
 * Parameters at which an environment is short enough for players who answer in words: what `envs/<name>/text.json` holds.
 * It lies beside `env.ts` and is imported by nothing, so that results at other parameters do not depend on it.
 */
export type TextSet = z.output<typeof schema>;

/** @param name what errors call the text. @throws InputError for anything but a text set */
export function parseTextSet(text: string, name: string): TextSet {
  const given = parseJson(text, name);
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const issue = firstIssue(parsed.error.issues);
  throw new InputError(`${name}: ${explainIssue(issue, given, () => Object.keys(schema.shape))}`);
}

/** @throws InputError where the environment refuses the parameters, or an episode may take more decisions than it should */
export function checkTextSet(env: Environment, { params }: TextSet): void {
  const steps = env.horizon(resolveParams(env, params));
  if (steps <= MOST_DECISIONS) return;
  throw new InputError(
    `${env.id}: its text set makes episodes of up to ${steps} steps, expected at most ${MOST_DECISIONS}: each is a call of a language model for every agent that one plays.`,
  );
}
