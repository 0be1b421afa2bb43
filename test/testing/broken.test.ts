import { describe, expect, it } from "vitest";
import { z } from "zod";
import { type Context, type Counts, type Dynamics, defineEnv, type Environment } from "../../src/env/define.ts";
import type { Roles } from "../../src/env/roles.ts";
import type { PolicyFactory, ScriptedPolicies } from "../../src/policy/policy.ts";
import { perRow, random } from "../../src/policy/policy.ts";
import { box, discrete } from "../../src/spaces/index.ts";
import { checks, conformance } from "../../src/testing/index.ts";

// Each check of the conformance kit is shown to fire: one environment that is right in everything, and many that differ
// from it in one mistake.

type World = Context<Record<string, never>, Roles, string>;
type Make = (context: World) => Partial<Dynamics>;

const params = z.object({ steps: z.int().min(1).default(5), guard: z.number().min(0).max(1).default(0) });

const seen = { says: "a number" };
const done = { says: "a choice" };

/** Two players who see the time and a number; player_1 dies in step 3. `also` is done after the right thing. */
function make(change: Partial<Environment> = {}, also: Make = () => ({})): Environment {
  const right = defineEnv({
    id: "right-v0",
    summary: "A toy without a mistake.",
    threat: "none",
    params,
    knobs: { guard: { off: 0, lockdown: 1, grid: [0, 1] } },
    horizon: ({ steps }) => steps,
    roles: () => ({
      player: {
        side: "attacker",
        count: 2,
        observation: box([2], 0, 100, seen),
        action: discrete(3, done),
        masked: true,
      },
      judge: { side: "defender", count: 1, observation: box([1], 0, 100, seen), action: discrete(2, done) },
    }),
    state: () => box([1], 0, 100),
    counters: ["steps", "hits"],
    metrics: {
      use: { axis: "utility", summary: "share of hits", of: (c) => c.hits / Math.max(1, c.steps) },
      safety: { axis: "security", summary: "share of misses", of: (c) => 1 - c.hits / Math.max(1, c.steps) },
    },
    create(context) {
      const { slots, rng, counters, world } = context;
      const { player, judge } = slots;
      const dynamics: Dynamics = {
        reset() {
          for (const slot of player) slot.obs[1] = rng.int(0, 50);
        },
        step() {
          counters.steps++;
          counters.hits += player[0].action > 0 ? 1 : 0;
          for (const slot of player) {
            slot.obs[0] = world.t + 1;
            slot.reward = slot.alive ? slot.action : 0;
          }
          judge[0].obs[0] = player[0].action + rng.int(0, 2); // noise, so that peace is not silent
          if (world.t === 2) player[1].terminate();
        },
        state: (out) => void out.fill(judge[0].obs[0]),
        render: () => ({ width: 2, height: 1, shapes: [{ kind: "circle", x: 1, y: 0.5, r: 0.5, tone: "benign" }] }),
      };
      const more = also(context as unknown as World);
      return {
        ...dynamics,
        ...more,
        reset() {
          dynamics.reset();
          more.reset?.();
        },
        step() {
          dynamics.step();
          more.step?.();
        },
      };
    },
  });
  return { ...(right as unknown as Environment), ...change };
}

const found = (env: Environment, policies?: ScriptedPolicies) =>
  conformance(env, { policies, steps: 20, text: { params: {} } }).filter(({ error }) => error !== undefined);

const right = make();
const scripts: ScriptedPolicies = {
  defaults: { judge: random },
  attacks: { none: { roles: { player: () => perRow(() => 0) } }, hit: { roles: { player: random } } },
  defences: { strict: { roles: { judge: () => perRow(() => 1) } } },
};

const names = {
  describes: "describes itself",
  words: "is short at its text set",
  parameters: "has defaults for all parameters",
  knobs: "plays with every knob",
  names: "names agents",
  records: "plays in records",
  refuses: "refuses calls out of order",
  turns: "plays in turns",
  state: "has a global state",
  scenes: "draws scenes",
  bounds: "shows observations inside",
  horizon: "ends at its horizon",
  copies: "plays the same in one copy",
  seeds: "plays the same episode again",
  dead: "ignores what is written",
  clock: "draws from its rng only",
  scripted: "has a script for every role",
  scripts: "stays in bounds under every script",
  metrics: "measures every metric",
  meanings: "says what every part",
  factored: "lets agents of factored sides",
  silence: "in peace is not silent",
} as const;

