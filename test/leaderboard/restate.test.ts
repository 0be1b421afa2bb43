import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { canonical } from "../../src/data/canonical.ts";
import { packageRoot } from "../../src/data/package.ts";
import { addRecord, openBoard, saidOf } from "../../src/leaderboard/board.ts";
import { saveEntry } from "../../src/leaderboard/claim.ts";
import { makeKey, readKey, signStatement } from "../../src/leaderboard/keys.ts";
import { readEntryFile } from "../../src/leaderboard/open.ts";
import { ranked } from "../../src/leaderboard/ranking.ts";
import { type Claim, claimDigest, type SignedRecord, type Statement } from "../../src/leaderboard/schema.ts";
import { readStandings } from "../../src/leaderboard/site.ts";
import { openRegistry } from "../../src/library/registry.ts";
import { masque } from "../cli/command.ts";

// Entries that state what an older Masque reckoned from the same episodes: one that ships, with a bound moved, on boards of
// their own.

const scratch = mkdtempSync(join(tmpdir(), "masque-restate-"));
const key = join(scratch, "keeper.pem");
makeKey(key);
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const NAME = "simple-crypto";
const shipped = join(packageRoot, "leaderboard", "entries", NAME);
const { file } = readEntryFile(shipped);

type Points = { band: { low: number } }[];
const lower = ({ result }: Claim) => {
  (result.points as unknown as Points)[0].band.low -= 0.01;
};
const recordsOf = (at: string): SignedRecord[] => JSON.parse(readFileSync(join(at, "records.json"), "utf8")).records;
const writeRecords = (at: string, records: readonly SignedRecord[]) =>
  writeFileSync(join(at, "records.json"), canonical({ schema: 1, records: [...records] }));
const sign = (statement: object) => signStatement(statement as Statement, readKey(key));

let boards = 0;
/** A board on which a keeper verified an entry that states otherwise than the one that ships. */
async function older(change: (claim: Claim) => void = lower) {
  const folder = join(scratch, `board-${boards++}`);
  const at = join(folder, NAME);
  cpSync(shipped, at, { recursive: true });
  expect((await masque(["leaderboard", "keeper", folder, "--key", key, "--name", "Keeper"])).code).toBe(0);
  const claim = structuredClone(file.claim);
  change(claim);
  const before = { ...file, id: claimDigest(claim), claim };
  saveEntry(at, before);
  const verification = recordsOf(shipped).findLast(({ statement }) => statement.kind === "verification")!.statement;
  writeRecords(at, [sign({ ...verification, by: "Keeper", entry: before.id })]);
  return { folder, at, before };
}

const restate = (folder: string, by = key) => masque(["leaderboard", "restate", folder, "--key", by]);
const said = (folder: string, at: string) => saidOf(at, readEntryFile(at).file, openBoard(folder));
/** Who is ranked, and why others are not. */
async function look(folder: string) {
  const { tracks, problems } = await readStandings(folder, openRegistry());
  const all = tracks.flatMap(({ entries }) => entries);
  return {
    ranks: tracks.flatMap((track) => ranked(track)).map(({ entry }) => entry.folder.slice(folder.length + 1)),
    reasons: [...all.flatMap(({ reasons }) => reasons), ...problems.map(({ why }) => why)].join("; "),
  };
}

