import { restoreInfinity, toJson } from "../data/canonical.ts";
import { InputError, unknownName } from "../data/errors.ts";
import type { Environment } from "../env/define.ts";
import { resolveParams } from "../env/params.ts";
import type { RoleSpec } from "../env/roles.ts";
import { vector } from "../env/vector.ts";
import type { EnvironmentPlugin } from "../library/plugin.ts";
import { attackerRoles, defencePolicies, randomAttack, scriptedAttack } from "../play/cast.ts";
import { seat } from "../play/seat.ts";
import type { PolicyFactory } from "../policy/policy.ts";
import type { Request } from "./requests.ts";
import { memoryOf, openWorld, type World, type WorldOptions } from "./world.ts";

type Factories = Readonly<Record<string, PolicyFactory>>;

export interface Opened {
  readonly plugin: EnvironmentPlugin;
  readonly world: World;
  readonly roles: Readonly<Record<string, RoleSpec>>;
  /** Bytes of its buffers, about. */
  readonly memory: number;
}

/** Parameters as they came in JSON, checked; infinities were strings. @throws InputError */
export function readParams(env: Environment, given: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return resolveParams(env, restoreInfinity(toJson(given)));
}

/**
 * Makes the environment of a request.
 * @throws InputError for bad parameters and unknown names, and for more memory than is left.
 */
export async function open(id: number, plugin: EnvironmentPlugin, request: Request<"make">, left: number) {
  const { env } = plugin;
  const { copies, seed, split, autoreset, maxCycles, clean } = request;
  const params = readParams(env, request.params);
  const roles = env.roles(params);
  const memory = memoryOf(roles, copies);
  if (memory > left) {
    const mb = (bytes: number) => `${Math.ceil(bytes / 2 ** 20)} MB`;
    throw new InputError(
      `${env.id}: ${copies} copies take about ${mb(memory)}, and ${mb(Math.max(0, left))} are left: make fewer, close others, or start the server with more --memory.`,
    );
  }
  const { policies, without } = await choosePolicies(plugin, roles, request);
  const same = { env, params, seed, split };
  const playClean = clean && without ? cleanArm({ ...same, policies: without }) : undefined;
  const world = openWorld(id, { ...same, copies, autoreset, maxCycles, policies, clean: playClean });
  return { plugin, world, roles, memory } satisfies Opened;
}

/** Policies of the roles that the client leaves to the server; and of all without attack, where no user's are missed. */
async function choosePolicies(
  plugin: EnvironmentPlugin,
  roles: Readonly<Record<string, RoleSpec>>,
  { control, attack, defence, clean }: Request<"make">,
): Promise<{ policies: Factories; without?: Factories }> {
  const { env } = plugin;
  const attackers = attackerRoles(roles);
  const all = Object.keys(roles);
  for (const role of control ?? []) {
    if (!Object.hasOwn(roles, role)) throw unknownName(`role of ${env.id}`, role, all);
  }
  const asked = (role: string) => (attackers.includes(role) ? attack : defence) !== undefined;
  const own = new Set(control ?? all.filter((role) => !asked(role)));
  if (own.size === all.length && !clean) return { policies: {} };
  const scripts = await plugin.policies();
  const attackName = attack ?? "none";
  const attacks =
    attackName === "random" && !Object.hasOwn(scripts.attacks, "random")
      ? randomAttack(roles)
      : scriptedAttack(env, roles, scripts, attackName);
  const others = defencePolicies(env, roles, scripts, defence ?? "default");
  const policies = Object.fromEntries(Object.entries({ ...others, ...attacks }).filter(([role]) => !own.has(role)));
  if (!clean) return { policies };
  const theirs = [...own].find((role) => !attackers.includes(role));
  if (theirs !== undefined) {
    throw new InputError(
      `${env.id}: the clean arm needs scripts for everyone but the attackers, and you play role "${theirs}". Leave it to the server (control), or ask for no clean arm.`,
    );
  }
  return { policies, without: { ...others, ...scriptedAttack(env, roles, scripts, "none") } };
}

/** Plays single episodes without attack: what they counted. The last ones are remembered. */
function cleanArm(options: Pick<WorldOptions, "env" | "params" | "seed" | "split" | "policies">) {
  const { env, params, split, policies } = options;
  const world = vector(env, 1, params as never, options.seed, { split, autoreset: "disabled" });
  const players = seat(env, world as never, policies);
  let root = options.seed;
  return (seed: number, episode: number) => {
    world.reset(seed === root ? undefined : seed, episode);
    root = seed;
    while (world.ended[0] === 0) {
      players.act();
      world.step();
    }
    return world.counters(0);
  };
}
