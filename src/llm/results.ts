import type { Environment } from "../env/define.ts";
import { type Episodes, evaluate } from "../play/evaluate.ts";
import { traceDigest } from "../play/trace.ts";
import { type PlayedEpisode, WAYS, type Way } from "./episode.ts";
import type { Arm, OpenGame } from "./game.ts";

/** Every episode of a game, by arm. */
export type Played = Readonly<Partial<Record<Arm, readonly PlayedEpisode[]>>>;

/** Episodes as `evaluate` would give them. */
export function asEpisodes(env: Environment, roles: readonly string[], played: readonly PlayedEpisode[]): Episodes {
  const flat = (rows: readonly Float64Array[]) => Float64Array.from(rows.flatMap((row) => [...row]));
  return {
    names: env.counters,
    counters: flat(played.map(({ counters }) => counters)),
    returns: flat(played.map(({ returns }) => returns)),
    roles,
    steps: 0,
    traces: Int32Array.from(played.flatMap(({ trace }) => [...trace])),
  };
}

/** Both arms: the clean one is played here where nobody speaks in it, or nobody attacks. */
export function armsOf({ env, roles, game, plays }: OpenGame, played: Played): Record<Arm, Episodes> {
  const names = Object.keys(roles);
  const attacked = asEpisodes(env, names, played.attacked!);
  if (played.clean) return { attacked, clean: asEpisodes(env, names, played.clean) };
  const { policies, params } = plays.clean;
  const silent = Object.keys(game.players).every((role) => roles[role].side === "attacker");
  const { episodes, seed, split } = game;
  return { attacked, clean: silent ? evaluate(env, { params, policies, episodes, seed, split }) : attacked };
}

/** How often actions came about in which way, by role over both arms. */
export function waysOf(played: Played): Record<string, Record<Way, number>> {
  const counts: Record<string, Record<Way, number>> = {};
  for (const { deeds } of Object.values(played).flat()) {
    for (const [role, { ways }] of Object.entries(deeds)) {
      counts[role] ??= Object.fromEntries(WAYS.map((way) => [way, 0])) as Record<Way, number>;
      for (const way of ways) counts[role][way]++;
    }
  }
  return counts;
}

/** Names what was played, in both arms. */
export function playDigest(played: Played): string {
  const traces = Object.values(played).flatMap((episodes) => episodes.flatMap(({ trace }) => [...trace]));
  return traceDigest(Int32Array.from(traces), {});
}
