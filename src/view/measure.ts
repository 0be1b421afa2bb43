import { metricIntervals } from "../frontier/scores.ts";
import { evaluateAsync } from "../play/evaluate.ts";
import type { PolicyFactory } from "../policy/policy.ts";
import type { Estimate } from "../stats/estimate.ts";
import { type Choice, splitOf } from "./choice.ts";
import { castOf, type Saved, type Subject } from "./subject.ts";

/** One attack measured on the first `episodes` episodes: what `masque eval --episodes …` prints, to the bit. */
export interface Measurement {
  readonly attack: string;
  readonly episodes: number;
  /** Metrics under the attack, with 95 % intervals over episodes. */
  readonly attacked: Readonly<Record<string, Estimate>>;
  /** Of the same episodes when nobody attacks. */
  readonly clean: Readonly<Record<string, Estimate>>;
}

export interface Theory {
  /** `reference` and `bestResponse` of the environment's theory, by metric; null where it knows none at these parameters. */
  readonly reference: Readonly<Record<string, number>> | null;
  readonly bestResponse: Readonly<Record<string, number>> | null;
}

/** Of the first look, so that something stands there soon; then four times as many, and so on. */
const FIRST = 16;

/**
 * Measures attacks one after another: a single one on a growing number of episodes, several on all of them at once.
 * @throws the signal's reason; InputError for a choice that cannot be played
 */
export async function measure(
  subject: Subject,
  choice: Choice,
  attacks: readonly string[],
  {
    saved,
    signal,
    report,
    progress,
  }: {
    readonly saved?: Saved;
    readonly signal: AbortSignal;
    report(one: Measurement): void;
    /** Share of all that is to be played. */
    progress?(share: number): void;
  },
): Promise<void> {
  const { env } = subject;
  const cast = castOf(subject, choice, saved);
  const sizes = attacks.length > 1 ? [choice.episodes] : growing(choice.episodes);
  const total = sizes.reduce((sum, size) => sum + size * (1 + attacks.length), 0);
  let before = 0;
  const play = async (policies: Readonly<Record<string, PolicyFactory>>, episodes: number) => {
    const onProgress = (done: number) => progress?.((before + done) / total);
    const { seed } = choice;
    const played = await evaluateAsync(env, {
      ...{ params: cast.params, policies, episodes, seed, split: splitOf(choice), signal, onProgress },
    });
    before += episodes;
    return played;
  };
  for (const episodes of sizes) {
    const without = await play(cast.clean, episodes);
    const clean = metricIntervals(env, without, without, choice.seed);
    for (const attack of attacks) {
      const played = attack === "none" ? without : await play(cast.attacked(attack), episodes);
      report({ attack, episodes, clean, attacked: metricIntervals(env, played, without, choice.seed) });
    }
  }
}

function growing(episodes: number): number[] {
  const sizes: number[] = [];
  for (let size = FIRST; size < episodes; size *= 4) sizes.push(size);
  return [...sizes, episodes];
}

/** What theory says of these parameters. */
export function theoryOf(subject: Subject, choice: Choice): Theory {
  const { params } = castOf(subject, choice);
  return {
    reference: subject.reference?.(params as never) ?? null,
    bestResponse: subject.bestResponse?.(params as never) ?? null,
  };
}
