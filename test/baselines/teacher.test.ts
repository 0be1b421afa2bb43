import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { z } from "zod";
import ippo from "../../baselines/ippo.ts";
import jointPpo from "../../baselines/joint-ppo.ts";
import mappo from "../../baselines/mappo.ts";
import evidence from "../../benchmarks/evidence/teachers.ts";
import { packageRoot } from "../../src/data/package.ts";
import { defineEnv, ratio } from "../../src/env/define.ts";
import { checkTask, type Learning } from "../../src/learn/baseline.ts";
import { type TrainOptions, train } from "../../src/learn/train.ts";
import { evaluate, sumCounters } from "../../src/play/evaluate.ts";
import { policyFrom } from "../../src/policy/from-data.ts";
import { perRow, type ScriptedPolicies } from "../../src/policy/policy.ts";
import { box, discrete } from "../../src/spaces/index.ts";
import { masque } from "../cli/command.ts";

/**
 * Two pupils see one of three cues a step. To answer with it is worth `pay`, to answer with the one after it 1 − pay. Counted is
 * how often they answer right, and how often as `turns` says: rightly in even steps, with the one after in odd ones.
 */
const dictation = defineEnv({
  id: "dictation-v0",
  summary: "Answers that a teacher may know better than rewards say.",
  threat: "none",
  coordination: { attacker: "joint" },
  params: z.object({ steps: z.int().min(1).default(6), pay: z.number().min(0).max(1).default(0.5) }),
  knobs: { pay: { off: 0, lockdown: 1, grid: [0, 1] } },
  horizon: ({ steps }) => steps,
  roles: () => ({
    pupil: { side: "attacker", count: 2, observation: box([3], 0, 1), action: discrete(3, { start: 5 }) },
    guard: { side: "defender", count: 1, observation: box([1], 0, 1), action: discrete(2) },
  }),
  counters: ["right", "turned", "guarded", "asked"],
  metrics: { right: { axis: "utility", summary: "share of right answers", of: (c) => ratio(c.right, c.asked, 0) } },
  create({ slots: { pupil, guard }, params: { pay }, rng, counters, world }) {
    const cues = pupil.map(() => 0);
    const show = () => {
      for (const [i, one] of pupil.entries()) {
        cues[i] = rng.int(0, 3);
        one.obs.fill(0);
        one.obs[cues[i]] = 1;
      }
    };
    return {
      reset: show,
      step() {
        for (const [i, one] of pupil.entries()) {
          const after = (one.action - 5 - cues[i] + 3) % 3;
          one.reward = after === 0 ? pay : after === 1 ? 1 - pay : 0;
          counters.right += after === 0 ? 1 : 0;
          counters.turned += after === world.t % 2 ? 1 : 0;
          counters.asked++;
        }
        counters.guarded += guard[0].action;
        show();
      },
    };
  },
});

const cueAt = (obs: Float32Array, from: number) => obs.subarray(from, from + 3).indexOf(1);
const right = () => perRow((obs, from) => 5 + cueAt(obs, from));
const scripts: ScriptedPolicies = {
  defaults: { guard: () => perRow(() => 0) },
  attacks: {
    none: { roles: { pupil: () => perRow(() => 5) } },
    right: { roles: { pupil: right } },
    turns: {
      roles: {
        pupil: () => perRow((obs, from, row, { state }) => 5 + ((cueAt(obs, from) + (state[row]++ % 2)) % 3), 1),
      },
    },
    together: { joint: true, roles: { pupil: right } },
  },
  defences: { wake: { roles: { guard: () => perRow(() => 1) } } },
};

const small = { copies: 16, rolloutSteps: 12, hidden: [16], learningRate: 0.01 };
const training = (how: Learning, more: Partial<TrainOptions> = {}) =>
  train({
    environment: dictation,
    roles: { pupil: how },
    policies: scripts.defaults,
    scripts,
    budget: 12_000,
    seed: 1,
    ...more,
  } as TrainOptions);

/** Shares of answers that are right, and that are as `turns` has them, by what was learned. */
async function answers(how: Learning, more: Partial<TrainOptions> = {}) {
  const { policies } = await training(how, more);
  const counts = sumCounters(
    evaluate(dictation, {
      params: more.params ?? {},
      policies: { ...scripts.defaults, pupil: policyFrom(policies.pupil) } as never,
      episodes: 64,
      seed: 1,
      split: ["test"],
    }),
  );
  return { right: counts.right / counts.asked, turned: counts.turned / counts.asked };
}

