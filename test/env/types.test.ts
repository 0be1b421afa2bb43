import { describe, expectTypeOf, it } from "vitest";
import { z } from "zod";
import type { Slot } from "../../src/env/buffers.ts";
import { defineEnv, type Environment } from "../../src/env/define.ts";
import type { AgentName } from "../../src/env/names.ts";
import { type ParallelEnv, parallel } from "../../src/env/parallel.ts";
import { type VectorEnv, vector } from "../../src/env/vector.ts";
import { constant, type ScriptedPolicies } from "../../src/policy/policy.ts";
import { box, dict, discrete, multiDiscrete } from "../../src/spaces/index.ts";
import { conformance } from "../../src/testing/index.ts";
import { relay } from "./toys.ts";

// The example of the documentation, whole: what is inferred here is what authors rely on. The compiler is the test
// (`npm run typecheck`); calls that must fail at run time as well are in the tests of values.
const tag = defineEnv({
  id: "tag-v0",
  summary: "Chasers against runners on a torus.",
  threat: "swarm",
  coordination: { attacker: "joint" },
  params: z.object({ size: z.int().min(2).default(8), runners: z.int().min(1).default(2) }),
  knobs: { size: { off: 2, lockdown: 8, grid: [2, 8] } },
  horizon: (p) => p.size,
  roles: (p) => ({
    chaser: { side: "attacker", count: 1, observation: box([2], 0, p.size), action: discrete(5) },
    scout: { side: "attacker", count: 2, observation: dict({ near: box([1], 0, 1) }), action: multiDiscrete([2, 2]) },
    runner: { side: "benign", count: p.runners, observation: box([4], 0, p.size), action: box([2], -1, 1) },
  }),
  counters: ["free", "offered"],
  metrics: { freedom: { axis: "security", summary: "", of: (c, { clean }) => c.free - clean.free } },
  create({
    params,
    slots,
    slots: {
      chaser: [chaser],
      scout,
      runner: runners,
    },
    flat,
    counters,
  }) {
    expectTypeOf(params).toEqualTypeOf<{ size: number; runners: number }>();
    expectTypeOf(slots.chaser).toHaveProperty("length").toEqualTypeOf<1>();
    expectTypeOf(scout.length).toEqualTypeOf<2>();
    expectTypeOf(runners.length).toEqualTypeOf<number>();
    expectTypeOf(chaser.action).toEqualTypeOf<number>();
    expectTypeOf(scout[1].action).toEqualTypeOf<Int32Array>();
    expectTypeOf(scout[0].parts.near).toEqualTypeOf<Float32Array>();
    expectTypeOf(runners[0].action).toEqualTypeOf<Float32Array>();
    expectTypeOf(runners).toExtend<readonly Slot[]>();
    expectTypeOf(flat.runner.actions).toEqualTypeOf<Float32Array>();
    expectTypeOf(flat.chaser.actions).toEqualTypeOf<Int32Array>();
    expectTypeOf(counters).toEqualTypeOf<{ free: number; offered: number }>();
    // @ts-expect-error: there is one chaser
    void slots.chaser[1];
    // @ts-expect-error: scouts have no such part
    void scout[0].parts.far;
    // @ts-expect-error: no such counter
    void counters.fre;
    void ((slot: typeof chaser) => {
      // @ts-expect-error: agents are ended by terminate()
      slot.alive = false;
    });
    return { reset() {}, step() {} };
  },
});