describe("an entry that was reckoned otherwise", () => {
  it("is restated from its own episodes, and what was verified of it stands", async () => {
    const { folder, at, before } = await older();
    const was = said(folder, at);
    expect(await restate(folder)).toMatchObject({
      code: 0,
      out: `${NAME}: ${file.id.slice(0, 12)}, was ${before.id.slice(0, 12)}: result.points.*.band.low\n`,
    });
    expect(readEntryFile(at).file).toEqual(file);
    const common = { by: "Keeper", entry: file.id, of: before.id, changed: ["result.points.*.band.low"] };
    expect(said(folder, at)).toMatchObject({
      first: was.first,
      latest: was.latest,
      origin: before.id,
      restatedTo: null,
      restatements: [{ ...common, number: was.first! + 1 }],
    });
    expect(await look(folder)).toEqual({ ranks: [NAME], reasons: "" });
    expect(await restate(folder)).toMatchObject({ code: 0, out: "Nothing is to be restated.\n" });
    const site = join(folder, "site");
    await masque(["leaderboard", "build", folder, "--out", site]);
    expect(readFileSync(join(site, "entries", `${NAME}.html`), "utf8")).toContain(
      "reckoned anew from the same episodes",
    );
  });

  it("is not disputed by a keeper who forgot to restate it, and may be restated by one who was stopped", async () => {
    const { folder, at, before } = await older();
    const records = recordsOf(at);
    const { code, err } = await masque(["verify", at, "--key", key, "--quiet"]);
    expect({ code, err }).toMatchObject({ code: 2, err: expect.stringContaining("First: masque leaderboard restate") });
    expect(recordsOf(at)).toEqual(records);
    // Signed, and not written.
    await restate(folder);
    saveEntry(at, before);
    expect(await look(folder)).toMatchObject({ ranks: [], reasons: expect.stringContaining("it was restated since") });
    expect(await restate(folder)).toMatchObject({ code: 0, out: expect.stringContaining(file.id.slice(0, 12)) });
    expect((await look(folder)).ranks).toEqual([NAME]);
  });

  it("keeps what was said of it, whichever telling is put back, and through several", async () => {
    const { folder, at, before } = await older();
    const [oldest, [{ statement }]] = ["0".repeat(64), recordsOf(at)];
    const common = { kind: "restatement", by: "Keeper", masque: "0", changed: ["result"] };
    writeRecords(at, [
      sign({ ...statement, entry: oldest }),
      sign({ ...common, number: statement.number + 1, entry: before.id, of: oldest }),
    ]);
    expect((await restate(folder)).code).toBe(0);
    expect(said(folder, at)).toMatchObject({ origin: oldest, first: statement.number, retracted: null });
    const reason = ["--key", key, "--reason", "an error"];
    expect((await masque(["leaderboard", "retract", at, ...reason])).code).toBe(0);
    expect((await look(folder)).reasons).toBe("withdrawn: an error");
    saveEntry(at, before);
    expect((await look(folder)).reasons).toBe("withdrawn: an error");
    await restate(folder);
    expect(said(folder, at)).toMatchObject({ origin: oldest, retracted: "an error" });
  });

  it("is told as it was again by a Masque that reckons as then, and keeps the id that its seeds come from", async () => {
    const { folder, at, before } = await older();
    const [{ statement }] = recordsOf(at);
    // As it ships, restated to something else: signed, and never written.
    const there = { kind: "restatement", by: "Keeper", masque: "0", changed: ["result"], number: 900 };
    saveEntry(at, file);
    writeRecords(at, [sign({ ...statement, entry: file.id }), sign({ ...there, entry: before.id, of: file.id })]);
    expect((await look(folder)).reasons).toContain("it was restated since");
    expect(await restate(folder)).toMatchObject({ code: 0, out: expect.stringContaining("as it was before") });
    expect(await look(folder)).toEqual({ ranks: [NAME], reasons: "" });
    expect(said(folder, at)).toMatchObject({ origin: file.id, restatedTo: null });
    expect(await restate(folder)).toMatchObject({ out: "Nothing is to be restated.\n" });
    // A later restatement does not lead to an earlier telling.
    const later = { ...there, entry: "1".repeat(64), of: before.id, number: 902 };
    const all = [...recordsOf(at), sign(later)];
    writeRecords(at, all);
    saveEntry(at, before);
    expect(said(folder, at)).toMatchObject({ origin: file.id, restatedTo: later.entry });
  });

  it("keeps its name from a copy that knows less of it", async () => {
    for (const [what, say] of [
      ["restated", (folder: string) => restate(folder)],
      [
        "withdrawn: an error",
        (folder: string) =>
          masque(["leaderboard", "retract", join(folder, NAME), "--key", key, "--reason", "an error"]),
      ],
    ] as const) {
      const { folder, at } = await older();
      const aside = join(scratch, `copy-${boards}`);
      cpSync(at, aside, { recursive: true });
      await say(folder);
      cpSync(aside, join(folder, "a-copy"), { recursive: true });
      const { ranks, reasons } = await look(folder);
      expect(ranks).toEqual(what === "restated" ? [NAME] : []);
      expect(reasons).toContain("has the name");
      if (what !== "restated") expect(reasons).toContain(what);
    }
  });

  it.each<[string, (claim: Claim) => void, object]>([
    [
      "needs code of its author",
      (claim) => claim.code.push({ file: "envs/x/env.ts", sha256: "0".repeat(64) }),
      { code: 0, err: expect.stringContaining("needs its author's code") },
    ],
    [
      "states another track than its protocol",
      (claim) => {
        claim.track = null;
      },
      { code: 3, err: expect.stringContaining("not restated: ") },
    ],
    [
      "states cells that it does not hold",
      (claim) => {
        claim.evidence.cells.sha256 = "0".repeat(64);
      },
      { code: 3, err: expect.stringContaining("not restated: ") },
    ],
  ])("is left as it is where it %s", async (_, change, told) => {
    const { folder, at, before } = await older((claim) => {
      lower(claim);
      change(claim);
    });
    const records = recordsOf(at);
    expect(await restate(folder)).toMatchObject(told);
    expect(readEntryFile(at).file).toEqual(before);
    expect(recordsOf(at)).toEqual(records);
  });

  it("is left as it is where no keeper verified it, or one found it false", async () => {
    const { folder, at, before } = await older();
    const [{ statement }] = recordsOf(at);
    for (const [records, why] of [
      [[], "no keeper of this board has verified it"],
      [[sign({ ...statement, mismatches: ["false"] })], "a verification failed"],
    ] as const) {
      writeRecords(at, records);
      expect(await restate(folder)).toMatchObject({ code: 0, err: `${at}: left as it is: ${why}.\n` });
      expect(readEntryFile(at).file).toEqual(before);
    }
  });

  it("is restated by nobody but a keeper", async () => {
    const { folder, at, before } = await older();
    const stranger = join(scratch, "stranger.pem");
    makeKey(stranger);
    expect(await restate(folder, stranger)).toMatchObject({ code: 2, err: expect.stringContaining("does not know") });
    const own = { kind: "restatement", number: 999, by: "Keeper", entry: file.id, of: before.id, masque: "0" } as const;
    const forged = signStatement({ ...own, changed: ["result"] }, readKey(stranger));
    saveEntry(at, file);
    writeRecords(at, [...recordsOf(at), forged]);
    expect((await look(folder)).reasons).toContain("no keeper of this board has verified it");
  });
});

