import { describe, it } from "vitest";
import { conformance } from "../../src/testing/index.ts";
import { relay } from "../env/toys.ts";
import { environments } from "../environments.ts";

for (const { name, env, policies, variants, text } of await environments()) {
  describe(name, () => {
    conformance(env, { policies, text, test: it });
    // The defaults were just played, four times as long.
    const others = variants.filter((set) => Object.keys(set).length > 0);
    conformance(env, { policies, params: others, steps: 50, test: it });
  });
}

describe("a toy with deaths, masks and all kinds of spaces", () => {
  conformance(relay, { params: [{}, { lives: [2, 0, 4], runners: 5 }, { finish: 3, guard: 1 }], test: it });
});