describe("types of the view", () => {
  const env = () => parallel(tag, { runners: 1 });
  const full = { chaser_0: 2, scout_0: [0, 1], scout_1: [1, 1], runner_0: new Float32Array(2) };

  it("name agents exactly where their number is a literal", () => {
    expectTypeOf<AgentName<ReturnType<typeof tag.roles>>>().toEqualTypeOf<
      "chaser_0" | "scout_0" | "scout_1" | `runner_${number}`
    >();
    expectTypeOf(env().agents[0]).toEqualTypeOf<"chaser_0" | "scout_0" | "scout_1" | `runner_${number}`>();
  });

  it("let mistakes in actions fail to compile", () => {
    const step = (use: (view: ReturnType<typeof env>) => unknown) => use;
    step((view) => view.step(full));
    step((view) => view.step({ ...full, runner_1: [0, 0] }));
    // @ts-expect-error: no such agent
    step((view) => view.step({ ...full, chaser_1: 0 }));
    // @ts-expect-error: no such role
    step((view) => view.step({ ...full, guard_0: 0 }));
    // @ts-expect-error: an action is a number
    step((view) => view.step({ ...full, chaser_0: "up" }));
    // @ts-expect-error: an action is a list
    step((view) => view.step({ ...full, scout_0: 1 }));
    // @ts-expect-error: scouts are missing
    step((view) => view.step({ chaser_0: 2 }));
    // @ts-expect-error: the action of runner_0 is a list
    step((view) => view.step({ ...full, runner_0: 1 }));
    // @ts-expect-error: no such agent
    step((view) => view.actionSpace("chasr_0"));
    // @ts-expect-error: no such option
    step((view) => view.reset({ sed: 1 }));
    // @ts-expect-error: no such option of the environment
    step((view) => view.reset({ options: { level: 1 } }));
    // @ts-expect-error: a misspelt parameter
    void (() => parallel(tag, { runers: 1 }));
    // @ts-expect-error: a parameter of the wrong type
    void (() => vector(tag, 1, { runners: "many" }));
  });

  it("give each agent its own observation, and everyone the scalars", () => {
    const [observations, infos] = env().reset();
    expectTypeOf(observations.chaser_0).toEqualTypeOf<Float32Array>();
    expectTypeOf(observations.scout_1).toEqualTypeOf<{ readonly near: Float32Array }>();
    expectTypeOf(observations.runner_7).toEqualTypeOf<Float32Array>();
    expectTypeOf(infos.chaser_0.actionMask).toEqualTypeOf<Uint8Array | undefined>();
    const step = () => env().step(full);
    expectTypeOf<ReturnType<typeof step>[1]["scout_0"]>().toEqualTypeOf<number>();
    expectTypeOf<ReturnType<typeof step>[2]["scout_0"]>().toEqualTypeOf<boolean>();
    expectTypeOf(env().counters()).toEqualTypeOf<Readonly<{ free: number; offered: number }>>();
    // @ts-expect-error: no such agent
    void observations.chaser_1;
  });

  it("let actions() build the whole record", () => {
    const view = env();
    view.reset();
    const actions = view.actions((agent) => (agent === "chaser_0" ? 1 : [0, 0]) as never);
    expectTypeOf(actions.chaser_0).toEqualTypeOf<number>();
    expectTypeOf(view.step).toBeCallableWith(actions);
  });
});

describe("types of the vector", () => {
  const world = vector(tag, 2, { runners: 1 });

  it("know roles, buffers, parameters and counters", () => {
    expectTypeOf(world.roles.runner.actions).toEqualTypeOf<Float32Array>();
    expectTypeOf(world.roles.chaser.actions).toEqualTypeOf<Int32Array>();
    expectTypeOf(world.params).toEqualTypeOf<{ size: number; runners: number }>();
    expectTypeOf(world.counterNames[0]).toEqualTypeOf<"free" | "offered">();
    expectTypeOf(world.counters(0).free).toEqualTypeOf<number>();
    // @ts-expect-error: no such role
    void world.roles.chasers;
  });

  it("fit where every environment must fit", () => {
    expectTypeOf(tag).toExtend<Environment>();
    expectTypeOf(relay).toExtend<Environment>();
    expectTypeOf(world).toExtend<VectorEnv>();
    expectTypeOf<ReturnType<typeof parallel<typeof tag.params, ReturnType<typeof tag.roles>, "free">>>().toExtend<
      ParallelEnv<ReturnType<typeof tag.roles>, "free">
    >();
  });
});

describe("types of the conformance kit", () => {
  it("know the environment's parameters", () => {
    const policies = {
      defaults: { runner: ({ params }) => constant(params.runners)({} as never) },
      attacks: { none: { roles: {} } },
    } satisfies ScriptedPolicies<{ size: number; runners: number }>;
    const use = (run: () => unknown) => run;
    use(() => conformance(tag, { policies, params: [{}, { runners: 3 }], test: it }));
    expectTypeOf(use(() => conformance(tag))).toBeFunction();
    // @ts-expect-error: no such parameter
    use(() => conformance(tag, { params: [{ runers: 3 }] }));
  });
});

describe("types of definitions", () => {
  it("refuse what does not fit the parameters or the counters", () => {
    const rest = {
      id: "x-v0",
      summary: "",
      threat: "",
      params: z.object({ level: z.number().default(0) }),
      horizon: () => 1,
      roles: () => ({
        a: { side: "benign" as const, count: 1 as const, observation: box([1], 0, 1), action: discrete(2) },
      }),
      counters: ["n"] as const,
      metrics: {},
      create: () => ({ reset() {}, step() {} }),
    };
    // @ts-expect-error: no such parameter
    void (() => defineEnv({ ...rest, knobs: { levl: { off: 0, lockdown: 1, grid: [] } } }));
    // @ts-expect-error: no such counter
    void (() => defineEnv({ ...rest, knobs: {}, metrics: { m: { axis: "utility", summary: "", of: (c) => c.m } } }));
    // @ts-expect-error: no such side
    void (() => defineEnv({ ...rest, knobs: {}, coordination: { attackers: "joint" } }));
    // @ts-expect-error: slots cannot carry a text
    void (() => defineEnv({ ...rest, knobs: {}, roles: () => ({ a: { ...rest.roles().a, action: "left" } }) }));
  });
});
