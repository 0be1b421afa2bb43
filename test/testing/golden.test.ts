import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { defineEnv, type Environment } from "../../src/env/define.ts";
import { checkGolden, golden } from "../../src/testing/golden.ts";
import { relay } from "../env/toys.ts";
import { environments } from "../environments.ts";

const folders = await environments();

describe("the golden trace of", () => {
  it.each(folders)("$name is what it plays", ({ name, env, variants, golden }) => {
    if (!golden) throw new Error(`envs/${name}/golden.json is missing. Record it: npm run golden -- ${name}`);
    checkGolden(env, golden, variants);
  });
});

const other = process.env.MASQUE_OTHER_NODE;
const title = "another Node version plays the same traces";
if (other === undefined) it.skip(`${title}: skipped, MASQUE_OTHER_NODE names no second node binary`, () => {});
else {
  it(`${title}: ${other}`, { timeout: 300_000 }, () => {
    const script = fileURLToPath(new URL("../golden-update.ts", import.meta.url));
    const { stdout, stderr, error } = spawnSync(
      other,
      ["--conditions=masque-source", "--import", "tsx", script, "--print"],
      { encoding: "utf8" },
    );
    const expected = folders.map(({ env, variants }) => {
      const now = golden(env, variants);
      return [now, ...now.variants].map(({ digest }) => digest).join(" ");
    });
    expect(stdout.trim().split("\n"), error?.message ?? stderr).toEqual(expected);
  });
}

describe("a golden trace", () => {
  const env = relay as unknown as Environment;
  const variants = [{ lives: [0, 2] }, { runners: 20 }];
  const recorded = golden(env, variants);
  /** The toy, with something done after each of its steps. */
  const changed = (
    change: (slot: { reward: number; obs: Float32Array; mask: Uint8Array; terminate(): void }, t: number) => void,
  ) =>
    defineEnv({
      ...relay,
      create(context) {
        const dynamics = relay.create(context);
        return {
          ...dynamics,
          step() {
            dynamics.step();
            change(context.slots.runner[0], context.world.t);
          },
        };
      },
    }) as unknown as Environment;

  it("is the same every time, and says in words how the first steps went", () => {
    expect(golden(env, variants)).toEqual(recorded);
    checkGolden(env, JSON.parse(JSON.stringify(recorded)), variants);
    expect(recorded.head.length).toBe(4 * 6);
    expect(recorded.head[0]).toMatch(/^t=0 runner_0: sees \[0, 0\.\d+\]$/);
    expect(recorded.head[6]).toMatch(/^t=1 runner_0: did \[[01]\], got 1(\.5)?, sees \[1, 0\.\d+\]$/);
    expect(new Set([recorded, ...recorded.variants].map(({ digest }) => digest)).size).toBe(3);
  });

  it.each<[string, Environment]>([
    ["a reward, late", changed((slot, t) => void (t === 4 && Object.assign(slot, { reward: slot.reward + 1e-12 })))],
    ["one observation", changed((slot, t) => t === 3 && slot.obs.set([0.5], 1))],
    ["a mask, the last", changed((slot, t) => t === 5 && slot.mask.fill(1))],
    ["an end", changed((slot, t) => t === 4 && slot.terminate())],
    ["a counter", counting(0.5)],
    ["the horizon", { ...env, horizon: () => 7 }],
  ])("shows a change of %s, and asks for a new version", (_, other) => {
    expect(() => checkGolden(other, recorded, variants)).toThrow(
      /dynamics changed. Undo that, or name it relay-v1 and record/,
    );
  });

  it("allows changes that only another id has, once recorded", () => {
    const next = { ...env, id: "relay-v1" };
    expect(() => checkGolden(next, recorded, variants)).toThrow(/is of relay-v0, not of relay-v1; record it again/);
    checkGolden(next, golden(next, variants), variants);
  });

  it("covers all variants and no others", () => {
    expect(() => checkGolden(env, recorded, [...variants, { steps: 2 }])).toThrow(
      /with {"steps":2} is not in its golden/,
    );
    expect(() => checkGolden(env, recorded, variants.slice(1))).toThrow(/holds 2 variants, expected 1/);
    checkGolden(
      changed(() => {}),
      recorded,
      variants,
    );
  });
});

/** The toy, with its counters off by a little. */
function counting(extra: number): Environment {
  return defineEnv({
    ...relay,
    create(context) {
      const dynamics = relay.create(context);
      return {
        ...dynamics,
        step() {
          dynamics.step();
          context.counters.luck += extra;
        },
      };
    },
  }) as unknown as Environment;
}