describe("statements beside an entry", () => {
  it("are signed although a stranger filled the file with his own", async () => {
    const { folder, at } = await older();
    const stranger = join(scratch, "filling.pem");
    makeKey(stranger);
    const [record] = recordsOf(at);
    const junk = signStatement(record.statement, readKey(stranger));
    writeRecords(at, [record, ...new Array<SignedRecord>(999).fill(junk)]);
    expect((await masque(["leaderboard", "retract", at, "--key", key, "--reason", "an error"])).code).toBe(0);
    expect(recordsOf(at).map(({ statement }) => statement.kind)).toEqual(["verification", "retraction"]);
    expect((await look(folder)).reasons).toBe("withdrawn: an error");
  });

  it("come before what they are on: nothing is restated where nothing can be signed", async () => {
    const { folder, at, before } = await older();
    writeRecords(at, new Array<SignedRecord>(1000).fill(recordsOf(at)[0]));
    expect(await restate(folder)).toMatchObject({ code: 3, err: expect.stringContaining("it is full") });
    expect(readEntryFile(at).file).toEqual(before);
  });

  it.each([
    ["in number", 1000, (statement: Statement) => statement],
    [
      "in bytes",
      138,
      (statement: Statement) => ({ ...statement, mismatches: new Array<string>(20).fill("€".repeat(2000)) }),
    ],
  ])("are not signed where they could not be read any more: too many %s", async (_, count, grown) => {
    const { folder, at } = await older();
    const record = sign(grown(recordsOf(at)[0].statement));
    writeRecords(at, new Array<SignedRecord>(count).fill(record));
    const before = readFileSync(join(at, "records.json"));
    const { keepers } = openBoard(folder);
    expect(() => addRecord(at, record.statement, readKey(key), keepers)).toThrow(/it is full. Nothing was signed/);
    expect(readFileSync(join(at, "records.json")).equals(before)).toBe(true);
  });
});
