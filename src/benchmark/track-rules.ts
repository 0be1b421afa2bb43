import { digest, type Json, toJson } from "../data/canonical.ts";
import type { Benchmark } from "./resolve.ts";
import type { Track } from "./tracks.ts";

/**
 * In what a benchmark's defence breaks a track's rules; empty where it may enter. Points are counted over all its defences.
 */
export function breaches({ rules }: Track, { config, points, stored, starts, roles, env }: Benchmark): string[] {
  const found: string[] = [];
  const learned = config.defence.learned === undefined ? [] : [config.defence.learned].flat();
  const swept = new Set([config.defence.knobs, ...learned.map(({ knobs = {} }) => knobs)].flatMap(Object.keys));
  for (const knob of swept) {
    if (!rules.dials.includes(knob))
      found.push(`${knob} is no dial of the track (${rules.dials.join(", ") || "it has none"})`);
  }
  const declared = points.filter((point) => point.declared).length;
  if (declared > rules.levels) found.push(`${declared} points, at most ${rules.levels} are played`);
  const spent = points.reduce((sum, { defender }) => {
    if (!defender) return sum;
    return sum + defender.rounds * (defender.budget + (defender.attacker?.budget ?? 0));
  }, 0);
  if (spent > rules.training) found.push(`its defences train ${spent} steps a run, at most ${rules.training} are`);
  const defences = new Map(points.map(({ defence, defender }) => [defence, defender]));
  for (const [name, defender] of defences) {
    // Of a defence that learns, what it starts from: weights that no training here has made.
    const begins = Object.entries(defender?.from ?? {}).map(([role, digest]) => [role, starts.get(digest)!] as const);
    const brought = defender ? begins : Object.entries(stored.get(name) ?? {});
    const weights = brought.reduce(
      (sum, [role, { tensors }]) =>
        sum +
        (roles[role]?.side === "defender" ? Object.values(tensors).reduce((n, { data }) => n + data.length, 0) : 0),
      0,
    );
    if (weights > rules.weights)
      found.push(`${name} of ${env.id} has ${weights} weights, at most ${rules.weights} are played`);
  }
  return found;
}

/** In what the game that a benchmark plays differs from its track's: attacks, episodes or runs less, or other parts. */
export function departures(track: Benchmark, own: Benchmark): string[] {
  const found: string[] = [];
  const [game, played] = [track.resolved, own.resolved] as unknown as Record<string, Json>[];
  const dials = new Set(Object.keys(track.env.knobs));
  const params = ({ environment }: Record<string, Json>) => {
    const { params } = environment as { params: Record<string, unknown> };
    return Object.fromEntries(Object.entries(params).filter(([key]) => !dials.has(key)));
  };
  if (digest(params(game)) !== digest(params(played))) found.push("other parameters");
  for (const key of ["axes", "score"]) if (digest(game[key]) !== digest(played[key])) found.push(`another ${key}`);
  const has = new Set(own.attacks.map((attack) => digest(toJson({ ...attack }))));
  const lacking = track.attacks.filter((attack) => !has.has(digest(toJson({ ...attack })))).map(({ name }) => name);
  if (lacking.length > 0) found.push(`not met: ${lacking.join(", ")}`);
  const [{ runs }, { select, test }] = [own.config.seeds, own.config.episodes];
  const least = track.config;
  if (runs < least.seeds.runs) found.push(`${runs} runs, the track has ${least.seeds.runs}`);
  if (select < least.episodes.select || test < least.episodes.test) {
    found.push(`${select} + ${test} episodes, the track has ${least.episodes.select} + ${least.episodes.test}`);
  }
  return found;
}
