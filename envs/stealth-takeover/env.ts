import { defineEnv, multiDiscrete, ratio } from "masque";
import { z } from "zod";
import { AGES, FREE, HELD_LOUDLY, HELD_QUIETLY, LOUD, outageOf, PING, RESET, SCAN, taking, WAIT } from "./model.ts";
import { act, intruder, watch } from "./spaces.ts";

const share = (fallback: number) => z.number().min(0).max(1).default(fallback);
const params = z.object({
  resources: z.int().min(1).max(64).default(4).describe("R, resources to hold, an intruder each"),
  steps: z.int().min(1).max(100_000).default(256).describe("T, steps an episode"),
  wardens: z
    .enum(["central", "each"])
    .default("central")
    .describe(
      "central: one warden has all resources; each (decentralised): every resource has a warden, who sees it alone",
    ),
  reset: share(0.05).describe("α, rate at which the warden resets a resource, a step"),
  scan: share(0.1).describe("π, rate at which it scans one that it does not reset, a step"),
  hunt: share(1 / 3).describe(
    "share of the other resources that a (central) warden evicts a step after an alarm, until all are; 0 never",
  ),
  strikeCost: z.number().min(0).max(16).default(2).describe("steps of control that a strike costs"),
  pingCost: z.number().min(0).max(16).default(0.25).describe("steps of control that a ping costs"),
  scanCost: z.number().min(0).max(16).default(0.25).describe("steps of service that a scan costs"),
  loud: share(0.8).describe("chance that a loud strike takes its resource"),
  quiet: share(0.4).describe("chance that a quiet strike takes its resource"),
  foothold: share(0.25).describe("ω, what both chances are multiplied by while intruders hold nothing"),
  seenLoud: share(0.6).describe("chance that a scan finds an intruder that came in loudly"),
  seenQuiet: share(0.1).describe("chance that a scan finds an intruder that came in quietly"),
  falseAlarm: share(0.03).describe("chance that a scan finds an intruder where there is none"),
  outage: z
    .number()
    .min(0)
    .max(16)
    .default(2)
    .describe("service that a resource down loses besides, times the share of the others that are down with it"),
});

export type StealthTakeover = z.output<typeof params>;

const roles = ({ resources, wardens }: StealthTakeover) => {
  const each = wardens === "each";
  const watched = each ? 1 : resources;
  return {
    intruder: { side: "attacker", count: resources, observation: intruder, action: act },
    warden: {
      side: "defender",
      count: each ? resources : 1,
      observation: watch(watched),
      action: multiDiscrete(new Array<number>(watched).fill(3), {
        components: Array.from({ length: watched }, (_, i) => ({
          says: each ? "its own resource" : `resource ${i}`,
          names: ["wait", "scan", "reset"],
        })),
      }),
    },
  } as const;
};

