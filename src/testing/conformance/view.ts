import { show } from "../../data/errors.ts";
import type { Info } from "../../env/agents.ts";
import { type ParallelEnv, parallel } from "../../env/parallel.ts";
import { Rng } from "../../random/rng.ts";
import type { ActionSpace } from "../../spaces/slot.ts";
import { type Check, demand, makeWorld, mustRefuse, rolesOf, type Subject } from "./check.ts";

type Action = number | ArrayLike<number>;
type Name = `${string}_${number}`;
type Actions = Readonly<Record<string, Action>>;

export const makeView = ({ env, params }: Subject): ParallelEnv => parallel(env, params) as unknown as ParallelEnv;
export const step = (view: ParallelEnv, actions: unknown) => view.step(actions as Parameters<typeof view.step>[0]);

/** Random allowed actions of everyone alive. */
export function choose(view: ParallelEnv, infos: Readonly<Record<string, Info>>, rng: Rng): Actions {
  return Object.fromEntries(view.agents.map((agent) => [agent, draw(view.actionSpace(agent), infos[agent], rng)]));
}

export function draw(space: ActionSpace, { actionMask }: Info, rng: Rng): Action {
  if (space.kind === "box" || !actionMask) return space.sample(rng);
  if (space.kind === "discrete") return space.sample(rng, actionMask);
  let from = 0;
  return space.sample(
    rng,
    space.nvec.map((n) => {
      from += n;
      return actionMask.subarray(from - n, from);
    }),
  );
}

const namesAgents: Check = {
  name: "names agents <role>_<index>, and gives the same space object at every call",
  run(subject) {
    const view = makeView(subject);
    const roles = rolesOf(makeWorld(subject, 1));
    const expected = roles.flatMap(({ name, count }) => Array.from({ length: count }, (_, i) => `${name}_${i}`));
    demand(
      view.possibleAgents.join() === expected.join(),
      () => `agents are ${view.possibleAgents}, expected ${expected}`,
    );
    const spaces = () =>
      view.possibleAgents.flatMap((agent) => [view.observationSpace(agent), view.actionSpace(agent)]);
    const before = spaces();
    view.reset({ seed: subject.seed });
    demand(
      before.every((space, i) => space === spaces()[i]),
      () => "a space is another object after reset()",
    );
    mustRefuse("an unknown agent", () => view.actionSpace("nobody_0"));
  },
};

/** PettingZoo's parallel_api_test, and what it means to check besides. */
const playsByRecords: Check = {
  name: "plays in records: who acted, observations in their spaces, finite rewards, ends; equal to the buffers",
  run(subject) {
    const view = makeView(subject);
    const world = makeWorld(subject, 1, { autoreset: "disabled", split: "default" });
    const rng = new Rng(subject.seed, "view");
    for (let episode = 0; episode < 2; episode++) {
      let [observations, infos] = view.reset({ seed: subject.seed, options: { episode } });
      world.reset(subject.seed, episode);
      demand(view.agents.join() === view.possibleAgents.join(), () => `after reset() only ${view.agents} are there`);
      mustShow(view, world, observations, infos);
      for (let t = 0; t < subject.steps && view.agents.length > 0; t++) {
        const acting = view.agents;
        const actions = choose(view, infos, rng);
        for (const agent of acting) writeAction(world, agent, actions[agent]);
        world.step();
        const results = step(view, actions);
        for (const record of results) {
          demand(
            Object.keys(record).join() === acting.join(),
            () => `step ${t + 1} of ${acting} tells of ${Object.keys(record)}`,
          );
        }
        const [, rewards, terminations, truncations] = results;
        [observations, , , , infos] = results;
        mustShow(view, world, observations, infos);
        for (const agent of acting) {
          const { role, row } = find(world, agent);
          const where = `after step ${t + 1}, ${agent}`;
          demand(Number.isFinite(rewards[agent]), () => `${where} is rewarded with ${rewards[agent]}`);
          demand(
            rewards[agent] === role.rewards[row],
            () => `${where}: reward ${rewards[agent]}, buffer ${role.rewards[row]}`,
          );
          const flags = [terminations[agent], truncations[agent]];
          const buffers = [role.terminations[row] === 1, role.truncations[row] === 1];
          demand(flags.join() === buffers.join(), () => `${where}: ends ${flags}, buffers ${buffers}`);
          const stays = view.agents.includes(agent);
          demand(stays !== flags.includes(true), () => `${where} is ${stays ? "done but stays" : "not done but gone"}`);
        }
      }
    }
  },
};

