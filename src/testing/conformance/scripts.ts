import type { Counts } from "../../env/define.ts";
import type { Side } from "../../env/roles.ts";
import { evaluate, metricsOf, sumCounters } from "../../play/evaluate.ts";
import { type Controller, type PolicyFactory, random, type ScriptedPolicies } from "../../policy/policy.ts";
import { type Check, demand, makeWorld, rolesOf, type Subject, sit } from "./check.ts";
import { mustSeeOnlyOwn } from "./factored.ts";
import { poisoned } from "./poison.ts";
import { inspect } from "./worlds.ts";

type Factories = Readonly<Record<string, PolicyFactory>>;

/** Most steps of agents that one evaluation plays; one episode is always played to its end. */
const BUDGET = 20_000;

const NOBODY: ScriptedPolicies = { defaults: {}, attacks: { none: { roles: {} } } };

interface Play {
  readonly name: string;
  /** A policy for every scripted role; the others play at random. */
  readonly cast: Factories;
  /** The roles that this play is about. */
  readonly own: readonly string[];
}

/** All ways to play: at random, each attack against the defaults, each defence against `none`. */
function plays({ policies = NOBODY }: Subject): Play[] {
  const { defaults, attacks, defences = {} } = policies;
  const clean = { ...defaults, ...attacks.none.roles };
  const play = (kind: string, name: string, { roles }: Controller): Play => {
    const own = kind === "attack" && name === "none" ? clean : roles;
    return { name: `${kind} ${name}`, cast: { ...clean, ...roles }, own: Object.keys(own) };
  };
  return [
    { name: "random play", cast: {}, own: [] },
    ...Object.entries(attacks).map(([name, controller]) => play("attack", name, controller)),
    ...Object.entries(defences).map(([name, controller]) => play("defence", name, controller)),
  ];
}

const scriptsEveryRole: Check = {
  name: "has a script for every role: defaults and `none` cover all, attacks play attackers, defences others",
  run(subject) {
    const { policies, env } = subject;
    if (!policies) return;
    const roles = rolesOf(makeWorld(subject, 1));
    const sideOf = (role: string) => roles.find(({ name }) => name === role)?.spec.side;
    for (const { name, spec } of roles) {
      const covered = spec.side === "attacker" ? policies.attacks.none.roles : policies.defaults;
      demand(
        name in covered,
        () => `no script for ${name} in ${spec.side === "attacker" ? "attack none" : "defaults"}`,
      );
    }
    const controllers = (
      kind: string,
      list: Readonly<Record<string, Controller>>,
      isRight: (side?: Side) => boolean,
    ) => {
      for (const [name, { roles, joint }] of Object.entries(list)) {
        for (const role of Object.keys(roles)) {
          const side = sideOf(role);
          demand(side !== undefined, () => `${kind} ${name} plays ${role}, a role that ${env.id} does not have`);
          demand(isRight(side), () => `${kind} ${name} plays ${role}, which is on side ${side}`);
          const may = !joint || env.coordination?.[side] === "joint";
          demand(
            may,
            () => `${kind} ${name} is joint, but side ${side} is factored: its agents see only for themselves`,
          );
        }
      }
    };
    controllers("attack", policies.attacks, (side) => side === "attacker");
    controllers("defence", policies.defences ?? {}, (side) => side !== "attacker");
    controllers("default", { policies: { roles: policies.defaults } }, () => true);
  },
};

const playsByScript: Check = {
  name: "stays in bounds under every script, with no Math.random and no clock",
  run(subject) {
    for (const { name, cast } of plays(subject)) {
      within(name, () => {
        poisoned(() => {
          const world = makeWorld(subject, 2);
          const players = sit(subject, world, cast);
          world.reset();
          for (let t = 0; t < subject.steps; t++) {
            players.act();
            world.step();
            inspect(world);
          }
        });
      });
    }
  },
};

const measuresInRange: Check = {
  name: "measures every metric inside [0,1], on both arms, with all knobs at both ends",
  run(subject) {
    const knobsAt = (end: "off" | "lockdown") =>
      Object.fromEntries(Object.entries(subject.env.knobs).map(([name, knob]) => [name, knob[end]]));
    for (const setting of [{}, knobsAt("off"), knobsAt("lockdown")]) {
      const params = { ...subject.params, ...setting };
      const clean = count({ ...subject, params }, plays(subject)[1].cast);
      for (const { name, cast } of plays(subject)) {
        within(`${name} with ${JSON.stringify(params)}`, () => {
          const counters = count({ ...subject, params }, cast);
          mustMeasure(subject, counters, clean, "attacked");
          // Learned defenders start from random play, so it may be the clean arm too.
          mustMeasure(subject, clean, clean, "clean");
          if (name === "random play") mustMeasure(subject, counters, counters, "clean");
        });
      }
    }
  },
};

function count(subject: Subject, cast: Factories): Counts<string> {
  const { env, params, seed } = subject;
  const world = makeWorld(subject, 1);
  const roles = rolesOf(world);
  const agents = roles.reduce((sum, { count }) => sum + count, 0);
  const episodes = Math.max(1, Math.min(2, Math.floor(BUDGET / (world.horizon * agents))));
  const policies = Object.fromEntries(roles.map(({ name }) => [name, cast[name] ?? random]));
  return sumCounters(evaluate(env, { params, policies, episodes, seed, split: ["conformance"] }));
}

function mustMeasure({ env }: Subject, counters: Counts<string>, clean: Counts<string>, arm: string): void {
  for (const [name, value] of Object.entries(counters)) {
    demand(Number.isFinite(value), () => `on the ${arm} arm counter ${name} is ${value}`);
  }
  for (const [name, value] of Object.entries(metricsOf(env, counters, clean))) {
    demand(value >= 0 && value <= 1, () => `on the ${arm} arm metric ${name} is ${value}, expected 0 to 1`);
  }
}

const seesForItself: Check = {
  name: "lets agents of factored sides act on nothing but their own observations",
  run(subject) {
    for (const { name, cast, own } of plays(subject)) within(name, () => mustSeeOnlyOwn(subject, cast, own));
  },
};

function within(what: string, run: () => void): void {
  try {
    run();
  } catch (error) {
    throw new Error(`${what}: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
}

export const scriptChecks: readonly Check[] = [scriptsEveryRole, playsByScript, measuresInRange, seesForItself];