export default defineEnv({
  id: "stealth-takeover-v0",
  summary: "Intruders take resources and stay unseen; a warden who does not know who holds what scans and resets them.",
  threat: "persistent, covert takeover of resources",
  coordination: { attacker: "joint", defender: "factored" },
  params,
  knobs: {
    reset: { off: 0, lockdown: 1, grid: [0, 0.02, 0.05, 0.075, 0.1, 0.15, 0.2, 1] },
    scan: { off: 0, lockdown: 1, grid: [0, 0.05, 0.1, 0.2, 0.3, 0.4, 1] },
    hunt: { off: 0, lockdown: 1, grid: [0, 1 / 3, 2 / 3, 1] },
  },
  horizon: ({ steps }) => steps,
  roles,
  // Resource-steps, all in units of one step of one resource: held by intruders; what strikes and pings cost them; service
  // lost to resets, outages and scans. Then events.
  counters: ["steps", "held", "spent", "lost", "strikes", "pings", "scans", "resets", "alarms"],
  metrics: {
    utility: {
      axis: "utility",
      arm: "attacked",
      summary: "share of service not lost to resets, outages and scans",
      of: (c) => 1 - Math.min(1, ratio(c.lost, c.steps, 0)),
    },
    security: {
      axis: "security",
      summary: "1 − (control − what strikes and pings cost) / resource-steps: what intruders who pay do not gain",
      of: (c) => 1 - Math.min(1, Math.max(0, ratio(c.held - c.spent, c.steps, 0))),
    },
    freedom: {
      axis: "security",
      summary: "1 − share of resource-steps that intruders hold, whatever that costs them",
      of: (c) => 1 - ratio(c.held, c.steps, 0),
    },
  },
  // A step: wardens reset and scan, then intruders act, then every held resource counts.
  create({ params: p, flat, rng, counters, world }) {
    const { resources, steps, wardens, outage, scanCost, strikeCost, pingCost } = p;
    const found = Float64Array.of(p.falseAlarm, p.seenQuiet, p.seenLoud);
    // takes[inside][strike]
    const takes = [false, true].map((inside) =>
      Float64Array.from([WAIT, PING, 2, LOUD], (strike) => (strike > PING ? taking(strike, inside, p) : 0)),
    );
    const holder = new Uint8Array(resources);
    const age = new Int32Array(resources); // steps since last known held; 0: believed lost
    const entered = new Uint8Array(resources); // as what it came in, where it believes to hold
    const sinceReset = new Int32Array(resources);
    const sinceScan = new Int32Array(resources);
    const width = intruder.size;
    // Where resource i's numbers lie: in one warden's observation side by side, or in that of its own warden.
    const seen = roles(p).warden.observation;
    const stride = wardens === "each" ? seen.size : 1;
    const { reset: RESET_AT, scan: SCAN_AT, result: RESULT_AT, time: TIME_AT } = seen.at;
    const perStep = 1 / steps;
    const perResource = 1 / resources;
    const perAge = 1 / AGES;

    const guard = () => {
      const { actions, obs } = flat.warden;
      let down = 0;
      let scans = 0;
      let alarms = 0;
      for (let i = 0, at = 0; i < resources; i++, at += stride) {
        const action = actions[i];
        let result = 0;
        let isReset = action === RESET;
        if (sinceReset[i] < AGES) sinceReset[i]++;
        if (sinceScan[i] < AGES) sinceScan[i]++;
        if (action === SCAN) {
          scans++;
          sinceScan[i] = 0;
          isReset = rng.float32() < found[holder[i]];
          result = isReset ? 1 : -1;
          if (isReset) alarms++;
        }
        if (isReset) {
          holder[i] = FREE;
          sinceReset[i] = 0;
          down++;
        }
        obs[at + RESET_AT] = sinceReset[i] * perAge;
        obs[at + SCAN_AT] = sinceScan[i] * perAge;
        obs[at + RESULT_AT] = result;
      }
      const lost = outageOf(down, resources, outage) + scanCost * scans;
      counters.lost += lost;
      counters.scans += scans;
      counters.resets += down;
      counters.alarms += alarms;
      return lost;
    };
    const intrude = () => {
      const { actions, obs, rewards } = flat.intruder;
      let inside = 0;
      for (let i = 0; i < resources; i++) if (holder[i] !== FREE) inside = 1;
      const chance = takes[inside];
      let held = 0;
      let spent = 0;
      let strikes = 0;
      let pings = 0;
      let believed = 0;
      let loss = 0;
      for (let i = 0, at = 0; i < resources; i++, at += width) {
        const action = actions[i];
        let outcome = 0;
        let cost = 0;
        if (action !== WAIT) {
          if (action === PING) {
            cost = pingCost;
            pings++;
          } else {
            cost = strikeCost;
            strikes++;
          }
          outcome = 1;
          if (holder[i] === FREE) {
            if (age[i] > 0) loss = 1;
            if (action !== PING && rng.float32() < chance[action]) {
              holder[i] = action === LOUD ? HELD_LOUDLY : HELD_QUIETLY;
              entered[i] = holder[i];
            } else outcome = -1;
          }
        }
        if (outcome > 0) age[i] = 1;
        else if (outcome < 0) age[i] = 0;
        else if (age[i] > 0) age[i]++;
        if (age[i] > 0) believed++;
        const gain = holder[i] !== FREE ? 1 : 0;
        held += gain;
        spent += cost;
        rewards[i] = (gain - cost) * perStep;
        // In the order of the layout; numbers spelt out let V8 check bounds once. What all share is written below.
        obs[at] = age[i] > 0 ? 0 : 1;
        obs[at + 1] = age[i] < AGES ? age[i] * perAge : 1;
        obs[at + 2] = age[i] > 0 && entered[i] === HELD_LOUDLY ? 1 : 0;
        obs[at + 5] = outcome;
      }
      const time = (world.t + 1) * perStep;
      const beliefs = believed * perResource;
      for (let i = 0, at = 0; i < resources; i++, at += width) {
        obs[at + 3] = beliefs;
        obs[at + 4] = loss;
        obs[at + 6] = time;
        obs[at + 7] = believed > 0 ? 0 : 1;
      }
      counters.held += held;
      counters.spent += spent;
      counters.strikes += strikes;
      counters.pings += pings;
      return held - spent;
    };
    return {
      reset() {
        holder.fill(FREE);
        age.fill(0);
        entered.fill(FREE);
        sinceReset.fill(AGES);
        sinceScan.fill(AGES);
        for (let i = 0; i < resources; i++) {
          flat.intruder.obs[i * width + intruder.at.lost] = 1;
          flat.intruder.obs[i * width + intruder.at.outside] = 1;
          flat.warden.obs[i * stride + RESET_AT] = 1;
          flat.warden.obs[i * stride + SCAN_AT] = 1;
        }
      },
      step() {
        const lost = guard();
        const gained = intrude();
        counters.steps += resources;
        const time = (world.t + 1) * perStep;
        const { rewards, obs } = flat.warden;
        for (let i = 0, at = TIME_AT; i < rewards.length; i++, at += stride) {
          rewards[i] = -(gained + lost) * perResource * perStep;
          obs[at] = time;
        }
      },
      render: () => ({
        title: "red: held loudly; orange: held quietly; height: what the intruder believes",
        width: 2 * resources,
        height: 11,
        labels: { step: world.t, held: counters.held, spent: counters.spent, lost: Math.round(counters.lost) },
        shapes: Array.from({ length: resources }, (_, i) => {
          const h = age[i] > 0 ? 10 : 2;
          const tone = holder[i] === HELD_LOUDLY ? "bad" : holder[i] === HELD_QUIETLY ? "attacker" : "good";
          return { kind: "rect" as const, x: 2 * i, y: 10 - h, w: 1.6, h, tone: tone as "bad" | "attacker" | "good" };
        }),
      }),
    };
  },
});
