import type { RoleBuffers } from "../../env/buffers.ts";
import type { VectorEnv } from "../../env/vector.ts";
import { contextOf } from "../../play/seat.ts";
import type { Batch, Policy, PolicyFactory } from "../../policy/policy.ts";
import { Rng } from "../../random/rng.ts";
import { demand, makeWorld, rolesOf, type Subject, sit } from "./check.ts";

type Factories = Readonly<Record<string, PolicyFactory>>;

/** One agent whose action must not depend on what others see; `row` counts over both copies. */
interface Target {
  readonly role: string;
  readonly row: number;
}

/**
 * Two worlds with different seeds play side by side. A cast of fresh policies acts on the first world's observations;
 * for each target another cast acts on the second world's, except that the target sees the first. Masks, alive flags
 * and sampling streams are exchanged likewise. Where the target then acts differently, it uses what others see.
 * Targets are agents of the given roles, where their side is factored.
 * @throws Error that names the agent and the step.
 */
export function mustSeeOnlyOwn(subject: Subject, factories: Factories, roles: readonly string[]): void {
  const { coordination = {} } = subject.env;
  const specs = rolesOf(makeWorld(subject, 1)).filter(({ name }) => roles.includes(name));
  const factored = specs.filter(({ spec, count }) => count > 0 && coordination[spec.side] !== "joint");
  const targets = factored.flatMap(({ name, count }) =>
    [...new Set([0, count - 1, count])].map((row): Target => ({ role: name, row })),
  );
  if (targets.length === 0) return;
  // Short episodes may look alike by chance: several are played.
  for (let round = 0, played = 0; round < ROUNDS && played < subject.steps; round++) {
    played += playRound({ ...subject, seed: subject.seed + 2 * round }, factories, targets);
  }
}

const ROUNDS = 5;

/** One episode of each world; how many steps the first took. */
function playRound(subject: Subject, factories: Factories, targets: readonly Target[]): number {
  const [mine, other] = [0, 1].map((i) => {
    const world = makeWorld({ ...subject, seed: subject.seed + i }, 2, { autoreset: "disabled" });
    const players = sit(subject, world, factories);
    world.reset();
    return { world, players };
  });
  const straight = cast(subject, mine.world, factories);
  const mixed = targets.map((target) => ({ target, play: cast(subject, mine.world, factories, target) }));
  let t = 0;
  for (; t < subject.steps && mine.world.elapsed[0] === t; t++) {
    const expected = straight(mine.world, mine.world);
    for (const { target, play } of mixed) {
      const { role, row } = target;
      const { agents, count, actionSize, alive } = mine.world.roles[role];
      const actual = play(mine.world, other.world);
      if (alive[row] === 0) continue;
      for (let i = row * actionSize; i < (row + 1) * actionSize; i++) {
        demand(Object.is(actual[role][i], expected[role][i]), () => {
          return `in step ${t + 1} ${agents[row % count]} acts on more than its own observation, mask and stream`;
        });
      }
    }
    for (const { world, players } of [mine, other]) {
      players.act();
      world.step();
    }
  }
  return t;
}

type Actions = Record<string, Int32Array | Float32Array>;

/** Fresh policies for all roles; where there is a target, only its row is taken from the first world. */
function cast(
  subject: Subject,
  world: VectorEnv,
  factories: Factories,
  target?: Target,
): (mine: VectorEnv, other: VectorEnv) => Actions {
  const seats = rolesOf(world)
    .filter(({ name }) => factories[name])
    .map((role) => {
      const policy = factories[role.name](contextOf(subject.env, world, role));
      const isMine = (row: number) => target === undefined || (target.role === role.name && target.row === row);
      return { role, policy, isMine, batch: makeBatch(role, policy, isMine) };
    });
  return (mine, other) => {
    for (const { role, policy, isMine, batch } of seats) {
      for (let row = 0; row < batch.rows; row++) {
        const from = (isMine(row) ? mine : other).roles[role.name];
        copyRow(batch.obs, from.obs, row, role.obsSize);
        copyRow(batch.mask, from.mask, row, role.maskSize);
        batch.alive[row] = from.alive[row];
      }
      policy.act(batch);
    }
    return Object.fromEntries(seats.map(({ role, batch }) => [role.name, batch.actions]));
  };
}

function makeBatch(role: RoleBuffers, { stateSize = 0 }: Policy, isMine: (row: number) => boolean): Batch {
  const { count, copies, obsSize, maskSize, actionSize } = role;
  const rows = copies * count;
  return {
    rows,
    count,
    obs: new Float32Array(role.obs.length),
    obsSize,
    mask: new Uint8Array(role.mask.length),
    maskSize,
    alive: new Uint8Array(rows),
    rngs: Array.from({ length: rows }, (_, row) => new Rng(isMine(row) ? 1 : 2, role.name, row)),
    agreed: () => 0,
    state: new Float32Array(rows * stateSize),
    actions: role.actions.slice(),
    actionSize,
  };
}

function copyRow<A extends Float32Array | Uint8Array>(to: A, from: A, row: number, size: number): void {
  to.set(from.subarray(row * size, (row + 1) * size), row * size);
}
