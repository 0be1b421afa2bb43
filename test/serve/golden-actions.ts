import { toJson } from "../../src/data/canonical.ts";
import { vector } from "../../src/env/vector.ts";
import { seat } from "../../src/play/seat.ts";
import { random } from "../../src/policy/policy.ts";
import { environments } from "../environments.ts";

// Prints the actions of the golden traces (src/env/golden.ts), for python/tests: whoever plays them on the other end of
// the line must see episodes of the recorded digest. One line of JSON for each environment and variant.
for (const { env, variants, golden } of await environments()) {
  for (const params of [{}, ...variants]) {
    const key = JSON.stringify(params);
    const recorded = golden?.variants.find((variant) => JSON.stringify(variant.params) === key);
    const digest = key === "{}" ? golden?.digest : recorded?.digest;
    const world = vector(env, 1, params, 1, { split: "golden", autoreset: "disabled" });
    const players = seat(env, world, Object.fromEntries(Object.keys(world.roles).map((role) => [role, random])));
    const episodes: number[][][][] = [];
    for (let episode = 0; episode < 2; episode++) {
      world.reset(undefined, episode);
      const steps: number[][][] = [];
      for (let t = 0; t < 1000 && world.ended[0] === 0; t++) {
        players.act();
        steps.push(Object.values(world.roles).map(({ actions }) => Array.from(actions)) as number[][]);
        world.step();
      }
      episodes.push(steps as never);
    }
    const roles = Object.keys(world.roles);
    console.log(
      JSON.stringify({ id: env.id, params: toJson(params), digest, roles, state: env.state !== undefined, episodes }),
    );
  }
}
