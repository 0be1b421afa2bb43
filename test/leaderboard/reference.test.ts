import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { parseConfig } from "../../src/benchmark/config.ts";
import { resolveBenchmark } from "../../src/benchmark/resolve.ts";
import { packageRoot } from "../../src/data/package.ts";
import { ceilingOf, isCopy, tooSecure } from "../../src/leaderboard/ranking.ts";
import type { Standing } from "../../src/leaderboard/schema.ts";
import { openRegistry } from "../../src/library/registry.ts";
import { masque } from "../cli/command.ts";

const scratch = mkdtempSync(join(tmpdir(), "masque-reference-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const point = (low: number | null, exact: number | null, counts = true) =>
  ({
    knobs: { auditRate: 0.5 },
    defence: "default",
    security: { mean: 0.6, low, high: 0.7 },
    exact,
    counts,
  }) as unknown as Standing["points"][number];

it.each([
  ["within its interval of the bound", point(0.49, 0.5), 0],
  ["as far above it as a script may stay behind the programme it plays", point(0.504, 0.5), 0],
  ["above it", point(0.52, 0.5), 1],
  ["above it, where the point does not count", point(0.52, 0.5, false), 0],
  ["without an interval", point(null, 0.5), 0],
  ["without an exact reference", point(0.9, null), 0],
])("a point %s", (_, one, reasons) => {
  expect(tooSecure({ points: [one] })).toHaveLength(reasons);
});

it.each([
  ["above what any defence has against all attacks", 0.52, 0.5, 1],
  ["within its interval of that", 0.49, 0.5, 0],
  ["where no such bound is known", 0.9, undefined, 0],
])("a point %s, whatever its defence", (_, low, most, reasons) => {
  expect(tooSecure({ points: [point(low, null)] }, () => most)).toHaveLength(reasons);
});

it("an overseer who knows the scripts' codes by heart is above what any has, and those that ship are below", async () => {
  const text = JSON.stringify({
    schema: 1,
    name: "heart",
    environment: { id: "screening-stego-v1" },
    defence: { knobs: { audit: [0.1], paraphrase: [0.2] } },
    portfolio: ["none"],
  });
  const game = await resolveBenchmark(parseConfig(text, "heart"), openRegistry([]), () => ({}));
  const ceiling = await ceilingOf(game);
  const one = { ...point(0.64, null), knobs: { audit: 0.1, paraphrase: 0.2 } };
  // As `npm run evidence -- screening-stego heart` has it, at fewer audits even; the panel keeps .18.
  expect(tooSecure({ points: [one] }, ceiling)).toHaveLength(1);
  expect(tooSecure({ points: [{ ...one, security: { mean: 0.2, low: 0.19, high: 0.21 } }] }, ceiling)).toEqual([]);
});

const acting = (behaviour: string, mean: number, width: number | null = 0.01) =>
  ({
    standing: { behaviour, score: { mean, low: width && mean - width, high: width && mean + width } },
  }) as unknown as Parameters<typeof isCopy>[0];

it.each([
  ["acts alike and leaves the same", acting("a", 0.6), acting("a", 0.63), true],
  ["acts alike where it was looked at, and leaves more", acting("a", 0.6), acting("a", 0.65), false],
  ["acts alike, by one run of each", acting("a", 0.6, null), acting("a", 0.9, null), true],
  ["acts otherwise and leaves the same", acting("a", 0.6), acting("b", 0.6), false],
])("a defence that %s", (_, one, other, copy) => {
  expect(isCopy(one, other)).toBe(copy);
});

it("every entry that ships is verified, and ranked on its track", async () => {
  const entries = join(packageRoot, "leaderboard", "entries");
  const { code, err } = await masque(["leaderboard", "build", entries, "--out", scratch]);
  expect({ code, err }).toMatchObject({ code: 0 });
  const page = readFileSync(join(scratch, "index.html"), "utf8");
  const names = readdirSync(entries).filter((name) => !name.endsWith(".json"));
  expect(names.length).toBeGreaterThanOrEqual(8);
  expect(page).not.toContain("not ranked");
  expect(page.match(/verified<\//g) ?? []).toHaveLength(names.length);
}, 240_000);

// Building a board takes a keeper's word for what this version computed; these hold that word to the code as it is.
it.each(["simple-crypto", "glass-house-ledger", "whitewash-market-fee", "jailbreak-cascade-extinguish"])(
  "%s is what its raw episodes give",
  async (name) => {
    const { code, err } = await masque(["verify", join(packageRoot, "leaderboard", "entries", name), "--quick"]);
    expect({ code, err }).toMatchObject({ code: 0 });
  },
  60_000,
);
