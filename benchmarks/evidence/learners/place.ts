import { evaluate, type PolicyFactory, resolveParams, train } from "masque";
import { metricIntervals } from "../../../src/frontier/scores.ts";
import type { Learning } from "../../../src/learn/baseline.ts";
import type { EnvironmentPlugin } from "../../../src/library/plugin.ts";
import { attackerRoles, completeAttack, defencePolicies, scriptedAttack } from "../../../src/play/cast.ts";
import type { PolicyData } from "../../../src/policy/data.ts";
import { loadPolicies } from "../../../src/policy/files.ts";
import { policyFrom } from "../../../src/policy/from-data.ts";

export type Seats = Readonly<Record<string, PolicyFactory>>;

/** Where attacks are compared: parameters that differ from the defaults (whose knobs are at a middle level), and the defence. */
export interface Place {
  readonly params?: Readonly<Record<string, unknown>>;
  readonly against?: string;
  /** Whether that defence is one of `benchmarks/entries/policies`. */
  readonly saved?: boolean;
  /** The metric that is lowered; the environment's first of security when omitted. */
  readonly security?: string;
}

/** An attack that is somewhere compared. */
export interface Found {
  readonly name: string;
  readonly seats: Seats;
}

/** A place made ready to play and to train in, on episodes of a seed. */
export async function openPlace({ env, policies }: EnvironmentPlugin, place: Place, seed: number) {
  const { params: given = {}, against = "default", saved = false } = place;
  const scripts = await policies();
  const params = resolveParams(env, given) as Record<string, unknown>;
  const roles = env.roles(params);
  const seatsOf = (stored: Readonly<Record<string, PolicyData>>): Seats =>
    Object.fromEntries(Object.entries(stored).map(([role, data]) => [role, policyFrom(data, scripts)]));
  const folder = new URL(`../../entries/policies/${against}`, import.meta.url).pathname;
  const defence = {
    ...defencePolicies(env, roles, scripts, saved ? "default" : against),
    ...(saved && seatsOf(loadPolicies(folder, Object.keys(roles)))),
  };
  const first = (axis: "security" | "utility") =>
    Object.keys(env.metrics).find((name) => env.metrics[name].axis === axis)!;
  const security = place.security ?? first("security");
  const scripted = (name: string): Seats => scriptedAttack(env, roles, scripts, name);
  const play = (attack: Seats, split: string, episodes: number) =>
    evaluate(env, { params, policies: { ...defence, ...attack }, episodes, seed, split: [split] });
  return {
    env,
    scripts,
    security,
    scripted,
    /** Every script, none and random among them. */
    attacks: Object.keys(scripts.attacks).map((name) => ({ name, seats: scripted(name) })),
    /** The place in words, as in tables. */
    where: [...Object.entries(given).map(([key, value]) => `${key}=${value}`), against].join(" "),
    play,
    /** Of some attacks the one that leaves the least security, on episodes of the split `select`. */
    mostHarmful(found: readonly Found[], episodes: number): Found {
      const clean = play(scripted("none"), "select", episodes);
      const left = ({ seats }: Found) => metricIntervals(env, play(seats, "select", episodes), clean, 1)[security].mean;
      return found.map((one) => ({ one, left: left(one) })).reduce((a, b) => (b.left < a.left ? b : a)).one;
    },
    /** Trains all attackers; `aimed` lowers the metric itself, where the baseline can. */
    async train(learning: Learning, what: { budget: number; seed: number; aimed?: boolean }) {
      const { budget, seed, aimed = false } = what;
      const trained = await train({
        environment: env,
        params,
        roles: Object.fromEntries(attackerRoles(roles).map((role) => [role, learning])),
        policies: defence,
        scripts,
        ...(aimed && { aim: { security, utility: first("utility"), lambda: 0 } }),
        budget,
        seed,
      });
      const policies: Readonly<Record<string, PolicyData>> = trained.policies;
      return { policies, seats: completeAttack(env, roles, scripts, seatsOf(policies), learning.baseline.id) };
    },
  };
}