type World = ReturnType<typeof makeWorld>;

function find(world: World, agent: string) {
  const role = rolesOf(world).find(({ agents }) => agents.includes(agent));
  demand(role !== undefined, () => `agent ${agent} has no row in the buffers`);
  return { role, row: role.agents.indexOf(agent) };
}

function writeAction(world: World, agent: string, action: Action): void {
  const { role, row } = find(world, agent);
  role.actions.set(typeof action === "number" ? [action] : action, row * role.actionSize);
}

function mustShow(view: ParallelEnv, world: World, observations: object, infos: Readonly<Record<string, Info>>): void {
  const t = world.elapsed[0];
  for (const [agent, seen] of Object.entries(observations) as [Name, object][]) {
    const { role, row } = find(world, agent);
    const why = view.observationSpace(agent).explain(seen);
    demand(why === null, () => `after step ${t}, ${agent} sees what is outside its space: ${why}`);
    const flat: Float32Array[] = seen instanceof Float32Array ? [seen] : Object.values(seen);
    const numbers = flat.flatMap((part) => [...part]);
    const same = numbers.every((value, i) => Object.is(value, role.obs[row * role.obsSize + i]));
    demand(same && numbers.length === role.obsSize, () => `after step ${t}, ${agent} sees other than its buffer holds`);
    const { actionMask } = infos[agent];
    const expected = role.spec.masked
      ? [...role.mask.subarray(row * role.maskSize, (row + 1) * role.maskSize)]
      : undefined;
    demand(
      actionMask?.join() === expected?.join(),
      () => `after step ${t}, ${agent} has mask [${actionMask}], buffer [${expected}]`,
    );
  }
}

const refusesMistakes: Check = {
  name: "refuses calls out of order and wrong actions, and is then as it was",
  run(subject) {
    const [view, twin] = [makeView(subject), makeView(subject)];
    mustRefuse("step() before reset()", () => step(view, {}));
    mustRefuse("a negative seed", () => view.reset({ seed: -1 }));
    const [, infos] = view.reset({ seed: subject.seed });
    twin.reset({ seed: subject.seed });
    const good = choose(view, infos, new Rng(subject.seed, "view"));
    mustRefuse("a step with an unknown agent", () => step(view, { ...good, nobody_0: 0 }));
    for (const agent of view.agents) {
      if (!agent.endsWith("_0")) continue;
      const { [agent]: action, ...others } = good;
      mustRefuse(`a step without ${agent}`, () => step(view, others));
      for (const wrong of wrongActions(view.actionSpace(agent), action)) {
        mustRefuse(`the action ${show(wrong)} of ${agent}`, () => step(view, { ...good, [agent]: wrong }));
      }
    }
    const [after, before] = [step(view, good), step(twin, good)];
    demand(JSON.stringify(after) === JSON.stringify(before), () => "a refused step changed what the next one does");
  },
};

function wrongActions(space: ActionSpace, action: Action): unknown[] {
  const always = [Number.NaN, "0", null, {}];
  if (space.kind === "discrete") return [...always, space.start - 1, space.start + space.n, space.start + 0.5, [0]];
  const list = Array.from(action as ArrayLike<number>);
  return [...always, 0, [], [...list, 0], list.map(() => Number.NaN), list.map(() => Number.POSITIVE_INFINITY)];
}

export const viewChecks: readonly Check[] = [namesAgents, playsByRecords, refusesMistakes];