/** The check of that name must find the mistake, in those words. Others may find it too. */
function mustFind(check: keyof typeof names, env: Environment, words: RegExp, policies?: ScriptedPolicies): void {
  const findings = found(env, policies);
  const finding = findings.find((one) => one.check.startsWith(names[check]));
  expect(finding?.error, `found: ${findings.map((one) => `${one.check}: ${one.error}`).join("; ")}`).toMatch(words);
}

type Mistake = [what: string, check: keyof typeof names, words: RegExp, env: Environment, policies?: ScriptedPolicies];
const roles = (change: (roles: Roles) => Roles): Environment => make({ roles: (p) => change(right.roles(p)) });
const metric = (of: (counters: Counts<string>, arms: { clean: Counts<string> }) => number) =>
  make({ metrics: { ...right.metrics, odd: { axis: "utility", summary: "odd", of } } });
let shared = 0;
let calls = 0;
const player = (context: World) => context.slots.player[0];

const lax = { ...box([1], -1, 1), contains: (_: unknown): _ is Float32Array => true };
const forgetful = {
  side: "defender" as const,
  count: 1,
  action: discrete(2),
  get observation() {
    return box([1], 0, 100);
  },
};

const mistakes: Mistake[] = [
  ["an empty summary", "describes", /summary is empty/, make({ summary: " " })],
  [
    "no security metric",
    "describes",
    /no metric is on the axis security/,
    make({ metrics: { use: right.metrics.use } }),
  ],
  ["a counter twice", "describes", /declared twice/, make({ counters: ["steps", "hits", "hits"] })],
  ["a role with an underscore", "describes", /role "a_b": expected one word/, roles((r) => ({ ...r, a_b: r.judge }))],
  [
    "an unknown side",
    "describes",
    /on side "evil"/,
    roles((r) => ({ ...r, judge: { ...r.judge, side: "evil" as never } })),
  ],
  [
    "roles that differ",
    "describes",
    /differs between two calls/,
    roles((r) => ({ ...r, judge: { ...r.judge, action: discrete(2 + (calls++ % 2)) } })),
  ],
  [
    "an unknown coordination",
    "describes",
    /coordination of attacker is "loose"/,
    make({ coordination: { attacker: "loose" as never } }),
  ],
  [
    "a parameter without default",
    "parameters",
    /parameter steps/,
    make({ params: z.object({ ...params.shape, steps: z.int() }) }),
  ],
  [
    "a parameter that may be NaN",
    "parameters",
    /parameter odd = NaN is accepted/,
    make({ params: params.extend({ odd: z.number().or(z.nan()).default(1) }) }),
  ],
  [
    "a parameter of any type",
    "parameters",
    /parameter odd = an object \{ {2}\} is accepted/,
    make({ params: params.extend({ odd: z.unknown().default(1) }) }),
  ],
  [
    "a knob end out of range",
    "knobs",
    /knob guard at 2: .*guard/,
    make({ knobs: { guard: { off: 0, lockdown: 2, grid: [1] } } }),
  ],
  [
    "a knob without a way",
    "knobs",
    /both at off and at lockdown/,
    make({ knobs: { guard: { off: 0, lockdown: 0, grid: [0] } } }),
  ],
  [
    "a grid level twice",
    "knobs",
    /names a level twice/,
    make({ knobs: { guard: { off: 0, lockdown: 1, grid: [0, 1, 1] } } }),
  ],
  [
    "a knob that breaks the rules",
    "knobs",
    /knob guard at 1: .*reset\(\) failed: broken/,
    make({}, ({ params: { guard } }) => ({ reset: () => throwIf(guard === 1) })),
  ],
  [
    "a NaN reward",
    "records",
    /player_0 is rewarded with NaN/,
    make({}, (c) => ({ step: () => void Object.assign(player(c), { reward: Number.NaN }) })),
  ],
  [
    "an infinite reward",
    "bounds",
    /judge_0 is rewarded with Infinity/,
    make({}, ({ slots }) => ({ step: () => void Object.assign(slots.judge[0], { reward: 1 / 0 }) })),
  ],
  [
    "a late observation out of its space",
    "records",
    /player_0 sees what is outside its space: got 101 at index 0/,
    make({}, (c) => ({ step: () => c.world.t === 3 && player(c).obs.fill(101, 0, 1) })),
  ],
  [
    "a NaN observation",
    "bounds",
    /player_0 sees what is outside.*NaN/,
    make({}, (c) => ({ step: () => player(c).obs.fill(Number.NaN) })),
  ],
  [
    "a bad first observation",
    "bounds",
    /after step 0, player_0 sees what is outside/,
    make({}, (c) => ({ reset: () => player(c).obs.fill(-1) })),
  ],
  [
    "an end that is seen outside",
    "bounds",
    /player_1 sees what is outside/,
    make({}, ({ slots, world }) => ({ step: () => world.t === 2 && slots.player[1].obs.fill(-1) })),
  ],
  [
    "a last observation outside",
    "bounds",
    /at the end of an episode, player_0 sees/,
    make({}, (c) => ({ step: () => c.world.t === 4 && player(c).obs.fill(-1) })),
  ],
  [
    "a counter that is NaN",
    "bounds",
    /counter hits is NaN/,
    make({}, ({ counters }) => ({ step: () => void Object.assign(counters, { hits: Number.NaN }) })),
  ],
  [
    "a mask that allows nothing",
    "bounds",
    /may not do anything/,
    make({}, (c) => ({ step: () => player(c).mask.fill(0) })),
  ],
  ["a mask of twos", "bounds", /expected zeros and ones/, make({}, (c) => ({ step: () => player(c).mask.fill(2) }))],
  [
    "a mask without masked: true",
    "bounds",
    /does not say masked: true/,
    make({}, ({ slots }) => ({ step: () => slots.judge[0].mask.fill(0, 0, 1) })),
  ],
  ["a space made anew at every call", "names", /a space is another object/, roles((r) => ({ ...r, judge: forgetful }))],
  [
    "a space that takes anything",
    "refuses",
    /the action NaN of judge_0 is accepted/,
    roles((r) => ({ ...r, judge: { ...r.judge, action: lax } })),
  ],
  [
    "an observation that whoever takes turns sees",
    "turns",
    /player_0 sees what is outside/,
    make({}, (c) => ({ step: () => player(c).obs.fill(-1) })),
  ],
  ["a horizon that wavers", "horizon", /horizon\(\) differs/, make({ horizon: () => 4 + (calls++ % 3) })],
  [
    "copies that share state",
    "copies",
    /copy \d+ of 64 must equal one alone, but after step 1 obs of player_0 differs/,
    make({}, (c) => ({ step: () => player(c).obs.fill(shared++ % 90, 0, 1) })),
  ],
  [
    "state kept between episodes",
    "seeds",
    /a seed must give the same episodes again.*obs of player_0/,
    make({}, (c) => {
      let kept = 0;
      return { step: () => player(c).obs.fill(kept++ % 90, 0, 1) };
    }),
  ],
  [
    "counters of all episodes",
    "seeds",
    /counter hits is/,
    make({}, ({ counters }) => {
      let kept = 0;
      return { step: () => void Object.assign(counters, { hits: kept++ }) };
    }),
  ],
  [
    "the actions of the dead",
    "dead",
    /actions of dead agents must not matter.*obs of judge_0/,
    make({}, ({ slots }) => ({ step: () => slots.judge[0].obs.fill(slots.player[1].action as number) })),
  ],
  ["Math.random", "clock", /Math.random was used/, make({}, () => ({ step: () => Math.random() }))],
  ["Math.random, swallowed", "clock", /Math.random was used/, make({}, () => ({ step: () => quietly(Math.random) }))],
  ["Date.now", "clock", /Date.now was used/, make({}, () => ({ reset: () => void Date.now() }))],
  ["new Date", "clock", /new Date\(\) was used/, make({}, () => ({ reset: () => void new Date() }))],
  ["performance.now", "clock", /performance.now was used/, make({}, () => ({ step: () => performance.now() }))],
  ["hrtime", "clock", /process.hrtime.bigint was used/, make({}, () => ({ step: () => process.hrtime.bigint() }))],
  ["a random UUID", "clock", /crypto.randomUUID was used/, make({}, () => ({ step: () => crypto.randomUUID() }))],
  [
    "parameters that it changes",
    "clock",
    /read only|Cannot assign/,
    make({}, ({ params }) => ({ step: () => void Object.assign(params, { steps: 9 }) })),
  ],
  [
    "a state outside its space",
    "state",
    /the state is outside its space: got 200/,
    make({}, () => ({ state: (out) => out.fill(200) })),
  ],
  ["a state that is NaN", "state", /the state holds NaN/, make({}, () => ({ state: (out) => out.fill(Number.NaN) }))],
  [
    "a state of chance",
    "state",
    /two states of the same seed differ/,
    make({}, () => ({ state: (out) => out.fill(shared++ % 7) })),
  ],
  [
    "a malformed scene",
    "scenes",
    /malformed: width/,
    make({}, () => ({ render: () => ({ width: 0, height: 1, shapes: [] }) })),
  ],
  [
    "a scene with NaN",
    "scenes",
    /malformed: shapes.0.x/,
    make({}, () => ({
      render: () => ({ width: 1, height: 1, shapes: [{ kind: "text", x: Number.NaN, y: 0, text: "" }] }),
    })),
  ],
  [
    "a scene that changes",
    "scenes",
    /a second look shows another scene/,
    make({}, () => ({ render: () => ({ width: 1, height: 1, shapes: [], labels: { n: shared++ } }) })),
  ],
  [
    "looking that changes play",
    "scenes",
    /differs if somebody looks/,
    make({}, (c) => ({
      render: () => {
        c.rng.word();
        player(c).obs[1] = 77;
        return { width: 1, height: 1, shapes: [] };
      },
    })),
  ],
  ["a metric above 1", "metrics", /random play.*metric odd is 2/, metric(() => 2)],
  ["a metric that is NaN", "metrics", /metric odd is NaN/, metric((c) => 0 / (c.steps * 0))],
  [
    "a metric that fails on the clean arm",
    "metrics",
    /on the clean arm metric odd is -1/,
    metric((c, { clean }) => (c === clean ? -1 : 1)),
  ],
  ["a role without script", "scripted", /no script for judge in defaults/, right, { ...scripts, defaults: {} }],
  [
    "attackers without `none`",
    "scripted",
    /no script for player in attack none/,
    right,
    { ...scripts, attacks: { none: { roles: {} } } },
  ],
  [
    "an attack by the defender",
    "scripted",
    /attack hit plays judge, which is on side defender/,
    right,
    { ...scripts, attacks: { ...scripts.attacks, hit: { roles: { judge: random } } } },
  ],
  [
    "a defence by the attacker",
    "scripted",
    /defence strict plays player, which is on side attacker/,
    right,
    { ...scripts, defences: { strict: { roles: { player: random } } } },
  ],
  [
    "a script of nobody",
    "scripted",
    /attack hit plays boss, a role that right-v0 does not have/,
    right,
    { ...scripts, attacks: { ...scripts.attacks, hit: { roles: { boss: random } } } },
  ],
  [
    "a joint attack on a factored side",
    "scripted",
    /attack hit is joint, but side attacker is factored/,
    right,
    attack(random, true),
  ],
  [
    "a script that breaks the rules",
    "scripts",
    /attack hit: right-v0: action of player_0 .*got 9/,
    right,
    attack(() => perRow(() => 9)),
  ],
  [
    "a script with chance of its own",
    "scripts",
    /attack hit: Math.random was used/,
    right,
    attack(() => perRow(() => Math.floor(3 * Math.random()))),
  ],
  [
    "an observation out of bounds under a script only",
    "scripts",
    /attack hit: .*player_0 sees what is outside/,
    make({}, (c) => {
      let twos = 0;
      return {
        reset() {
          twos = 0;
        },
        step: () => {
          twos += player(c).action === 2 ? 1 : 0;
          if (twos === 5) player(c).obs.fill(-1);
        },
      };
    }),
    attack(() => perRow(() => 2)),
  ],
  [
    "a script that sees what another sees",
    "factored",
    /attack hit: in step 1 player_[01] acts on more than its own/,
    right,
    attack(() => ({
      act: ({ actions, obs, rows }) => {
        for (let row = 0; row < rows; row++) actions[row] = (obs[1] + obs[3]) % 3;
      },
    })),
  ],
  [
    "a script that draws from another's stream",
    "factored",
    /player_1 acts on more/,
    right,
    attack(() => ({
      act: ({ actions, rngs, rows }) => {
        const luck = rngs[0].int(0, 3);
        for (let row = 0; row < rows; row++) actions[row] = luck;
      },
    })),
  ],
  [
    "a script that watches who dies",
    "factored",
    /player_0 acts on more/,
    make({}, ({ slots, world, rng }) => ({
      step: () => world.t === 0 && rng.bernoulli(0.5) && slots.player[1].terminate(),
    })),
    attack(() => ({
      act: ({ actions, alive, rows }) => {
        for (let row = 0; row < rows; row++) actions[row] = alive[1] + alive[3];
      },
    })),
  ],
  [
    "a script that tells another role in secret",
    "factored",
    /attack none: in step \d player_[01] acts on more/,
    make({ coordination: { defender: "factored" } }),
    telling(),
  ],
  [
    "a number that nothing explains",
    "meanings",
    /judge sees observation, and nothing says what it is/,
    roles((all) => ({ ...all, judge: { ...all.judge, observation: box([1], 0, 100) } })),
  ],
  [
    "a choice that nothing explains",
    "meanings",
    /nothing says what choice 0 of judge means/,
    roles((all) => ({ ...all, judge: { ...all.judge, action: discrete(2) } })),
  ],
  [
    "a text set that a model would have to decide in for ever",
    "words",
    /its text set makes episodes of up to 17 steps, expected at most 16/,
    make({ horizon: () => 17 }),
  ],
  [
    "a hole in the words that a model is told",
    "words",
    /judge is told "undefined" in step 1/,
    roles((all) => ({ ...all, judge: { ...all.judge, observation: box([1], 0, 100, { says: "the undefined" }) } })),
  ],
  [
    "an attack that breaks a silence",
    "silence",
    /number 0 of what judge sees never moves while nobody attacks, and does under hit: .* utility of none \(\d/,
    make({}, ({ slots }) => ({ step: () => slots.judge[0].obs.fill(slots.player[0].action as number) })),
    scripts,
  ],
];

describe("the right toy", () => {
  it("has no mistake that the kit finds, with scripts or without", () => {
    expect(found(right)).toEqual([]);
    expect(found(right, scripts)).toEqual([]);
  });
  it("may be silent in peace where its definition says why", () => {
    const silent = make({}, ({ slots }) => ({ step: () => slots.judge[0].obs.fill(slots.player[0].action as number) }));
    expect(found(silent, scripts)).not.toEqual([]);
    expect(found({ ...silent, tells: "an alarm that only attackers can ring" }, scripts)).toEqual([]);
  });
  it("may have joint attacks where its side is declared joint", () => {
    const joint = attack(
      () => ({ act: ({ actions, obs, rows }) => void actions.fill((obs[1] + obs[3]) % 3, 0, rows) }),
      true,
    );
    expect(found(make({ coordination: { attacker: "joint" } }), joint)).toEqual([]);
  });
});

describe("the kit finds", () => {
  it.each(mistakes)("%s (%s)", (_, check, words, env, policies) => {
    shared = calls = 0;
    mustFind(check, env, words, policies);
  });
});

it("every check of the kit is among those shown to fire", () => {
  const tried = mistakes.map(([, check]) => names[check]);
  for (const { name } of checks)
    expect(
      tried.filter((start) => name.startsWith(start)),
      name,
    ).not.toEqual([]);
});

describe("conformance", () => {
  it("registers every check as a test of its own, for every parameter set", () => {
    const tests: [string, () => void][] = [];
    const summary = make({ summary: "" });
    conformance(summary, { params: [{}, { steps: 2 }], test: (name, run) => tests.push([name, run]) });
    expect(tests.length).toBe(2 * checks.length);
    expect(tests[0][0]).toBe(`right-v0 ${checks[0].name}`);
    expect(tests[checks.length][0]).toBe(`right-v0 with {"steps":2} ${checks[0].name}`);
    expect(tests[0][1]).toThrow(/summary is empty/);
    expect(tests[1][1]).not.toThrow();
  });

  it("without a test function runs all and tells what it found, with which parameters", () => {
    const findings = conformance(make({ summary: "" }), { params: [{ steps: 2 }], steps: 10 });
    expect(findings.length).toBe(checks.length);
    expect(findings[0]).toEqual({ check: checks[0].name, params: { steps: 2 }, error: "its summary is empty" });
    expect(findings[1]).toEqual({ check: checks[1].name, params: { steps: 2 } });
  });

  it("leaves chance and the clocks as they were", () => {
    const before = [Math.random, Date, Date.now, performance.now, process.hrtime, crypto.randomUUID];
    conformance(
      make({}, () => ({ step: () => Math.random() })),
      { steps: 5 },
    );
    expect([Math.random, Date, Date.now, performance.now, process.hrtime, crypto.randomUUID]).toEqual(before);
    expect(Object.hasOwn(performance, "now")).toBe(false);
  });
});

function throwIf(broken: boolean): void {
  if (broken) throw new Error("broken");
}
function quietly(run: () => unknown): void {
  try {
    run();
  } catch {}
}
function attack(player: PolicyFactory, joint = false): ScriptedPolicies {
  return { ...scripts, attacks: { ...scripts.attacks, hit: { joint, roles: { player } } } };
}
/** The judge's script writes what it sees where the players' script reads it. */
function telling(): ScriptedPolicies {
  let secret = 0;
  return {
    ...scripts,
    defaults: {
      judge: () => ({
        act: ({ obs, actions }) => {
          secret = obs[0];
          actions.fill(0);
        },
      }),
    },
    attacks: {
      none: { roles: { player: () => perRow((_, __, row, { rngs }) => (rngs[row].int(0, 2) + secret) % 3) } },
    },
  };
}
