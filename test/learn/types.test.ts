import { describe, expectTypeOf, it } from "vitest";
import ippo from "../../baselines/ippo.ts";
import mappo from "../../baselines/mappo.ts";
import covertWire from "../../envs/covert-wire/env.ts";
import scripts from "../../envs/covert-wire/policies.ts";
import {
  type Environment,
  evaluate,
  metricsOf,
  policyFrom,
  random,
  score,
  sumCounters,
  train,
} from "../../src/index.ts";
import type { PolicyFactory } from "../../src/policy/policy.ts";

// What the README promises: a misspelling does not compile. The compiler is the test (`npm run typecheck`): every mistake
// below would be an error by itself, and a line that compiles after all fails as an unused expectation.
const warden = scripts.defaults.warden;
const seats = { alice: random, bob: random, warden };
const common = { environment: covertWire, budget: 1 } as const;
const played = { episodes: 1, seed: 1, split: ["test"] } as const;
const never = (_: () => unknown) => {};

describe("train", () => {
  it("knows parameters, knobs, roles and policies", () => {
    never(() =>
      train({ ...common, params: { falseAlarm: 1 }, roles: { alice: mappo(), bob: mappo() }, policies: { warden } }),
    );
    // @ts-expect-error: falseAlrm
    never(() => train({ ...common, params: { falseAlrm: 1 }, roles: { alice: mappo() } }));
    // @ts-expect-error: a cover is "silent" or "random"
    never(() => train({ ...common, params: { cover: "loud" }, roles: { alice: mappo() } }));
    // @ts-expect-error: falsAlarm
    never(() => train({ ...common, levels: [{ falsAlarm: 0 }], roles: { alice: mappo() } }));
    // @ts-expect-error: slots is a parameter, but no knob
    never(() => train({ ...common, levels: [{ slots: 8 }], roles: { alice: mappo() } }));
    // @ts-expect-error: alise
    never(() => train({ ...common, roles: { alise: mappo() } }));
    // @ts-expect-error: wardn
    never(() => train({ ...common, roles: { alice: mappo() }, policies: { wardn: warden } }));
    // @ts-expect-error: bugdet
    never(() => train({ environment: covertWire, roles: { alice: mappo() }, bugdet: 1 }));
    // @ts-expect-error: learningRat
    never(() => mappo({ learningRat: 1e-3 }));
  });

  it("gives policies and returns by the roles that learned", () => {
    never(async () => {
      const { policies, curve } = await train({
        ...common,
        roles: { alice: ippo(), bob: ippo() },
        policies: { warden },
        onProgress({ returns }) {
          expectTypeOf(returns).toEqualTypeOf<Readonly<Record<"alice" | "bob", number>>>();
          // @ts-expect-error: the warden does not learn
          void returns.warden;
        },
      });
      void policies.alice;
      // @ts-expect-error: alise
      void policies.alise;
      void curve[0].returns.bob;
      // @ts-expect-error: the warden did not learn
      void policies.warden;
    });
  });

  it("takes roles and policies by computed names", () => {
    const roles = Object.fromEntries(["alice", "bob"].map((role) => [role, ippo()]));
    never(() => train({ ...common, roles, policies: { warden } }));
    const any: Environment = covertWire;
    never(() => train({ environment: any, budget: 1, roles, policies: scripts.defaults, params: { anything: 1 } }));
  });
});

describe("evaluate", () => {
  it("knows parameters, roles and counters", () => {
    never(() => {
      const episodes = evaluate(covertWire, { ...played, params: { slots: 8 }, policies: seats });
      const sums = sumCounters(episodes);
      void sums.innocent;
      // @ts-expect-error: inocent
      void sums.inocent;
      const metrics = metricsOf(covertWire, sums, sums);
      expectTypeOf(metrics).toEqualTypeOf<Record<"utility" | "secrecy", number>>();
      // @ts-expect-error: secrcy
      const { secrcy } = metrics;
      return secrcy;
    });
    // @ts-expect-error: slotz
    never(() => evaluate(covertWire, { ...played, params: { slotz: 8 }, policies: seats }));
    // @ts-expect-error: nobody plays the warden
    never(() => evaluate(covertWire, { ...played, policies: { alice: random, bob: random } }));
    // @ts-expect-error: wardn
    never(() => evaluate(covertWire, { ...played, policies: { alice: random, bob: random, warden, wardn: random } }));
    // @ts-expect-error: other environments count other things
    never(() => metricsOf(covertWire, { met: 1 }, { met: 1 }));
  });

  it("takes policies by computed names", () => {
    const policies: Record<string, PolicyFactory> = Object.fromEntries([["alice", random]]);
    never(() => evaluate(covertWire, { ...played, policies }));
  });
});

describe("score", () => {
  it("knows parameters, scripts, roles and metrics", () => {
    never(() => {
      const { clean, attacked, counters } = score(covertWire, { scripts, attack: "random", params: { slots: 8 } });
      void [clean.utility, attacked.secrecy, counters.attacked.innocent];
      // @ts-expect-error: secrcy
      void attacked.secrcy;
      // @ts-expect-error: inocent
      void counters.clean.inocent;
    });
    // @ts-expect-error: noize
    never(() => score(covertWire, { scripts, params: { noize: 0.1 } }));
    // @ts-expect-error: alise
    never(() => score(covertWire, { scripts, attack: { alise: random } }));
    // @ts-expect-error: wardn
    never(() => score(covertWire, { scripts, defence: { wardn: random } }));
    never(async () => {
      const { policies } = await train({ ...common, roles: { alice: ippo(), bob: ippo() }, policies: { warden } });
      return score(covertWire, { scripts, attack: policies, defence: { warden: policyFrom(policies.alice) } });
    });
  });
});
