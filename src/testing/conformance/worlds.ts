import type { RoleBuffers } from "../../env/buffers.ts";
import type { Environment } from "../../env/define.ts";
import type { VectorEnv } from "../../env/vector.ts";
import { Rng } from "../../random/rng.ts";
import { type Check, demand, makeWorld, mustEqual, rolesOf, sit } from "./check.ts";
import { poisoned } from "./poison.ts";

/** Everything that holds after every reset and step of any play. */
export function inspect(world: VectorEnv): void {
  for (const role of rolesOf(world)) {
    const { rewards, alive, terminations } = role;
    for (let row = 0; row < rewards.length; row++) {
      const where = () => `after step ${world.elapsed[Math.floor(row / role.count)]}, ${role.agents[row % role.count]}`;
      demand(
        Number.isFinite(rewards[row]),
        () => `${where()} is rewarded with ${rewards[row]}, expected a finite number`,
      );
      if (alive[row] === 0 && terminations[row] === 0) continue;
      inspectObservation(role, role.obs, row, where);
      if (alive[row] === 1) inspectMask(role, row, where);
    }
    for (let copy = 0; copy < world.copies; copy++) {
      if (world.ended[copy] === 0) continue;
      for (let i = 0; i < role.count; i++) {
        const row = copy * role.count + i;
        if (role.truncations[row] + terminations[row] === 0) continue;
        inspectObservation(role, role.final, row, () => `at the end of an episode, ${role.agents[i]}`);
      }
    }
  }
  for (let copy = 0; copy < world.copies; copy++) {
    for (const [name, value] of Object.entries(world.counters(copy))) {
      demand(Number.isFinite(value), () => `counter ${name} is ${value}, expected a finite number`);
    }
  }
}

function inspectObservation(role: RoleBuffers, array: Float32Array, row: number, where: () => string): void {
  const { observation } = role.spec;
  let from = row * role.obsSize;
  const parts = observation.kind === "box" ? { observation } : observation.spaces;
  for (const [name, space] of Object.entries(parts)) {
    const seen = array.subarray(from, from + space.size);
    from += space.size;
    const why = space.explain(seen);
    demand(why === null, () => `${where()} sees what is outside its space (${name}): ${why}`);
  }
}

function inspectMask({ spec, mask, maskSize }: RoleBuffers, row: number, where: () => string): void {
  if (spec.action.kind === "box") return;
  let from = row * maskSize;
  for (const n of spec.action.kind === "discrete" ? [spec.action.n] : spec.action.nvec) {
    const part = mask.subarray(from, from + n);
    from += n;
    demand(
      part.every((bit) => bit === 0 || bit === 1),
      () => `${where()} has mask [${part}], expected zeros and ones`,
    );
    demand(part.includes(1), () => `${where()} may not do anything: its mask [${part}] allows no action`);
    const wrote = !spec.masked && part.includes(0);
    demand(!wrote, () => `${where()} has mask [${part}], but its role does not say masked: true`);
  }
}

const staysInBounds: Check = {
  name: "shows observations inside their spaces, finite rewards and counters, masks that leave a choice",
  run(subject) {
    const world = makeWorld(subject, 4);
    const players = sit(subject, world);
    world.reset();
    inspect(world);
    for (let t = 0; t < subject.steps; t++) {
      players.act();
      world.step();
      inspect(world);
    }
  },
};

const endsInTime: Check = {
  name: "ends at its horizon at the latest, and truncates there",
  run(subject) {
    const world = makeWorld(subject, 1, { autoreset: "disabled" });
    const players = sit(subject, world);
    world.reset();
    const { horizon } = world;
    demand(subject.env.horizon(world.params) === horizon, () => "horizon() differs between two calls");
    const most = Math.min(horizon, 50 * subject.steps);
    while (world.ended[0] === 0 && world.elapsed[0] < most) {
      players.act();
      world.step();
    }
    if (world.ended[0] === 0) return; // too long to be played here
    const flags = rolesOf(world).flatMap((role) => [...role.truncations]);
    const early = world.elapsed[0] < horizon;
    demand(!(early && flags.includes(1)), () => `truncates in step ${world.elapsed[0]}, before its horizon ${horizon}`);
  },
};

