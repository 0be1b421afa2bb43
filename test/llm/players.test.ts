import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeEach, expect, it, vi } from "vitest";
import { levelOf, mix } from "../../benchmarks/evidence/players/frontier.ts";
import { openPlace } from "../../benchmarks/evidence/players/place.ts";
import players from "../../benchmarks/evidence/players.ts";
import { openRegistry } from "../../src/library/registry.ts";
import { masque } from "../cli/command.ts";

const scratch = mkdtempSync(join(tmpdir(), "masque-players-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const toy = fileURLToPath(new URL("toy-backend.mjs", import.meta.url));

let told = "";
let noted = "";
beforeEach(() => {
  told = "";
  noted = "";
  vi.spyOn(console, "log").mockImplementation((text) => {
    told += `${text}\n`;
  });
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    noted += text;
    return true;
  });
});
afterEach(() => vi.restoreAllMocks());

const small = ["slots=4", "--levels", "falseAlarm=0,0.5", "--scored", "32", "--budget", "2000"];
const print = async (...more: string[]) => {
  told = "";
  await players.frontier.print([...small, "--answers", join(scratch, "answers"), ...more]);
  return told;
};
/** Rows of the n-th table that was printed, without its head. */
const rowsOf = (text: string, n: number) =>
  text
    .split("\n\n")
    .filter((block) => block.startsWith("|"))
    [n].split("\n")
    .slice(2)
    .map((line) => line.slice(2, -2).split(" | "));

it("sets script, learner, model and mixture side by side, and asks for nothing twice", async () => {
  const model = ["--backend", toy, "--model", "toy", "--episodes", "6"];
  const svg = join(scratch, "players.svg");
  const first = await print(...model, "--out", svg);
  const rows = rowsOf(first, 0);
  expect(rows.map(([level, name, episodes]) => [level, name.replace(/script: [\w-]+/, "script"), episodes])).toEqual(
    ["0", "0.5"].flatMap((level) => [
      [level, "script", "32"],
      [level, "learned: cem", "32"],
      [level, "model: toy", "6"],
      [level, "even mixture", "6"],
      [level, expect.stringMatching(/^worst of all: /), ""],
    ]),
  );
  // The model's score is that of `masque llm` in the same episodes.
  const command = "llm covert-wire-v0 slots=4 falseAlarm=0.5 --play alice=toy --play bob=toy --episodes 6 --history 0";
  const llm = await masque([...command.split(" "), "--backend", toy, "--out", join(scratch, "llm"), "--json"]);
  const { compared, calls, ways } = JSON.parse(llm.out);
  expect(rows[7][4].split(" ")[0]).toBe(compared[0].metrics.secrecy.mean.toFixed(3));
  // An accusation costs utility whoever attacks: the clean arm is one for all.
  expect(new Set(rows.slice(5).map(([, , , utility]) => utility)).size).toBe(1);

  const [script, learned, spoke] = rowsOf(first, 1);
  expect(learned[1]).toBe("4,000");
  expect(script.slice(4)).toEqual(["", "", ""]);
  // Both levels: prompts differ by a digit, decisions do not.
  expect(Number(spoke[4])).toBe(2 * calls.calls);
  expect(ways.alice.invalid + ways.bob.invalid).toBe(0);
  expect(spoke[6]).toBe("100.0 %");
  expect(first).toContain("what none of 6 episodes showed may still happen in up to 39 % of them");
  expect(readFileSync(svg, "utf8")).toMatch(/^<svg[\s\S]*even mixture/);

  const again = await print(...model, "--out", join(scratch, "players.html"));
  expect(rowsOf(again, 0)).toEqual(rows);
  expect(rowsOf(again, 1)[2].slice(3)).toEqual(spoke.slice(3));
  expect(readFileSync(join(scratch, "players.html"), "utf8")).toMatch(/model: toy[\s\S]*valid at once/);
  expect(noted).toContain("falseAlarm=0.5: toy played 6 of 6 episodes");
});

it("says that there is no model, and refuses before anything is played", async () => {
  const text = await print("--learner", "random");
  expect(text).toContain("No model: give --backend or --url.");
  expect(rowsOf(text, 0).map(([, name]) => name)).not.toContain("model: my-model");
  const refused = async (...more: string[]) => {
    noted = "";
    await expect(print(...more)).rejects.toThrow(expect.objectContaining({ name: "InputError" }));
    expect(noted).toBe("");
  };
  await refused("--levels", "falseAlarm=0,low");
  await refused("--levels", "noize=0,1");
  await refused("--out", "players.png");
  await refused("--episodes", "0");
  await refused("--backend", toy, "--episodes", "33");
  await refused("--url", "nowhere");
});

it("draws the mixture episode by episode, and chooses the worst again in every resample", async () => {
  const plugin = await openRegistry().environmentNamed("covert-wire");
  const place = await openPlace(plugin, { slots: 4, bits: 2, falseAlarm: 0.1 });
  const cost = { steps: 0, seconds: 0, playing: 0 };
  const attackers = ["loud", "code-half", "none"].map((name, i) => ({
    ...{ kind: "script" as const, name, cost },
    episodes: place.play(place.script(name), i === 2 ? 30 : 60),
  }));
  const members = attackers.map(({ episodes }) => episodes);
  const { episodes, drawn } = mix(members);
  const width = episodes.names.length;
  const row = (of: (typeof members)[number], e: number) => [...of.counters.subarray(e * width, (e + 1) * width)];
  expect(drawn).toHaveLength(30);
  expect(new Set(drawn)).toEqual(new Set([0, 1, 2]));
  for (const [e, member] of drawn.entries()) expect(row(episodes, e)).toEqual(row(members[member], e));
  expect(mix(members).drawn).toEqual(drawn);

  const { points, worst } = levelOf(place, 0.1, attackers);
  const least = Math.min(...points.map(({ security }) => security.mean));
  expect(worst.security.mean).toBe(least);
  // The least of several in a resample is at most each of them.
  for (const { security } of points) {
    expect(worst.security.low!).toBeLessThanOrEqual(security.low!);
    expect(worst.security.high!).toBeLessThanOrEqual(security.high!);
  }
  // A single attacker has no mixture, and is the worst.
  expect(levelOf(place, 0.1, attackers.slice(0, 1)).points.map(({ name }) => name)).toEqual(["script: loud"]);
});
