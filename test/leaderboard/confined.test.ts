import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { verifyApart } from "../../src/cli/entries/verify.ts";
import type { Io } from "../../src/cli/io.ts";
import { plain } from "../../src/report/text.ts";
import { masque } from "../cli/command.ts";

// What the confined process prints comes from strangers' code as well: here it is told line by line.
let printed: (args: readonly string[]) => readonly string[] = () => [];
let exit = 0;
vi.mock("../../src/cli/entries/confined.ts", async (original) => ({
  ...(await original<typeof import("../../src/cli/entries/confined.ts")>()),
  async confined(args: readonly string[], { onLine }: { onLine(line: string): void }) {
    for (const line of printed(args)) onLine(line);
    return exit;
  },
}));

const scratch = mkdtempSync(join(tmpdir(), "masque-confined-test-"));
const board = join(scratch, "board");
const entry = join(board, "simple-crypto");
const key = join(scratch, "keeper.pem");
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

beforeAll(async () => {
  const shipped = new URL("../../leaderboard/entries/simple-crypto", import.meta.url).pathname;
  cpSync(shipped, entry, { recursive: true });
  rmSync(join(entry, "records.json"));
  expect((await masque(["leaderboard", "keeper", board, "--key", key, "--name", "Keeper"])).code).toBe(0);
});

let out = "";
const io: Io = {
  out: (text) => {
    out += text;
  },
  err: () => {},
  ...{ outTerminal: false, errTerminal: false, columns: 100, paint: plain, cwd: scratch },
  lines: async function* () {},
  onInterrupt: () => () => {},
};
const nonceOf = (args: readonly string[]) => args[args.indexOf("--nonce") + 1];
const id = () => JSON.parse(readFileSync(join(entry, "entry.json"), "utf8")).id as string;
const statement = (nonce: string, change: object = {}) => ({
  ...{ kind: "verification", number: 1, by: "nobody", entry: id(), masque: "0", machine: "x", track: null, nonce },
  ...{ cells: [1, 1], trainings: [0, 0], mismatches: [], breaches: [], standing: null },
  ...change,
});
const sign = () => verifyApart(io, entry, { retrain: "0", key, quiet: true });

describe("a statement from the confined process", () => {
  const forged: [string, (args: readonly string[]) => readonly string[]][] = [
    ["nothing", () => []],
    ["no JSON", () => ["all is well"]],
    ["a statement on another entry", (a) => [JSON.stringify(statement(nonceOf(a), { entry: "0".repeat(64) }))]],
    ["one under a number of its own", () => [JSON.stringify(statement("mine"))]],
    ["one that says more than statements do", (a) => [JSON.stringify(statement(nonceOf(a), { rank: 1 }))]],
    ["one that retracts", (a) => [JSON.stringify({ ...statement(nonceOf(a)), kind: "retraction" })]],
    ["a right one with words after it", (a) => [JSON.stringify(statement(nonceOf(a))), "and more"]],
  ];
  for (const [what, lines] of forged) {
    it(`is not signed if it is ${what}`, async () => {
      printed = lines;
      await expect(sign()).rejects.toThrow(/no statement on this entry|is not JSON|its statement/);
      expect(existsSync(join(entry, "records.json"))).toBe(false);
    });
  }

  it("is not looked at if the process failed, and not signed", async () => {
    exit = 2;
    printed = (args) => [JSON.stringify(statement(nonceOf(args)))];
    expect(await sign()).toBe(2);
    exit = 0;
    expect(existsSync(join(entry, "records.json"))).toBe(false);
  });

  it("is signed by the keeper's name and number, whatever it says of either", async () => {
    printed = (args) => ["chatter", JSON.stringify(statement(nonceOf(args), { by: "Another", number: 99 }))];
    expect(await sign()).toBe(0);
    expect(out).toContain("Signed by Keeper.");
    const { records } = JSON.parse(readFileSync(join(entry, "records.json"), "utf8"));
    expect(records[0].statement).toMatchObject({ by: "Keeper", number: 1 });
  });

  it("disputes no verified entry for what is reckoned otherwise, and disputes it for anything else", async () => {
    const records = () => JSON.parse(readFileSync(join(entry, "records.json"), "utf8")).records;
    const states = (...mismatches: string[]) => {
      printed = (args) => [JSON.stringify(statement(nonceOf(args), { mismatches }))];
    };
    const before = records();
    states("results: points.0.band.low: the entry states 1, verifying gave 2", "controls: lockdown: x");
    await expect(sign()).rejects.toThrow(/reckons otherwise .* masque leaderboard restate .* Nothing was signed/s);
    expect(records()).toEqual(before);
    states("results: points.0.band.low: the entry states 1, verifying gave 2", "training x: weights: x");
    expect(await sign()).toBe(3);
    expect(records()).toHaveLength(before.length + 1);
    // What is disputed already is disputed further.
    states("results: points.0.band.low: the entry states 1, verifying gave 2");
    expect(await sign()).toBe(3);
    expect(records()).toHaveLength(before.length + 2);
  });
});

it("confines nothing over a board with a link, which the permission model would follow", async () => {
  const { confined } = await vi.importActual<typeof import("../../src/cli/entries/confined.ts")>(
    "../../src/cli/entries/confined.ts",
  );
  const linked = join(scratch, "linked");
  mkdirSync(join(linked, "deep"), { recursive: true });
  writeFileSync(join(scratch, "secret.txt"), "x");
  symlinkSync(join(scratch, "secret.txt"), join(linked, "deep", "link"));
  await expect(confined(["verify"], { board: linked, onLine() {} })).rejects.toThrow(
    /deep.link is a symbolic link: a board holds files only/,
  );
});

it("takes nobody's word for being confined: the mark counts under the permission model alone", async () => {
  vi.resetModules();
  process.env.MASQUE_CONFINED = "1";
  try {
    const again = await vi.importActual<typeof import("../../src/cli/entries/confined.ts")>(
      "../../src/cli/entries/confined.ts",
    );
    expect(again.isConfined).toBe(false);
  } finally {
    delete process.env.MASQUE_CONFINED;
  }
});