const copiesAgree: Check = {
  name: "plays the same in one copy and among 64",
  run(subject) {
    const many = makeWorld(subject, 64, { autoreset: "disabled" });
    const crowd = sit(subject, many);
    many.reset();
    const alone = [0, 1, 63].map((copy) => {
      const world = makeWorld(subject, 1, { autoreset: "disabled" });
      const players = sit(subject, world);
      world.reset(undefined, copy);
      return { copy, world, players };
    });
    for (let t = 0; t < subject.steps; t++) {
      for (const { copy, world } of alone) mustEqual(world, 0, many, copy, `copy ${copy} of 64 must equal one alone`);
      crowd.act();
      many.step();
      for (const { world, players } of alone) {
        players.act();
        world.step();
      }
    }
  },
};

const seedsDecide: Check = {
  name: "plays the same episode again for the same seed, whatever was played before",
  run(subject) {
    const make = (warmUp: number, seed: number) => {
      const world = makeWorld(subject, 1);
      const players = sit(subject, world);
      world.reset(seed, 5);
      for (let t = 0; t < warmUp; t++) {
        players.act();
        world.step();
      }
      world.reset(subject.seed, 0);
      return { world, players };
    };
    const fresh = make(0, subject.seed);
    // One broken off in its middle, another that has gone through ends where they come soon enough.
    const others = [
      make(Math.min(7, fresh.world.horizon - 1), subject.seed + 1),
      make(subject.steps + 3, subject.seed + 2),
    ];
    for (let t = 0; t < subject.steps; t++) {
      for (const { world } of others) mustEqual(fresh.world, 0, world, 0, "a seed must give the same episodes again");
      for (const { world, players } of [fresh, ...others]) {
        players.act();
        world.step();
      }
    }
  },
};

const ignoresTheDead: Check = {
  name: "ignores what is written as the action of a dead agent",
  run(subject) {
    const rng = new Rng(subject.seed, "actions of the dead");
    const quiet = makeWorld(subject, 2, { autoreset: "disabled" });
    const haunted = makeWorld(subject, 2, { autoreset: "disabled" });
    const [players, ghosts] = [sit(subject, quiet), sit(subject, haunted)];
    quiet.reset();
    haunted.reset();
    for (let t = 0; t < subject.steps; t++) {
      players.act();
      ghosts.act();
      for (const { alive, actions, actionSize, spec } of rolesOf(haunted)) {
        for (let row = 0; row < alive.length; row++) {
          if (alive[row] === 1) continue;
          const action = spec.action.sample(rng);
          actions.set(typeof action === "number" ? [action] : action, row * actionSize);
        }
      }
      quiet.step();
      haunted.step();
      for (const copy of [0, 1]) mustEqual(quiet, copy, haunted, copy, "actions of dead agents must not matter");
    }
  },
};

const usesNoClock: Check = {
  name: "draws from its rng only: no Math.random, no clock; leaves its parameters as they are",
  run(subject) {
    const env: Environment = {
      ...subject.env,
      create: (context) => subject.env.create({ ...context, params: freeze(context.params) }),
    };
    poisoned(() => {
      const world = makeWorld({ ...subject, env }, 2);
      const players = sit(subject, world);
      world.reset();
      for (let t = 0; t < subject.steps; t++) {
        players.act();
        world.step();
      }
      world.render(0);
      for (const metric of Object.values(env.metrics)) metric.of(world.counters(0), { clean: world.counters(1) });
    });
  },
};

function freeze<T>(value: T): T {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return value;
  for (const part of Object.values(value)) freeze(part);
  return Object.freeze(value);
}

export const worldChecks: readonly Check[] = [
  staysInBounds,
  endsInTime,
  copiesAgree,
  seedsDecide,
  ignoresTheDead,
  usesNoClock,
];
