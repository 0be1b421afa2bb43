import { expect, it } from "vitest";
import { resolveParams } from "../../src/env/params.ts";
import { openRegistry } from "../../src/library/registry.ts";

const registry = openRegistry();

// What a run calls at every point: a function of the same name that means something else ends it at its very end.
it.each(registry.environmentNames())("%s: what its theory gives are metrics of its own, from 0 to 1", async (name) => {
  const { env, ...plugin } = await registry.environmentNamed(name);
  for (const theory of [await plugin.reference(), await plugin.bestResponse()]) {
    const off = Object.fromEntries(Object.entries(env.knobs).map(([knob, { off }]) => [knob, off]));
    const lockdown = Object.fromEntries(Object.entries(env.knobs).map(([knob, { lockdown }]) => [knob, lockdown]));
    for (const knobs of [{}, off, lockdown]) {
      const given = theory?.(resolveParams(env, knobs));
      expect(theory?.(resolveParams(env, knobs)), "is computed once").toBe(given);
      for (const [metric, value] of Object.entries(given ?? {})) {
        expect(Object.keys(env.metrics)).toContain(metric);
        expect(value).toBeGreaterThanOrEqual(0);
        expect(value).toBeLessThanOrEqual(1);
      }
    }
  }
});
