import { aec } from "../../env/aec.ts";
import { renderSvg } from "../../env/render-svg.ts";
import { renderText } from "../../env/render-text.ts";
import { sceneSchema } from "../../env/scene.ts";
import { Rng } from "../../random/rng.ts";
import { type Check, demand, makeWorld } from "./check.ts";
import { choose, draw, makeView, step } from "./view.ts";

/** PettingZoo's api_test: rewards add up to what last() tells, agents leave after their empty step. */
const takesTurns: Check = {
  name: "plays in turns (AEC): rewards add up, the done leave, everyone gets to an end",
  run(subject) {
    const game = aec(makeView(subject));
    game.reset({ seed: subject.seed });
    const rng = new Rng(subject.seed, "turns");
    const sums: Record<string, number> = Object.fromEntries(game.agents.map((agent) => [agent, 0]));
    const finished = new Set<string>();
    const count = game.agents.length;
    for (const agent of game.agentIter(subject.steps * count)) {
      const [observation, reward, termination, truncation, info] = game.last();
      const why = game.observationSpace(agent).explain(observation);
      demand(why === null, () => `${agent} sees what is outside its space: ${why}`);
      demand(
        reward === sums[agent],
        () => `last() tells ${agent} of reward ${reward}, its rewards add up to ${sums[agent]}`,
      );
      sums[agent] = 0;
      const done = termination || truncation;
      demand(!finished.has(agent), () => `${agent} is done twice`);
      if (done) finished.add(agent);
      game.step(done ? null : (draw(game.actionSpace(agent), info, rng) as never));
      for (const [name, value] of Object.entries(game.rewards)) sums[name] += value;
      demand(
        game.agents.includes(agent) !== done,
        () => `${agent} ${done ? "stays after its end" : "is gone before its end"}`,
      );
    }
    const all = game.agents.length > 0 || finished.size === count;
    demand(all, () => `only ${[...finished]} came to an end`);
  },
};

/** PettingZoo's state_test. */
const hasState: Check = {
  name: "has a global state: finite, of one size, inside its space, a copy, the same for the same seed",
  run(subject) {
    const [view, twin] = [makeView(subject), makeView(subject)];
    const rng = new Rng(subject.seed, "state");
    const { stateSize, params } = makeWorld(subject, 1);
    const space = subject.env.state?.(params);
    let [, infos] = view.reset({ seed: subject.seed });
    twin.reset({ seed: subject.seed });
    for (let t = 0; t < subject.steps && view.agents.length > 0; t++) {
      const state = view.state();
      demand(state.length === stateSize, () => `the state has ${state.length} numbers, expected ${stateSize}`);
      demand(
        state.every(Number.isFinite),
        () => `after step ${t} the state holds ${state.find((x) => !Number.isFinite(x))}`,
      );
      const why = space?.explain(state) ?? null;
      demand(why === null, () => `after step ${t} the state is outside its space: ${why}`);
      const kept = state.join();
      demand(twin.state().join() === kept, () => `after step ${t} two states of the same seed differ`);
      const actions = choose(view, infos, rng);
      infos = step(view, actions)[4];
      step(twin, actions);
      demand(state.join() === kept, () => "a state that was handed out changed afterwards");
    }
  },
};

/** PettingZoo's render_test. */
const draws: Check = {
  name: "draws scenes that are plain data, without effect on play",
  run(subject) {
    const [view, blind] = [makeView(subject), makeView(subject)];
    const rng = new Rng(subject.seed, "scenes");
    let [, infos] = view.reset({ seed: subject.seed });
    blind.reset({ seed: subject.seed });
    for (let t = 0; t < Math.min(subject.steps, 50) && view.agents.length > 0; t++) {
      const scene = view.render();
      if (scene === undefined) return;
      const parsed = sceneSchema.safeParse(scene);
      demand(
        parsed.success,
        () =>
          `the scene after step ${t} is malformed: ${parsed.error?.issues[0].path.join(".")}: ${parsed.error?.issues[0].message}`,
      );
      const again = JSON.stringify(view.render());
      demand(JSON.stringify(scene) === again, () => `after step ${t} a second look shows another scene`);
      renderText(scene);
      renderSvg(scene);
      const actions = choose(view, infos, rng);
      const result = step(view, actions);
      demand(
        JSON.stringify(result) === JSON.stringify(step(blind, actions)),
        () => `step ${t + 1} differs if somebody looks`,
      );
      infos = result[4];
    }
  },
};

// Turns, global state and scenes: what not every user of an environment calls.
export const extraChecks: readonly Check[] = [takesTurns, hasState, draws];
