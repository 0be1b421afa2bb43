import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { canonical, digest } from "../../src/data/canonical.ts";
import { readStandings } from "../../src/leaderboard/site.ts";
import { openRegistry } from "../../src/library/registry.ts";
import type { Tape } from "../../src/llm/tape.ts";
import { masque } from "../cli/command.ts";

const scratch = mkdtempSync(join(tmpdir(), "masque-recordings-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const board = join(scratch, "board");
const at = (name: string) => join(board, "recorded", name);
const key = join(scratch, "keeper.pem");
const BACKEND = new URL("../llm/toy-backend.mjs", import.meta.url).pathname;

async function run(...args: string[]): Promise<string> {
  const { code, out, err } = await masque(args);
  expect(code, err).toBe(0);
  return out;
}

const ACTIONS = { always: "reset", never: "wait" };
beforeAll(async () => {
  for (const [name, action] of Object.entries(ACTIONS)) {
    const module = join(scratch, `${name}.mjs`);
    const text = `JSON.stringify({ action: Array(2).fill("${action}") })`;
    writeFileSync(
      module,
      `export default () => ({ async complete() { return { text: ${text}, tokens: { prompt: 1, completion: 1 } }; } });`,
    );
    const game = [
      "llm",
      "stealth-takeover",
      "resources=2",
      "steps=12",
      "--play",
      `warden=${name}`,
      "--episodes",
      "4",
      "--attack",
      "hasty",
    ];
    await run(...game, "--backend", module, "--out", at(name), "--quiet");
  }
  const local = [
    "llm",
    "stealth-takeover",
    "resources=2",
    "steps=12",
    "--play",
    "warden=toy",
    "--episodes",
    "4",
    "--attack",
    "hasty",
  ];
  await run(...local, "--backend", BACKEND, "--out", at("local"), "--quiet");
  await run("leaderboard", "keeper", board, "--key", key, "--name", "Keeper");
});

const standings = () => readStandings(board, openRegistry());
const states = async () => {
  const { recorded } = await standings();
  expect(recorded).toHaveLength(1);
  return Object.fromEntries(recorded[0].recordings.map(({ name, state }) => [name, state]));
};

describe("recordings on a board", () => {
  it("have no rank until a keeper signed what he found", async () => {
    expect(await states()).toEqual({ always: "claimed", local: "claimed", never: "claimed" });
  });

  it("are ranked among themselves by what the keeper measured, and labelled by what he could prove", async () => {
    for (const name of ["always", "never"]) {
      expect(await run("verify", at(name), "--key", key)).toMatch(/recorded: [\s\S]*Signed by Keeper\.\n$/);
    }
    expect(await run("verify", at("local"), "--key", key, "--backend", BACKEND)).toMatch(/reproduced/);
    const { recorded, tracks, others } = await standings();
    expect([tracks, others]).toEqual([[], []]);
    const [{ recordings, attacking }] = recorded;
    expect(attacking).toBe(false);
    const security = recordings.map(({ said }) => said!.metrics.security);
    expect(security).toEqual([...security].sort((a, b) => b - a));
    expect(recordings.at(-1)!.name).toBe("never");
    expect(await states()).toEqual({ always: "recorded", never: "recorded", local: "reproduced" });
    await run("leaderboard", "build", board, "--out", join(scratch, "site"));
    const page = readFileSync(join(scratch, "site", "index.html"), "utf8");
    expect(page).toMatch(/Recorded games[\s\S]*security is to be high[\s\S]*reproduced[\s\S]*recorded/);
  });

  it("another tape under a signed one's records is nobody's word", async () => {
    const file = join(at("never"), "tape.json");
    const { id: _, ...tape } = JSON.parse(readFileSync(file, "utf8")) as Tape;
    const forged = { ...tape, metrics: { ...tape.metrics, security: 1 } };
    writeFileSync(file, canonical({ ...forged, id: digest(forged) }));
    expect((await states()).never).toBe("claimed");
    const { code, out } = await masque(["verify", at("never"), "--key", key]);
    expect(code).toBe(3);
    expect(out).toMatch(/metrics are not what its episodes give/);
    expect((await states()).never).toBe("disputed");
  });

  it("may be withdrawn; what is damaged or deceives stands aside and stops nothing", async () => {
    await run("leaderboard", "retract", at("always"), "--key", key, "--reason", "by its author's wish");
    cpSync(at("local"), at("damaged"), { recursive: true });
    writeFileSync(join(at("damaged"), "tape.json"), "{");
    cpSync(at("local"), at("disguised"), { recursive: true });
    const file = join(at("disguised"), "tape.json");
    const { id: _, ...tape } = JSON.parse(readFileSync(file, "utf8")) as Tape;
    tape.game.players.warden.model = "tоy"; // with a Cyrillic о
    writeFileSync(file, canonical({ ...tape, id: digest(tape) }));
    expect(await states()).toEqual({ always: "withdrawn", never: "disputed", local: "reproduced" });
    const { problems } = await standings();
    expect(problems.map(({ why }) => why).join("\n")).toMatch(/no JSON[\s\S]*letters of one alphabet/);
  });

  it("are signed only where they lie in a board", async () => {
    cpSync(at("local"), join(scratch, "elsewhere"), { recursive: true });
    const { code, err } = await masque(["verify", join(scratch, "elsewhere"), "--key", key]);
    expect(code).toBe(2);
    expect(err).toMatch(/expected a tape in a board/);
  });
});
