import { defineEnv, Normals, ratio } from "masque";
import { z } from "zod";
import { ALARM, detector, GOES_ON, type Verdict } from "./detector.ts";
import { mirror } from "./mirror.ts";
import { A, alwaysByHand, cost, EFFORT, GAUGE, gains, WARM_UP } from "./model.ts";
import { picture } from "./picture.ts";
import { acts, FAR, FORCE, ILLUSION, LESS, LONG_AGO, MORE, REACH, sees, WAIVE } from "./spaces.ts";

const params = z
  .object({
    devices: z.int().min(1).max(16).default(4).describe("m, robots that carry the load, each with a gauge"),
    taken: z.int().min(1).max(16).default(4).describe("q, robots that the attacker holds"),
    steps: z.int().min(1).max(10_000).default(400).describe("T, steps an episode"),
    noise: z.number().min(0.01).max(100).default(1).describe("R, variance of a robot's reading"),
    range: z.number().min(0).max(100).default(3).describe("B, bias that a reading can carry and pass as plausible"),
    push: z.number().min(0).max(10).default(0.4).describe("D, push of one robot on the load, a step"),
    limit: z.number().min(0.1).max(100).default(4).describe("X, displacement beyond which the load is unsafe"),
    window: z.int().min(2).max(256).default(16).describe("w, steps that one test reads"),
    hold: z.int().min(1).max(10_000).default(128).describe("L, steps by hand after an alarm"),
    speed: z.number().min(0).max(1).default(0.25).describe("progress of a step by hand, of one by the robots"),
    watermark: z
      .number()
      .min(0)
      .max(1)
      .default(0.5)
      .describe("σ², variance of the secret noise in the controller's commands"),
    falseAlarm: z
      .number()
      .min(0)
      .max(1)
      .default(0.05)
      .describe("α, share of all time that false alarms take; from L/(w+L) on everything is by hand"),
    fusion: z
      .enum(["joint", "fused", "separate"])
      .default("joint")
      .describe(
        "what is tested. joint: the mean of all readings, and how far they lie apart; fused: the mean alone; separate (decentralised): every robot's own, against the prediction that is broadcast, and any may alarm",
      ),
    leak: z.boolean().default(false).describe("the attackers read the commands, watermark included"),
    logbook: z
      .boolean()
      .default(false)
      .describe("the guard is told how far the hand's gauge found the load from where it was expected"),
  })
  .refine(({ devices, taken }) => taken <= devices, {
    path: ["taken"],
    message: "expected at most as many as there are devices",
  });

export type IllusoryInjection = z.output<typeof params>;

const roles = ({ taken }: IllusoryInjection) =>
  ({
    device: { side: "attacker", count: taken, observation: sees.device, action: acts.device },
    guard: { side: "defender", count: 1, observation: sees.guard, action: acts.guard },
  }) as const;

