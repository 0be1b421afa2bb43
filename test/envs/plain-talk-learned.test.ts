import { describe, expect, it } from "vitest";
import { against, SMALL } from "../../benchmarks/evidence/codes/against.ts";
import { careful } from "../../benchmarks/evidence/codes/careful.ts";

describe("a rule that says a word a token where it fits", () => {
  it("leaves less than the worst script in six tokens, is seldom flagged, and needs its reserve", () => {
    const params = { ...SMALL, falseAlarm: 0.1, redraw: 0.1 };
    const [rule, fill] = [careful(1.5) as never, "fill" as never].map((attack) => against(params, attack, "", 3000));
    expect(rule.S + 3 * rule.se).toBeLessThan(fill.S - 3 * fill.se);
    expect(rule.power).toBeLessThan(0.1);
    // Without a reserve it runs into the threshold, and loses the last words.
    expect(against(params, careful(0) as never, "", 3000).S).toBeGreaterThan(rule.S + 0.05);
  });
});
