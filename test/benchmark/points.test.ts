import { expect, it } from "vitest";
import { parseConfig } from "../../src/benchmark/config.ts";
import { resolveBenchmark } from "../../src/benchmark/resolve.ts";
import { openRegistry } from "../../src/library/registry.ts";
import { makePlan } from "../../src/run/plan.ts";

const registry = openRegistry([]);

async function planned(knobs: Record<string, number[]>) {
  const text = JSON.stringify({
    schema: 1,
    name: "order",
    environment: { id: "pricing-cartel-v1" },
    defence: { knobs },
    portfolio: ["none", { baseline: "mappo", budget: 10_000, conditioned: true }],
    seeds: { runs: 1 },
  });
  const benchmark = await resolveBenchmark(parseConfig(text, "order.yaml"), registry, () => ({}));
  return { hash: benchmark.hash, cells: makePlan(benchmark).cells.map(({ hash }) => hash) };
}

// Entries keep their protocol with sorted keys: the same cells must come of it, also of trainings that share all levels.
it("plans the same cells in whatever order a file lists its knobs", async () => {
  const [auditRate, strictness] = [
    [0.25, 0.5],
    [1, 2],
  ];
  expect(await planned({ strictness, auditRate })).toEqual(await planned({ auditRate, strictness }));
});

it("draws random play at the environment's own dials, since with dials off it would be no defence", async () => {
  const text = JSON.stringify({
    schema: 1,
    name: "random",
    environment: { id: "covert-wire-v0", params: { noise: 0.3 } },
    defence: { knobs: { falseAlarm: [0.2] } },
    portfolio: ["none", "random"],
    seeds: { runs: 1 },
  });
  const { points } = await resolveBenchmark(parseConfig(text, "random.yaml"), registry, () => ({}));
  const at = (anchor: string) => points.find((point) => point.anchor === anchor)?.params;
  expect(at("random-defence")).toMatchObject({ falseAlarm: 0.1, noise: 0 });
  expect(at("no-defence")).toMatchObject({ falseAlarm: 0, noise: 0 });
  expect(at("lockdown")).toMatchObject({ falseAlarm: 1, noise: 1 });
});
