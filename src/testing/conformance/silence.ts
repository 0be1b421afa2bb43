import type { Environment } from "../../env/define.ts";
import { resolveParams } from "../../env/params.ts";
import { defencePolicies, scriptedAttack } from "../../play/cast.ts";
import { evaluate, metricsOf, sumCounters } from "../../play/evaluate.ts";
import type { PolicyFactory, ScriptedPolicies } from "../../policy/policy.ts";
import type { BoxSpace } from "../../spaces/index.ts";
import { type Check, demand, type Params } from "./check.ts";

// A defence that acts on the first sign of an attack is free where nobody attacking is perfectly silent: the arms are
// told apart, and utility is measured in one that never meets the defence. So innocent noise belongs in both arms.

type Seats = Readonly<Record<string, PolicyFactory>>;

/** Least and greatest value of everything that defenders see, by role, and the counters of the play. */
function seen(env: Environment, params: Params, seats: Seats) {
  const roles = env.roles(resolveParams(env, params));
  const ends: Record<string, { least: Float64Array; most: Float64Array }> = {};
  const policies: Record<string, PolicyFactory> = { ...seats };
  for (const role of Object.keys(roles).filter((name) => roles[name].side === "defender")) {
    const { size } = roles[role].observation as BoxSpace;
    const least = new Float64Array(size).fill(Number.POSITIVE_INFINITY);
    const most = new Float64Array(size).fill(Number.NEGATIVE_INFINITY);
    ends[role] = { least, most };
    policies[role] = (context) => {
      const policy = seats[role](context);
      return {
        ...policy,
        act(batch) {
          for (let i = 0; i < batch.rows * size; i++) {
            least[i % size] = Math.min(least[i % size], batch.obs[i]);
            most[i % size] = Math.max(most[i % size], batch.obs[i]);
          }
          policy.act(batch);
        },
      };
    };
  }
  // Enough for what is rare in peace; long episodes are few.
  const episodes = env.horizon(resolveParams(env, params)) > 1000 ? 3 : 64;
  evaluate(env, { params, policies, episodes, seed: 1, split: ["silence"] });
  return ends;
}

/** Everyone's policies: a scripted attack, and the defaults. */
function cast(env: Environment, scripts: ScriptedPolicies, params: Params, attack: string): Seats {
  const roles = env.roles(resolveParams(env, params));
  return {
    ...defencePolicies(env, roles, scripts, "default"),
    ...scriptedAttack(env, roles, scripts, attack),
  };
}

/** A number that defenders see, which never moves while nobody attacks and does under an attack. */
export interface Tell {
  readonly attack: string;
  readonly role: string;
  /** Place in the role's observation. */
  readonly place: number;
}

/** All that tells an attack from peace at once, by scripted attack. */
export function tells(env: Environment, scripts: ScriptedPolicies, params: Params = {}): Tell[] {
  const seats = (attack: string) => cast(env, scripts, params, attack);
  const peace = seen(env, params, seats("none"));
  return Object.keys(scripts.attacks).flatMap((attack) =>
    Object.entries(seen(env, params, seats(attack))).flatMap(([role, { least, most }]) => {
      const quiet = peace[role];
      return [...least.keys()]
        .filter((i) => quiet.least[i] === quiet.most[i])
        .filter((i) => least[i] !== quiet.least[i] || most[i] !== quiet.most[i])
        .map((place) => ({ attack, role, place }));
    }),
  );
}

/**
 * What acting on the first sign would have: utility of the dials' off ends, since nothing is done in peace, beside
 * security of their lockdown ends.
 */
export function firstSign(env: Environment, scripts: ScriptedPolicies, attack: string) {
  const at = (end: "off" | "lockdown", name: string) => {
    const params = Object.fromEntries(Object.entries(env.knobs).map(([knob, ends]) => [knob, ends[end]]));
    const policies = cast(env, scripts, params, name);
    return sumCounters(evaluate(env, { params, policies, episodes: 16, seed: 1, split: ["silence"] }));
  };
  const first = (axis: "utility" | "security") =>
    Object.keys(env.metrics).find((name) => env.metrics[name].axis === axis)!;
  const [open, shut] = [at("off", "none"), at("lockdown", "none")];
  return {
    utility: metricsOf(env, open, open)[first("utility")],
    security: metricsOf(env, at("lockdown", attack), shut)[first("security")],
  };
}

const isNotSilent: Check = {
  name: "in peace is not silent: no attack is told by its first sign",
  run({ env, params, policies }) {
    // At the defaults alone: in small variants what is rare in peace may not be met.
    if (!policies || env.tells !== undefined || Object.keys(params).length > 0) return;
    const [found] = tells(env, policies);
    if (!found) return;
    const { attack, role, place } = found;
    const { utility, security } = firstSign(env, policies, attack);
    demand(
      false,
      () =>
        `number ${place} of what ${role} sees never moves while nobody attacks, and does under ${attack}: a defence that ` +
        `does nothing until then has the utility of none (${utility.toFixed(3)}) with the security of all ` +
        `(${security.toFixed(3)}); let innocent noise move it in both arms, or say in the definition's \`tells\` why it may`,
    );
  },
};

export const silenceChecks: readonly Check[] = [isNotSilent];