describe("a teacher", () => {
  const throughout = { teacherLeads: 0.2, teacherUntil: 1, teacher: "right" };

  it.each([
    ["ippo", ippo({ ...small, ...throughout })],
    ["mappo, a network an agent", mappo({ ...small, ...throughout, shareParameters: false })],
    ["joint-ppo, agent by agent, in turn", jointPpo({ ...small, ...throughout, heads: "autoregressive" })],
  ])("%s: is imitated where rewards say nothing", async (_, how) => {
    expect((await answers(how)).right).toBeGreaterThan(0.98);
  });

  it("teaches what it remembers to those who can remember too", async () => {
    const turning = { ...small, ...throughout, teacher: "turns" };
    expect((await answers(ippo({ ...turning, memory: "gru", memorySize: 8 }))).turned).toBeGreaterThan(0.9);
    expect((await answers(ippo(turning))).turned).toBeLessThan(0.8);
  });

  it("is left behind where other answers pay more, once its weight is gone", async () => {
    const own = { ...small, entropy: 0.05, teacher: "right", teacherLeads: 0.05, teacherUntil: 0.2 };
    expect((await answers(ippo(own), { params: { pay: 0.1 }, budget: 36_000 })).right).toBeLessThan(0.1);
    // The rewards say the same from the first step on: what a strong teacher says weighs more while it counts.
    const held = { ...own, teacherUntil: 1, teacherWeight: 20 };
    expect((await answers(ippo(held), { params: { pay: 0.1 } })).right).toBeGreaterThan(0.9);
  });

  it("acts itself while it leads, at every level; what it did is not held against the learner", async () => {
    const led = { ...small, teacher: "right", teacherLeads: 1, teacherUntil: 1 };
    const levels = [{ pay: 0.25 }, { pay: 0.75 }];
    const { curve } = await training(ippo(led), { levels });
    for (const { returns } of curve) expect(returns.pupil).toBeCloseTo(6 * 0.5, 10);
    for (const { stats } of curve) expect(Math.abs(stats["pupil.policyLoss"])).toBe(0);
    const { curve: squad } = await training(jointPpo({ ...led, squads: 1 }), { params: { pay: 1 } });
    // Both do what one of them would: right for him, by luck for the other.
    for (const { returns } of squad) expect(Math.abs(returns.pupil / 6 - 2 / 3)).toBeLessThan(0.15);
  });

  it("of defenders is a defence", async () => {
    const { policies } = await training(ippo({ ...small, teacher: "wake", teacherUntil: 1 }), {
      roles: { guard: ippo({ ...small, teacher: "wake", teacherUntil: 1 }) },
      policies: scripts.attacks.none.roles,
    } as never);
    const guard = policyFrom((policies as Record<string, never>).guard);
    const play = evaluate(dictation, {
      policies: { ...scripts.attacks.none.roles, guard } as never,
      episodes: 16,
      seed: 1,
      split: ["test"],
    });
    expect(sumCounters(play).guarded).toBeGreaterThan(0.95 * 16 * 6);
  });

  it("is refused where there is none of the name, none at all, or settings of one without it", async () => {
    const refused = (config: object, more: Partial<TrainOptions> = {}) =>
      expect(training(ippo({ ...small, ...config }), more)).rejects;
    await refused({ teacher: "rihgt" }).toThrow(/teacher of "pupil": .*attack of dictation-v0 "rihgt".*right/);
    await refused({ teacher: "wake" }).toThrow(/attack of dictation-v0 "wake"/);
    await refused({ teacher: "right" }, { scripts: undefined }).toThrow(
      /teacher "right": expected .* train\(\{ scripts/,
    );
    await refused({ teacherUntil: 0.5 }).toThrow(/got teacherUntil without a teacher/);
    await refused({ teacherLeads: 0.5 }).toThrow(/got teacherLeads without a teacher/);
    await refused({ teacher: "right", teacherLeads: 0.6 }).toThrow(/teacherLeads: 0.6 and teacherUntil: 0.5/);
    const factored = { ...dictation, coordination: {} } as never;
    await refused({ teacher: "together" }, { environment: factored }).toThrow(/"together" is a joint controller/);
    // Before anything begins: by what is known of a task alone.
    const asked = { env: dictation as never, levels: [{}], roles: ["pupil"], scripts, budget: 12_000 };
    const { baseline, config } = ippo({ ...small, teacher: "left" });
    expect(() => checkTask(baseline, config, asked)).toThrow(/"left"/);
  });
});

it("is named on the command line as docs/learners.md has it", async () => {
  const page = readFileSync(join(packageRoot, "docs", "learners.md"), "utf8");
  const [, line] = /^npm run masque -- (train .*teacher=.*)$/m.exec(page)!;
  const folder = mkdtempSync(join(tmpdir(), "masque-teacher-"));
  try {
    const out = join(folder, "out");
    const { code, err } = await masque([...line.split(" "), "--budget", "4096", "--out", out]);
    expect(code, err).toBe(0);
    expect(JSON.parse(readFileSync(join(out, "manifest.json"), "utf8")).config).toMatchObject({ teacher: "boost-few" });
    expect(readFileSync(join(out, "curve.csv"), "utf8")).toContain("teacherLoss");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}, 240_000);

it("is measured by `npm run evidence -- teachers`, beside the script and beside learning without it", async () => {
  const lines: string[] = [];
  const log = vi.spyOn(console, "log").mockImplementation((line: string) => void lines.push(line));
  try {
    await evidence.gains.print(["covert-wire", "--seeds", "2", "--budget", "2048"]);
    await expect(async () => evidence.gains.print(["covert-wier"])).rejects.toThrow(/"covert-wier".*covert-wire/);
  } finally {
    log.mockRestore();
  }
  expect(lines[2]).toMatch(
    /^\| covert-wire \| mappo, 2048 \| .* %.*\| (beyond it|short of it|level) \|.*% \| \d+\.\d \|$/,
  );
}, 240_000);
