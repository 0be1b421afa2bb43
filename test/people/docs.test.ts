import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { packageRoot } from "../../src/data/package.ts";
import { MOST } from "../../src/people/seat.ts";
import { masque } from "../cli/command.ts";

// docs/people.md: its commands are run as they stand, one after the other.
const page = readFileSync(join(packageRoot, "docs", "people.md"), "utf8");
const here = mkdtempSync(join(tmpdir(), "masque-people-docs-"));
afterAll(() => rmSync(here, { recursive: true, force: true }));
const commands = [...page.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block]) => block.trim().split("\n"));
const RUN = `schema: 1
name: warden
question: Where do people stand?
environment: { id: stealth-takeover-v0, params: { resources: 3, steps: 16, strikeCost: 0.5, pingCost: 0.1 } }
defence: { knobs: { scan: [0.05, 0.2] } }
portfolio: [none, scripted]
seeds: { runs: 2 }
episodes: { select: 4, test: 8 }
`;

it("is followed to the letter: play, verify, watch, sum up, draw", async () => {
  writeFileSync(join(here, "warden.yaml"), RUN);
  expect(
    (await masque(["run", join(here, "warden.yaml"), "--out", join(here, "runs/warden"), "--quiet", "-j1"])).code,
  ).toBe(0);
  const told: string[] = [];
  for (const line of commands) {
    const [typed, words] = line.includes(" | ") ? line.split(" | ") : ["", line];
    const args = words
      .split(" ")
      .slice(1)
      .map((word) => (/^(study|runs)\//.test(word) ? join(here, word) : word));
    if (args[0] === "play" && !args.some((arg) => ["--out", "--page"].includes(arg)))
      args.push("--out", join(here, "alone.json"));
    const answer = typed.replace(/^yes '(.*)'$/, "$1");
    const lines = function* () {
      while (answer !== "") yield answer;
    };
    const { code, out, err } = await masque(args, undefined, lines());
    expect(code, `${line}\n${err}`).toBe(0);
    told.push(out);
  }
  expect(told[0]).toBe("");
  expect(told[3]).toContain("#stealth-takeover-v0?attack=hasty&seed=3&role=warden in a browser");
  expect(told[4]).toMatch(/that a person chose them is its author's word/);
  expect(told[5]).toMatch(/warden by p01, clean episode 1: \d+ steps/);
  expect(told[6]).toMatch(/^people, n = 2 /m);
  expect(told[7]).toMatch(/^1 +people, n = 2 +warden +hasty/m);
});

it("names the limits and the options that there are", async () => {
  const most = Object.values(MOST).map(String);
  const said =
    /more than (\d+) decisions an episode, (\d+) agents, (\d+) choices a decision, (\d+) values a choice, or (\d+) numbers/;
  expect(page.match(said)!.slice(1)).toEqual(most);
  const helps = await Promise.all(["play", "people", "replay", "frontier"].map((one) => masque([one, "--help"])));
  const options = helps.map(({ out }) => out).join("");
  for (const [, option] of page.matchAll(/`(--[a-z-]+)/g)) expect(options, option).toContain(option);
});
