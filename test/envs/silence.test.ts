import { describe, expect, it } from "vitest";
import { score } from "../../src/play/score.ts";
import type { ScriptedPolicies } from "../../src/policy/policy.ts";
import { firstSign, tells } from "../../src/testing/conformance/silence.ts";
import { environments } from "../environments.ts";

// A defence that acts on the first sign of an attack is free where nobody attacking is perfectly silent: then the arms
// are told apart, and utility is measured in one that never meets the defence. So innocent noise belongs in both arms.

const all = await environments();

describe("what defenders see while nobody attacks", () => {
  it.each(all.map(({ name, env, policies }) => ({ name, env, policies })))(
    "is not silence that an attack would break: $name",
    ({ env, policies }) => {
      expect(tells(env, policies as unknown as ScriptedPolicies)).toEqual([]);
    },
  );

  it("was silence in the cascade's first version, where acting on the first sign was free", () => {
    const { env, policies } = all.find(({ name }) => name === "jailbreak-cascade")!;
    const scripts = policies as unknown as ScriptedPolicies;
    const perfect = { inflow: 0, tests: 1, falsePositive: 0, missed: 0, delay: 0, lag: 0 };
    const [{ attack }] = tells(env, scripts, perfect);
    const gained = firstSign(env, scripts, attack);
    expect(gained.utility + gained.security).toBeGreaterThan(1.8);
    const worst = (params: object, defence: string) =>
      Object.keys(scripts.attacks)
        .map((attack) => score(env, { scripts, params, attack, defence, episodes: 8 } as never).attacked)
        .reduce((a, b) => (b.security < a.security ? b : a)) as Record<"utility" | "security", number>;
    const free = worst({ ...perfect, filter: 1 }, "extinguish");
    const now = worst({ filter: 1 }, "extinguish");
    expect(free.utility + free.security).toBeGreaterThan(1.5);
    expect(now.utility + now.security).toBeLessThan(1.3);
  });
});
