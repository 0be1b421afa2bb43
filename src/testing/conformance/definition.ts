import { show } from "../../data/errors.ts";
import { resolveParams } from "../../env/params.ts";
import { actionMeaning, observationMeaning } from "../../spaces/index.ts";
import { type Check, demand, makeWorld, mustRefuse, type Subject, sit } from "./check.ts";

const SIDES = ["benign", "attacker", "defender"];

const describesItself: Check = {
  name: "describes itself: words, roles, sides, counters, metrics on both axes",
  run({ env, params }) {
    demand(
      /^[a-z][a-z0-9-]*-v\d+$/.test(env.id),
      () => `id ${show(env.id)}: expected words and a version, as in "tag-v0"`,
    );
    for (const key of ["summary", "threat"] as const) demand(env[key].trim() !== "", () => `its ${key} is empty`);
    const resolved = resolveParams(env, params);
    const roles = env.roles(resolved);
    const again = env.roles(resolved);
    for (const [name, role] of Object.entries(roles)) {
      demand(/^[a-z][A-Za-z0-9]*$/.test(name), () => `role ${show(name)}: expected one word in camelCase`);
      demand(
        SIDES.includes(role.side),
        () => `role ${name} is on side ${show(role.side)}, expected ${SIDES.join(", ")}`,
      );
      const same = again[name]?.count === role.count && role.observation.equals(again[name]?.observation);
      demand(
        same && role.action.equals(again[name]?.action),
        () => `roles() differs between two calls in role ${name}`,
      );
    }
    for (const [side, kind] of Object.entries(env.coordination ?? {})) {
      demand(SIDES.includes(side), () => `coordination names side ${show(side)}, expected ${SIDES.join(", ")}`);
      demand(kind === "joint" || kind === "factored", () => `coordination of ${side} is ${show(kind)}`);
    }
    demand(new Set(env.counters).size === env.counters.length, () => `a counter is declared twice: ${env.counters}`);
    const axes = Object.values(env.metrics).map(({ axis }) => axis);
    for (const axis of ["utility", "security"] as const)
      demand(axes.includes(axis), () => `no metric is on the axis ${axis}`);
    for (const [name, { summary }] of Object.entries(env.metrics)) {
      demand(summary.trim() !== "", () => `metric ${name} has no summary`);
    }
  },
};

const hasMeanings: Check = {
  name: "says what every part of an observation and every choice of an action means",
  run({ env, params }) {
    for (const [name, { observation, action }] of Object.entries(env.roles(resolveParams(env, params)))) {
      for (const part of observationMeaning(observation)) {
        demand(
          part.says !== undefined,
          () => `${name} sees ${part.name}, and nothing says what it is: box(…, { says: "what it is, with its unit" })`,
        );
      }
      for (const [i, choice] of actionMeaning(action).entries()) {
        demand(
          choice.says !== undefined || choice.names !== undefined,
          () =>
            `nothing says what choice ${i} of ${name} means: discrete(n, { names: ["stay", "go"] }) or { says: "requests to send" }`,
        );
      }
    }
  },
};

const checksParameters: Check = {
  name: "has defaults for all parameters, and refuses unknown and wrong ones",
  run({ env, params }) {
    resolveParams(env, {});
    const resolved: Readonly<Record<string, unknown>> = resolveParams(env, params);
    demand(JSON.stringify(resolved) === JSON.stringify(resolveParams(env, resolved)), () => "resolving twice differs");
    mustRefuse("an unknown parameter", () => resolveParams(env, { ...params, noSuchParameter: 1 }));
    for (const [name, value] of Object.entries(resolved)) {
      if (typeof value === "object") continue;
      for (const wrong of [{}, Number.NaN, Symbol("wrong")]) {
        mustRefuse(`parameter ${name} = ${show(wrong)}`, () => resolveParams(env, { ...params, [name]: wrong }));
      }
    }
  },
};

const turnsItsKnobs: Check = {
  name: "plays with every knob at off, at lockdown and at each level of its grid",
  run(subject) {
    for (const [name, { off, lockdown, grid }] of Object.entries(subject.env.knobs)) {
      demand(off !== lockdown, () => `knob ${name} is ${off} both at off and at lockdown`);
      demand(new Set(grid).size === grid.length, () => `the grid of knob ${name} names a level twice: ${grid}`);
      for (const level of [off, lockdown, ...grid]) playWith(subject, name, level);
    }
  },
};

function playWith(subject: Subject, knob: string, level: number): void {
  try {
    const world = makeWorld({ ...subject, params: { ...subject.params, [knob]: level } }, 1);
    const players = sit(subject, world);
    world.reset();
    for (let t = 0; t < Math.min(subject.steps, 20); t++) {
      players.act();
      world.step();
    }
  } catch (error) {
    throw new Error(`knob ${knob} at ${level}: ${(error as Error).message}`);
  }
}

export const definitionChecks: readonly Check[] = [describesItself, hasMeanings, checksParameters, turnsItsKnobs];
