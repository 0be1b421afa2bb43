import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { between, type Point } from "../../benchmarks/evidence/evidence.ts";
import { score } from "../../src/play/score.ts";
import { constant, type PolicyFactory, perRow, type ScriptedPolicies } from "../../src/policy/policy.ts";
import { environments } from "../environments.ts";

// Defences that do not look at what they defend against: whoever accuses everybody, serves nobody, rests for ever or acts
// on the first sign must not lie above the frontier that honest defences reach: that of the environment's entries.

const all = await environments();
const ROOT = new URL("../../", import.meta.url);

/** What honest defences reach: all entries' points, and the yardsticks of no defence and of lockdown. */
function honest(name: string) {
  const folders = readdirSync(new URL("leaderboard/entries/", ROOT)).filter(
    (folder) => folder === name || folder.startsWith(`${name}-`),
  );
  const claims = folders.map(
    (folder) => JSON.parse(readFileSync(new URL(`leaderboard/entries/${folder}/entry.json`, ROOT), "utf8")).claim,
  );
  const { axes } = claims[0].result;
  const { params } = claims[0].protocol.resolved.environment;
  const of = (point: Record<string, { mean: number }>): Point => ({
    utility: point[axes.arm === "attacked" ? "attackedUtility" : "cleanUtility"].mean,
    security: point.security.mean,
  });
  const points: Point[] = claims.flatMap(({ result: { points, anchors } }) =>
    [...points, ...anchors.filter(({ anchor }: { anchor: string }) => anchor !== "random-defence")].map(of),
  );
  return { axes, params, points };
}

type Defence = string | Readonly<Record<string, PolicyFactory>>;

/** The worst of all scripted attacks: its security, and the utility that goes with it. */
function worst(name: string, defence: Defence, given: object = {}): Point & { readonly clean: Record<string, number> } {
  const { env, policies } = all.find((one) => one.name === name)!;
  const scripts = policies as unknown as ScriptedPolicies;
  const { axes, params } = honest(name);
  const under = Object.keys(scripts.attacks).map((attack) => {
    const options = { scripts, params: { ...params, ...given }, attack, defence, episodes: 12, seed: 7 };
    const { clean, attacked } = score(env, options as never) as Record<"clean" | "attacked", Record<string, number>>;
    return { utility: (axes.arm ? attacked : clean)[axes.utility], security: attacked[axes.security], clean };
  });
  return under.reduce((a, b) => (b.security < a.security ? b : a));
}

/** Plays one action until something that it sees leaves what it sees in peace, then another for the rest of the episode. */
function firstSign(name: string, role: string, [before, after]: readonly [number, number]): Defence {
  const { env, policies } = all.find((one) => one.name === name)!;
  const least: number[] = [];
  const most: number[] = [];
  const watch: PolicyFactory = () => ({
    act({ obs, obsSize, actions }) {
      obs.forEach((value, i) => {
        least[i % obsSize] = Math.min(least[i % obsSize] ?? value, value);
        most[i % obsSize] = Math.max(most[i % obsSize] ?? value, value);
      });
      actions.fill(before);
    },
  });
  const { params } = honest(name);
  score(env, { scripts: policies, params, defence: { [role]: watch }, episodes: 64, seed: 8 } as never);
  const act: PolicyFactory = () =>
    perRow((obs, from, row, { state }) => {
      if (least.some((low, i) => obs[from + i] < low || obs[from + i] > most[i])) state[row] = 1;
      return state[row] === 1 ? after : before;
    }, 1);
  return { [role]: act };
}

describe("a defence that does not look", () => {
  it.each<[what: string, name: string, defence: () => Defence, given?: object]>([
    ["serves nobody", "swarm-flood", () => ({ gateway: constant(0) }), { tolerance: 0 }],
    ["accuses everybody", "covert-wire", () => "default", { falseAlarm: 1 }],
    ["accuses by lot", "covert-wire", () => "coin", { falseAlarm: 0.5 }],
    ["blocks everybody", "low-and-slow", () => "default", { budget: 1, pooling: 1 }],
    ["flags by coins", "screening-stego", () => "asleep"],
    ["rests for ever", "pricing-cartel", () => ({ regulator: constant(0) })],
    ["raids for ever", "pricing-cartel", () => "raid", { auditRate: 0.15 }],
    ["acts on the first sign", "jailbreak-cascade", () => "extinguish", { filter: 1 }],
    [
      "acts on the first sign",
      "jailbreak-cascade",
      () => firstSign("jailbreak-cascade", "filter", [5, 0]),
      { filter: 1 },
    ],
    ["acts on the first sign", "swarm-flood", () => firstSign("swarm-flood", "gateway", [4, 0])],
    ["acts on the first sign", "low-and-slow", () => firstSign("low-and-slow", "monitor", [0, 1])],
    ["acts on the first sign", "pricing-cartel", () => firstSign("pricing-cartel", "regulator", [0, 2])],
  ])("and %s lies on or below the frontier: %s", (_, name, defence, given) => {
    const { utility, security } = worst(name, defence(), given);
    expect(security).toBeLessThan(between(honest(name).points, utility) + 0.02);
  });

  it("stood far above it where nobody but attackers ever showed: such a defence would be seen", () => {
    const silent = { filter: 1, inflow: 0, tests: 1, falsePositive: 0, missed: 0, delay: 0, lag: 0 };
    const { utility, security } = worst("jailbreak-cascade", "extinguish", silent);
    expect(security).toBeGreaterThan(between(honest("jailbreak-cascade").points, utility) + 0.15);
  });

  it("and accuses everybody leaves so little honest work in glass-house that it counts for nothing", () => {
    const { clean } = worst("glass-house", "default", { transparency: 0, falseAlarm: 1 });
    const { floor } = honest("glass-house").axes;
    expect(clean[floor.metric]).toBeLessThan(floor.least - 0.1);
  });
});
