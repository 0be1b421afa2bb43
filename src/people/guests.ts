import type { Benchmark } from "../benchmark/resolve.ts";
import { canonical } from "../data/canonical.ts";
import { InputError } from "../data/errors.ts";
import type { Estimate } from "../stats/estimate.ts";
import { crowdsOf, type Sat } from "./sum.ts";

/** A point beside a frontier that no run measured: people, or a language model, in the place of scripts. */
export interface Guest {
  /** "people, n = 12" */
  readonly who: string;
  /** "warden", and whom they met: "hasty". Not the worst of a portfolio. */
  readonly roles: readonly string[];
  readonly met: string;
  readonly utility: Estimate;
  readonly security: Estimate;
  readonly over: "people" | "episodes";
}

/**
 * Recorded games as points of a benchmark's axes.
 * @throws InputError for games of another environment, or at parameters besides knobs that are not the benchmark's
 */
export function guestsOf({ env, axes, points, plugin }: Benchmark, games: readonly Sat[]): Guest[] {
  const fixed = (params: Readonly<Record<string, unknown>>) =>
    Object.fromEntries(Object.entries(params).filter(([name]) => !Object.hasOwn(env.knobs, name)));
  for (const { tape, file } of games) {
    const { environment, params } = tape.game;
    if (environment.digest !== plugin.digest)
      throw new InputError(`${file} is a game of ${environment.id}; this frontier is of ${env.id}.`);
    const [own, theirs] = [fixed(points[0].params), fixed(params)];
    const other = Object.keys(own).filter((name) => canonical(own[name] ?? null) !== canonical(theirs[name] ?? null));
    if (other.length === 0) continue;
    const told = other.map((name) => `${name} ${canonical(theirs[name] ?? null)} instead of ${canonical(own[name])}`);
    throw new InputError(
      `${file} was played at ${told.join(", ")}: only knobs may differ from the frontier's parameters. masque play ${env.id} ${other.map((name) => `${name}=${canonical(own[name])}`).join(" ")} plays there.`,
    );
  }
  const attacked = env.metrics[axes.utility].arm === "attacked";
  return crowdsOf(games).map(({ who, roles, attack, metrics, clean, over }) => ({
    who,
    roles,
    met: attack,
    utility: attacked ? metrics[axes.utility] : clean[axes.utility],
    security: metrics[axes.security],
    over,
  }));
}
