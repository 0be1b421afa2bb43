import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { canonical, digest } from "../../src/data/canonical.ts";
import { box, discrete, multiDiscrete } from "../../src/index.ts";
import { openRegistry } from "../../src/library/registry.ts";
import { legalNow } from "../../src/llm/action.ts";
import type { Tape } from "../../src/llm/tape.ts";
import { readTyped } from "../../src/people/typed.ts";
import { decodeData } from "../../src/view/data.ts";
import { openPlayer } from "../../src/view/player.ts";
import { masque } from "../cli/command.ts";

const scratch = mkdtempSync(join(tmpdir(), "masque-people-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const file = (name: string) => join(scratch, `${name}.json`);
const GAME = ["play", "stealth-takeover", "resources=2", "steps=5", "strikeCost=0.5", "--role", "warden"];
const play = (name: string, typed: Iterable<string>, more: readonly string[] = []) =>
  masque([...GAME, "--out", file(name), "--attack", "hasty", ...more], undefined, typed);
const tapeIn = (name: string): Tape => JSON.parse(readFileSync(file(name), "utf8"));
const forever = function* (...lines: string[]) {
  for (;;) yield* lines;
};
/** A record that somebody changed, spelt and named as it should be. */
const forge = (name: string, from: string, change: (tape: Tape) => void): string => {
  const { id: _, ...tape } = tapeIn(from);
  change(tape as Tape);
  writeFileSync(file(name), canonical({ ...tape, id: digest(tape) }));
  return file(name);
};

describe("masque play", () => {
  beforeAll(async () => {
    expect((await play("whole", forever("all wait", "scan reset"), ["--episodes", "3"])).code).toBe(0);
  });

  it("asks in the words of the role's spaces, helps, explains what is no action, and undoes nothing", async () => {
    const lines = ["help", "undo", "rules", "", "9 9", "scan", "w", "1 2", "sc, re", "all 0", "quit"];
    const { code, out, err } = await play("asked", lines);
    expect([code, out]).toEqual([0, ""]);
    expect(err).toContain("You want");
    expect(err).toMatch(/warden_0, step 1 of at most 5\n {2}\w/);
    expect(err).toContain("0 wait | 1 scan | 2 reset");
    expect(err).toContain("What is done is done.");
    expect(err).toMatch(/Choice 1 is "9", expected "wait", "scan", "reset"\./);
    expect(err).toMatch(/expected a list of 2 choices/);
    expect(err).toMatch(/warden_0, step 4 of at most 5/);
    expect(err).not.toMatch(/warden_0, step 5/);
    expect(err).toContain("Nothing was finished, and nothing was written.");
    expect(existsSync(file("asked"))).toBe(false);
  });

  it("writes a page instead, and leads to the role on it, against what was asked for", async () => {
    const page = join(scratch, "play.html");
    const on = (...more: string[]) => masque(["play", "stealth-takeover", "--role", "warden", "--page", page, ...more]);
    for (const [more, says] of [
      [["--attack", "hastier"], 'attack of stealth-takeover-v0 "hastier"'],
      [["--defence", "none"], 'defence of stealth-takeover-v0 "none"'],
      [["steps=5"], "--page: got steps=5 too"],
      [["--label", "p01"], "--page: got label too"],
      [["--episodes", "4"], "--page: got episodes too"],
      [["--seed", "-1"], "--seed"],
      [["--attack", "__proto__"], 'attack of stealth-takeover-v0 "__proto__"'],
    ] as const) {
      const { code, err } = await on(...more);
      expect([code, err]).toEqual([2, expect.stringContaining(says)]);
      expect(existsSync(page)).toBe(false);
    }
    const { out } = await on("--attack", "hasty", "--seed", "7");
    expect(out).toContain(`Open ${page}#stealth-takeover-v0?attack=hasty&seed=7&role=warden in a browser.`);
    expect(readFileSync(page, "utf8")).toContain("stealth-takeover-v0");
  });

  it("tells nobody who attacks, nor in which episodes", async () => {
    const { err } = await play("blind", forever("all scan"), ["--episodes", "2"]);
    const asked = err.slice(err.indexOf("Episode 1 of 4"));
    expect(asked).not.toMatch(/hasty|attacked|clean/);
    const seen = (name: string) => tapeIn(name).arms;
    expect(Object.keys(seen("blind")).sort()).toEqual(["attacked", "clean"]);
  });

  it("keeps what was finished in both arms when somebody leaves, and what it keeps is true", async () => {
    const lines = [...Array<string>(5 * 7).fill("all wait"), "quit"];
    const { code, out } = await play("left", lines, ["--episodes", "4"]);
    expect(code).toBe(0);
    const { game, arms } = tapeIn("left");
    expect(game.episodes).toBeGreaterThan(0);
    expect(game.episodes).toBeLessThan(4);
    expect([arms.attacked.length, arms.clean!.length]).toEqual([game.episodes, game.episodes]);
    expect(out).toMatch(new RegExp(`people, n = 1, ${game.episodes} episodes?`));
    expect((await masque(["verify", file("left")])).code).toBe(0);
  });

  it("is played beside random attackers, too", async () => {
    const random = ["--attack", "random", "--episodes", "1", "--out", file("random")];
    const { code, err } = await masque([...GAME, ...random], undefined, forever("all scan"));
    expect(code, err).toBe(0);
    expect((await masque(["verify", file("random")])).code).toBe(0);
  });

  it("takes Ctrl-C for quitting", async () => {
    const slow = async function* () {
      yield* Array<string>(30).fill("all wait");
      await new Promise(() => {}); // a person who thinks
    };
    let questions = 0;
    const { code } = await masque(
      [...GAME, "--out", file("stopped"), "--attack", "hasty"],
      (text, interrupt) => {
        if (text === "> " && ++questions === 31) interrupt();
      },
      slow(),
    );
    expect(code).toBe(0);
    expect((await masque(["verify", file("stopped")])).code).toBe(0);
  });

  it("leaves a record that says what was done and nothing of whoever did it", async () => {
    const { game, authors, calls } = tapeIn("whole");
    expect(game.players.warden.model).toBe("someone");
    expect([authors, calls, game.backend, game.decoding]).toEqual([[], null, null, null]);
    expect(readFileSync(file("whole"), "utf8")).not.toContain("You are");
    const { code, out } = await masque(["verify", file("whole")]);
    expect(code).toBe(0);
    expect(out).toMatch(/3 episodes played again, nothing differs: 30 decisions, 30 prompts made again\./);
    expect(out).toContain("that a person chose them is its author's word");
    expect((await masque(["verify", file("whole"), "--backend", "x.mjs"])).err).toMatch(/people played this/);
  });

  it("overwrites nobody's games, and says what is no place and no label", async () => {
    const before = readFileSync(file("whole"), "utf8");
    expect((await play("whole", [])).err).toMatch(/is there already/);
    expect(readFileSync(file("whole"), "utf8")).toBe(before);
    expect((await masque([...GAME, "--out", "x.html"])).err).toMatch(/ends in \.json/);
    expect((await play("named", [], ["--label", "Ann Lee"])).err).toMatch(/labels of up to 40 letters/);
    expect((await play("role", [], ["--episodes", "0"])).err).toMatch(/--episodes/);
  });

  it.each([
    [
      ["stealth-takeover", "--role", "warden", "--at-defaults"],
      /too much for a person: \d+ decisions an episode, at most 200/,
    ],
    [["low-and-slow", "--role", "leaker", "leakers=9"], /9 agents to decide for in every step, at most 6/],
    [["stealth-takeover", "--role", "wardn"], /Unknown role.*Did you mean "warden"/],
  ])("refuses %j in plain words", async (args, why) => {
    const { code, err } = await masque(["play", ...args, "--out", file("refused")]);
    expect(code).toBe(2);
    expect(err).toMatch(why);
    expect(existsSync(file("refused"))).toBe(false);
  });

  it("lets one person play one agent where two may not know what both see, beside the script's other one", async () => {
    const known = await masque(["play", "glass-house", "--role", "colluder", "--out", file("x")], undefined, ["quit"]);
    expect(known.err).toContain("You decide for colluder_0; the other colluder are scripts.");
    const done = await masque(
      ["play", "glass-house", "--role", "colluder", "--episodes", "1", "--out", file("one")],
      undefined,
      forever("0.5"),
    );
    expect(done.code, done.err).toBe(0);
    const { game, arms } = tapeIn("one");
    expect(game.players.colluder.agent).toBe(0);
    expect(game.attack).not.toBe("none");
    expect(arms.attacked[0].deeds.colluder.ways.length).toBeLessThanOrEqual(11);
    expect((await masque(["verify", file("one")])).code).toBe(0);
    // Watched, the person's agent does what he did, and the other one what the script does.
    const page = join(scratch, "one.html");
    expect((await masque(["replay", file("one"), "--out", page])).code).toBe(0);
    const data = decodeData(
      /<script type="application\/json" id="data">([\s\S]*?)<\/script>/.exec(readFileSync(page, "utf8"))![1],
    );
    const plugin = await openRegistry().environmentNamed("glass-house");
    const subject = { env: plugin.env, policies: await plugin.policies() };
    const { course } = openPlayer(subject, data.replay!.choice, { recorded: data.replay!.recorded! });
    expect(course.trace).toBe(
      arms.attacked[0].trace.map((lane) => (lane >>> 0).toString(16).padStart(8, "0")).join(""),
    );
    const other = forge("other", "one", (tape) => {
      tape.game.players.colluder.agent = 1;
    });
    expect((await masque(["verify", other])).err).toMatch(/players: got .*"agent":1.*is asked with .*"agent":0/);
    const none = forge("none", "one", (tape) => {
      tape.game.players.colluder.agent = 7;
    });
    expect((await masque(["verify", none])).err).toMatch(/somebody play colluder_7/);
  });
});

describe("a stranger's record", () => {
  it.each<[string, number, RegExp, (tape: Tape) => void]>([
    [
      "an action was changed",
      3,
      /prompt is not what|differ/,
      (tape) => {
        const own = tape.arms.attacked[0].deeds.warden;
        own.actions[0] = (own.actions[0] + 1) % 3;
      },
    ],
    [
      "a counter was changed",
      3,
      /counters differ/,
      (tape) => {
        tape.arms.clean![1].counters[0] += 1;
      },
    ],
    [
      "a metric was changed",
      3,
      /metrics are not/,
      (tape) => {
        tape.metrics.security = 0.5;
      },
    ],
    [
      "a person's answer is called repaired",
      2,
      /forced or valid/,
      (tape) => {
        tape.arms.attacked[0].deeds.warden.ways = `2${tape.arms.attacked[0].deeds.warden.ways.slice(1)}`;
      },
    ],
    [
      "a person has a transcript",
      2,
      /transcript/,
      (tape) => {
        tape.calls = { calls: 0, tokens: [0, 0], bytes: 0, sha256: "0".repeat(64) };
      },
    ],
    [
      "a person has a name",
      2,
      /labels of up to 40/,
      (tape) => {
        tape.game.players.warden.model = "Ann <b>Lee</b>";
      },
    ],
    [
      "half a backend",
      2,
      /backend and decoding/,
      (tape) => {
        tape.game.decoding = { temperature: 0, maxTokens: 5 };
      },
    ],
  ])("%s: is found out", async (name, code, why, change) => {
    const found = await masque(["verify", forge(`forged ${name}`, "whole", change)]);
    expect([found.code, found.out + found.err]).toEqual([code, expect.stringMatching(why)]);
    const summed = await masque(["people", file(`forged ${name}`)]);
    expect(summed.code).toBe(2);
    expect(summed.out).toBe("");
  });
});

describe("what somebody types", () => {
  const read = (space: Parameters<typeof readTyped>[0], line: string, mask?: number[]) =>
    readTyped(space, legalNow(space, mask), line);
  const named = discrete(3, { names: ["wait here", "wander", "go"] });
  const loads = discrete(3, { names: ["0.5", "1", "2"] });

  it("is a name, the beginning of one that no other has, or its number", () => {
    expect(read(named, "wait here")).toEqual({ action: [0] });
    expect(read(named, "WAN")).toEqual({ action: [1] });
    expect(read(named, "2")).toEqual({ action: [2] });
    expect(read(named, "wa")).toHaveProperty("error");
    expect(read(named, "3")).toHaveProperty("error");
    expect(read(discrete(5, { start: 1 }), "5")).toEqual({ action: [5] });
  });

  it("is never a place where names are numbers", () => {
    expect(read(loads, "1")).toEqual({ action: [1] });
    expect(read(loads, "0")).toHaveProperty("error");
  });

  it("is nothing that is not allowed now, and a beginning only of what is", () => {
    expect(read(named, "0", [0, 1, 1])).toHaveProperty("error");
    expect(read(named, "wa", [0, 1, 1])).toEqual({ action: [1] });
  });

  it("is several choices, or one for all; or numbers, kept to their bounds", () => {
    const two = multiDiscrete([3, 2]);
    expect(read(two, "2 1")).toEqual({ action: [2, 1] });
    expect(read(two, "all 1")).toEqual({ action: [1, 1] });
    expect(read(two, "1 1 1")).toHaveProperty("error");
    expect(read(box([2], -1, 1), "0.5, 7")).toEqual({ action: [0.5, 1] });
    expect(read(box([2], -1, 1), "0.5 x")).toHaveProperty("error");
  });
});
