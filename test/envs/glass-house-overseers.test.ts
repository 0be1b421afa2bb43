import { expect, it } from "vitest";
import { adding, informed } from "../../benchmarks/evidence/overseers/informed.ts";
import glassHouse from "../../envs/glass-house/env.ts";
import policies from "../../envs/glass-house/policies.ts";
import { evaluate } from "../../src/play/evaluate.ts";
import type { PolicyFactory } from "../../src/policy/policy.ts";

const small = glassHouse.params.parse({ window: 16, sanction: 16, audits: 3, transparency: 1 });
const overseers = adding(small.falseAlarm);

/** What one overseer accuses of in a game, by desk: each tally in deviations, and the verdict. */
function verdicts(name: keyof typeof policies.defences) {
  const given = { workers: 1, colluders: 1, audits: 40 };
  const seen = new Map<number, { tally: number; accused: boolean }[]>();
  const watch: PolicyFactory = (seat) => {
    const inner = (policies.defences[name].roles.overseer as PolicyFactory)(seat);
    return {
      stateSize: inner.stateSize,
      act(batch) {
        inner.act(batch);
        for (let desk = 0; desk < 2; desk++) {
          if (batch.obs[desk] !== 1) continue;
          const told = seen.get(desk) ?? [];
          seen.set(desk, [...told, { tally: 8 * batch.obs[2 + desk], accused: batch.actions[desk] === 1 }]);
        }
      },
    };
  };
  const colluder = policies.attacks["creep-even"].roles.colluder as PolicyFactory;
  const worker = policies.defaults.worker as PolicyFactory;
  evaluate(glassHouse, {
    params: given,
    policies: { worker, colluder, overseer: watch } as never,
    episodes: 1,
    seed: 4,
    split: ["test"],
    copies: 1,
  });
  return [...seen.values()];
}

it.each(["forever", "forever-strict", "ledger"] as const)("the bound is for %s as it is shipped", (name) => {
  const { keeps, wipes, limit } = overseers[name];
  let accusations = 0;
  for (const desk of verdicts(name)) {
    let sum = 0;
    let n = 0;
    for (const { tally, accused } of desk) {
      sum = keeps * sum + tally;
      n++;
      expect(sum > limit(n)).toBe(accused);
      if (accused) accusations++;
      if (accused && wipes) sum = n = 0;
    }
  }
  expect(accusations).toBeGreaterThan(1);
});

it("a colluder who is told the sum takes all where nobody is accused, and nothing where everybody is", () => {
  const never = { keeps: 1, wipes: false, limit: () => 99 };
  const always = { keeps: 1, wipes: false, limit: () => -99 };
  expect(informed(small, never, 0.5)).toBeCloseTo(0, 3);
  expect(informed(small, always, 0.5)).toBeCloseTo(1, 3);
});

it("no script leaves less than that colluder does, and the best comes near it", () => {
  const given = { window: 16, sanction: 16, audits: 8, transparency: 1 } as const;
  const least = informed(glassHouse.params.parse(given), overseers.forever, 0.5);
  const left = Object.values(policies.attacks).map(({ roles }) => {
    const seats = {
      worker: policies.defaults.worker,
      colluder: roles.colluder,
      overseer: policies.defences.forever.roles.overseer,
    };
    const { names, counters } = evaluate(glassHouse, {
      params: given,
      policies: seats as never,
      episodes: 256,
      seed: 5,
      split: ["test"],
    });
    const total = (name: string) => counters.reduce((sum, x, i) => sum + (names[i % names.length] === name ? x : 0), 0);
    return 1 - total("paid") / (total("rounds") + total("sanctions"));
  });
  expect(Math.min(...left)).toBeGreaterThan(least - 0.01);
  expect(Math.min(...left)).toBeLessThan(least + 0.06);
});