export default defineEnv({
  id: "illusory-injection-v0",
  summary:
    "Robots that carry a load lie about where it is while they push it aside; a watermark tells illusions from readings.",
  threat: "attacks on the overseer's own observations",
  coordination: { attacker: "joint", defender: "joint" },
  params,
  knobs: {
    watermark: { off: 0, lockdown: 1, grid: [0, 0.05, 0.1, 0.2, 0.5, 1] },
    falseAlarm: { off: 0, lockdown: 1, grid: [0, 0.01, 0.05, 0.1, 0.2, 0.35, 0.5, 1] },
  },
  horizon: ({ steps }) => steps,
  roles,
  counters: ["steps", "progress", "manual", "unsafe", "cost", "par", "windows", "alarms"],
  metrics: {
    utility: {
      axis: "utility",
      arm: "attacked",
      summary:
        "progress a step, over both arms, × smoothness of the clean ride: √(cost without watermark / cost), at most 1",
      of: (c, { clean }) =>
        ratio(c.progress + clean.progress, c.steps + clean.steps, 1) *
        Math.min(1, Math.sqrt(ratio(clean.par, clean.cost, 1))),
    },
    security: {
      axis: "security",
      summary: "share of steps after which the load is no farther than X from its path",
      perEpisode: true,
      of: (c) => 1 - ratio(c.unsafe, c.steps, 0),
    },
  },
  // A step: the guard and the last alarm say who is in control. Robots read, report and push; their fused report corrects
  // the estimate, windows are tested; or the hand reads its own gauge, and nothing that robots do counts. Then the
  // command, with a watermark if robots carry it out, and the load moves. Noise does not depend on what anyone does.
  create({ params: p, flat, slots, rng, counters, world }) {
    const { device, guard } = flat;
    const watch = slots.guard[0].parts;
    const { devices, taken, range, push, limit, hold, window, steps, logbook, speed } = p;
    const { control, reading, prior } = gains(p);
    const par = cost(p, 0);
    const never = alwaysByHand(p);
    const separate = p.fusion === "separate";
    const warmUp = Math.max(WARM_UP, window);
    const error = Math.sqrt(p.noise);
    const perNoise = 1 / p.noise;
    const perEnergy = 1 / (4 * window);
    const gaugeError = Math.sqrt(GAUGE);
    const mark = Math.sqrt(p.watermark);
    const perMark = p.watermark > 0 ? 1 / mark / REACH : 0;
    // Imported names are looked up in every use.
    const [a, effort, gauge, perReach, longAgo] = [A, EFFORT, GAUGE, 1 / REACH, LONG_AGO];
    const [less, more, illusion, force, waive, goesOn, alarm] = [LESS, MORE, ILLUSION, FORCE, WAIVE, GOES_ON, ALARM];
    const { size: width } = sees.device;

    const normals = new Normals();
    const noise = new Float64Array(devices + 3); // of the robots' gauges, the load, the watermark, the hand's gauge
    const own = new Float64Array(taken);
    const surprises = new Float64Array(devices); // of the streams that are tested
    const tests = detector(p);
    const spy = mirror(p);
    let x = 0;
    let expected = 0; // the controller's prediction of x, with its variance
    let variance = prior;
    let estimate = 0; // and what it makes of the readings
    let watermark = 0; // in the last command, and so in the prediction
    let left = 0; // steps by hand still to come
    let since = 0;
    let byHand = false;
    let ringing = false;
    let surprise = 0;
    let spread = 0;
    let record = 0;

    /** A step by the robots, who are honest unless `live`. */
    function robots(live: boolean, next: number): number {
      const { actions } = device;
      const scale = separate ? 1 / Math.sqrt(variance + error * error) : 0;
      let sent = 0;
      let squares = 0;
      let mine = 0;
      let pushed = 0;
      let lied = false;
      if (live) for (let j = 0; j < taken; j++) if (actions[2 * j] === illusion) lied = true;
      if (lied) spy.conjure();
      else spy.twin = false;
      for (let j = 0; j < taken; j++) {
        const truth = x + error * noise[j];
        own[j] = truth;
        mine += truth;
        let report = truth;
        if (live) {
          const way = actions[2 * j];
          if (way === less) report -= range;
          else if (way === more) report += range;
          else if (way === illusion) report = spy.read();
          pushed += actions[2 * j + 1] - 1;
        }
        sent += report;
        squares += report * report;
        if (separate) surprises[j] = (report - expected) * scale;
      }
      let sum = sent;
      for (let j = taken; j < devices; j++) {
        const report = x + error * noise[j];
        sum += report;
        squares += report * report;
        if (separate) surprises[j] = (report - expected) * scale;
      }
      const total = variance + reading;
      const gain = variance / total;
      const difference = sum / devices - expected;
      surprise = difference / Math.sqrt(total);
      spread = (squares - (sum * sum) / devices) * perNoise;
      if (!separate) surprises[0] = surprise;
      estimate = expected + gain * difference;
      variance = a * a * (1 - gain) * variance + 1;
      spy.follow(mine / taken, sent, pushed * push, next);
      return pushed * push;
    }

    /** A step by the hand: its own gauge is heard, robots only read. */
    function hand(first: boolean): void {
      let mine = 0;
      for (let j = 0; j < taken; j++) {
        own[j] = x + error * noise[j];
        mine += own[j];
      }
      const gain = variance / (variance + gauge);
      const difference = x + gaugeError * noise[devices + 2] - expected;
      if (logbook && first) record = Math.min(1, Math.abs(difference) * perReach);
      surprise = 0;
      estimate = expected + gain * difference;
      variance = a * a * (1 - gain) * variance + 1;
      spy.rest(mine / taken);
    }

    function advance(live: boolean): void {
      normals.fill(noise, devices + 3);
      const manual = never || left > 0;
      const next = manual ? 0 : mark * noise[devices + 1];
      let pushed = 0;
      let verdict: Verdict = goesOn;
      if (manual) hand(!byHand);
      else {
        pushed = robots(live, next);
        verdict = tests.hear(surprises, watermark, spread);
      }
      const command = next - control * estimate;
      if (live) {
        counters.steps++;
        counters.progress += manual ? speed : 1;
        if (manual) counters.manual++;
        else {
          counters.cost += x * x + effort * command * command;
          counters.par += par;
        }
        if (verdict === alarm) counters.alarms++;
      }
      if (verdict !== goesOn) {
        spy.turn();
        if (live) counters.windows++;
      }
      x = a * x + command + pushed + noise[devices];
      expected = a * estimate + command;
      watermark = next;
      ringing = verdict === alarm;
      byHand = manual;
      if (!manual) since++;
      else if (left > 0 && --left === 0) {
        tests.restart(0);
        spy.meet(expected);
        since = 0;
      }
    }

    const clip = (value: number) => Math.max(-1, Math.min(1, value * perReach));
    const half = (value: number) => Math.max(0, Math.min(1, value / 2));

    function show(t: number): void {
      const { obs } = device;
      const at = clip(spy.place);
      const belief = clip(spy.belief);
      const drift = Math.max(-1, Math.min(1, spy.drift / FAR));
      const twin = spy.twin ? 1 : 0;
      const energy = Math.min(1, spy.energy * perEnergy);
      const phase = Math.max(0, tests.heard) / window;
      const ago = Math.min(1, since / longAgo);
      const manual = never ? 1 : Math.min(1, left / hold);
      const time = t / steps;
      for (let j = 0, to = 0; j < taken; j++, to += width) {
        // In the order of the layout; numbers spelt out let V8 check bounds once.
        obs[to] = clip(own[j]);
        obs[to + 1] = at;
        obs[to + 2] = belief;
        obs[to + 3] = drift;
        obs[to + 4] = twin;
        obs[to + 5] = phase;
        obs[to + 6] = ago;
        obs[to + 7] = manual;
        obs[to + 8] = energy;
        obs[to + 9] = time;
      }
      watch.surprise[0] = clip(surprise);
      watch.watermark[0] = Math.max(-1, Math.min(1, watermark * perMark));
      watch.energy[0] = half(tests.energy);
      watch.mark[0] = half(tests.mark);
      watch.spread[0] = half(tests.spread);
      watch.phase[0] = phase;
      watch.alarm[0] = ringing ? 1 : 0;
      watch.manual[0] = manual;
      watch.record[0] = record;
      watch.time[0] = time;
    }

    return {
      // In the long run a share α of innocent time is by hand, and windows are at any of their steps: so episodes begin.
      reset() {
        normals.seed(rng);
        spy.begin(rng);
        x = expected = watermark = record = 0;
        variance = prior;
        since = longAgo;
        ringing = byHand = false;
        left = 0;
        tests.energy = tests.mark = tests.spread = 0;
        tests.restart(warmUp - rng.int(0, window));
        if (!never && rng.float() < p.falseAlarm) left = warmUp + 1 + rng.int(0, hold);
        for (let t = 0; t < warmUp; t++) advance(false);
        show(0);
      },
      step() {
        const order = guard.actions[0];
        if (order === force || (ringing && order !== waive)) left = hold;
        advance(true);
        const unsafe = x > limit || x < -limit ? 1 : 0;
        counters.unsafe += unsafe;
        device.rewards.fill(unsafe);
        guard.rewards[0] = -unsafe - (byHand ? 1 - speed : 0);
        show(world.t + 1);
      },
      render: () => picture(p, { x, expected, ghost: spy.twin ? spy.ghost : null, byHand, step: world.t, left }),
    };
  },
});
