import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { packageRoot } from "../../src/data/package.ts";
import { isCopy } from "../../src/leaderboard/ranking.ts";
import type { Standing } from "../../src/leaderboard/schema.ts";

// Whoever enters a track has somebody to beat. That entries are whole and verified, test/leaderboard/reference.test.ts says.

const entries = join(packageRoot, "leaderboard", "entries");
const read = (name: string, file: string) => JSON.parse(readFileSync(join(entries, name, file), "utf8"));
type Records = { records: { statement: { kind: string; standing: Standing } }[] };
/** As it was last verified; what keepers said beside that is no standing. */
const standingOf = (name: string) =>
  (read(name, "records.json") as Records).records.findLast(({ statement }) => statement.kind === "verification")!
    .statement.standing;
const names = readdirSync(entries).filter((name) => existsSync(join(entries, name, "entry.json")));
const tracks = readdirSync(join(packageRoot, "benchmarks", "tracks")).map((file) => file.replace(".yaml", ""));

it.each(tracks)("%s opens with defences that differ, and with attacks", (track) => {
  const own = names.filter((name) => read(name, "entry.json").claim.track === track);
  const standings = own.map(standingOf);
  const differing = standings.filter(
    (standing, i) => !standings.slice(0, i).some((other) => isCopy({ standing }, { standing: other })),
  );
  // simple-crypto is a calibration without a role that defends: it has the cipher, and no cipher.
  expect(differing.length).toBeGreaterThanOrEqual(track === "simple-crypto" ? 2 : 4);
  const met = standings.flatMap(({ points }) => points.map(({ attacks }) => attacks));
  const attacks = new Set(met.flatMap((one) => Object.keys(one)));
  attacks.delete("none");
  expect(attacks.size).toBeGreaterThanOrEqual(6);
});

it("every benchmark of an entry is entered under its name", () => {
  const files = readdirSync(join(packageRoot, "benchmarks", "entries")).filter((file) => file.endsWith(".yaml"));
  for (const file of files) {
    const name = file.replace(".yaml", "");
    const text = readFileSync(join(packageRoot, "benchmarks", "entries", file), "utf8");
    expect(text).toContain(`\nname: ${name}\n`);
    expect(read(name, "entry.json").claim.name).toBe(name);
  }
});
