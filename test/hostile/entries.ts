import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";
import { packArchive, unpackArchive } from "../../src/data/archive.ts";
import { edit, editRaw, type Loose, putRaw, readEntry, writeRawEntry } from "./mutate.ts";

/** Makes something hostile of what lies in a folder. */
export type Hostile = readonly [name: string, reason: RegExp, make: (folder: string) => void];

const rawName = (folder: string) => readdirSync(folder).find((file) => file.startsWith("cells-"))!;
const archiveOf = (folder: string) => join(folder, readdirSync(folder).find((file) => file.startsWith("policies-"))!);
const editPolicies = (folder: string, change: (files: Map<string, Uint8Array>) => void) => {
  const path = archiveOf(folder);
  const files = unpackArchive(readFileSync(path), 2 ** 28, path);
  change(files);
  writeFileSync(path, packArchive(files));
};
const QUICKLY = { [constants.BROTLI_PARAM_QUALITY]: 0 };
const text = (name: string, reason: RegExp, change: (text: string) => string | Uint8Array): Hostile => [
  name,
  reason,
  (folder) => writeRawEntry(folder, change(readEntry(folder))),
];
const data = (name: string, reason: RegExp, change: (entry: Loose) => void): Hostile => [
  name,
  reason,
  (folder) => edit(folder, change),
];
const given = (name: string, reason: RegExp, change: (config: Loose) => void): Hostile =>
  data(name, reason, ({ claim }) => change(claim.protocol.given));
const SHA = "0".repeat(64);

/** Leaderboard entries. */
export const ENTRIES: readonly Hostile[] = [
  text("cut off", /no JSON/, (t) => t.slice(0, 700)),
  text("empty", /no JSON/, () => ""),
  text("no UTF-8", /no text file/, () => Uint8Array.of(0x7b, 0xff, 0xfe, 0x7d)),
  text("a NUL byte", /no text file/, (t) => t.replace("claim", "cl\0aim")),
  text("a list", /schema null/, () => "[]"),
  text("null", /schema null/, () => "null"),
  text("a hundred thousand lists deep", /nested more than 64/, () => "[".repeat(1e5) + "]".repeat(1e5)),
  text("objects a hundred thousand deep", /nested more than 64/, () => '{"a":'.repeat(1e5)),
  text("twenty megabytes", /bytes; expected at most/, () => " ".repeat(2e7)),
  text(
    "seven megabytes of one string",
    /schema|no JSON|canonical|unknown key/,
    (t) => `{"a":"${"x".repeat(7e6)}",${t.slice(1)}`,
  ),
  text(
    "half a million keys",
    /more than 20000 keys/,
    (t) => `{${Array.from({ length: 5e5 }, (_, i) => `"${i}":1`).join()},${t.slice(1)}`,
  ),
  text("__proto__", /"__proto__" is not allowed/, (t) => `{"__proto__":{"polluted":1},${t.slice(1)}`),
  text("__proto__, escaped", /"__proto__" is not allowed/, (t) => `{"\\u005f_proto__":{"polluted":1},${t.slice(1)}`),
  text("constructor", /"constructor" is not allowed/, (t) =>
    t.replace('"given":{', '"given":{"constructor":{"prototype":1},'),
  ),
  text("a key twice", /"id" stands twice/, (t) => t.replace('"id":', `"id":"${SHA}","id":`)),
  text("a key twice, escaped", /"id" stands twice/, (t) => t.replace('"id":', `"\\u0069d":"${SHA}","id":`)),
  text("a key twice, deep inside", /"root" stands twice/, (t) => t.replace('"root":7', '"root":8,"root":7')),
  text("another spelling", /canonical JSON/, (t) => JSON.stringify(JSON.parse(t), null, 1)),
  text("a line feed at the end", /canonical JSON/, (t) => `${t}\n`),
  text("a number spelt otherwise", /canonical JSON/, (t) => t.replace('"schema":2', '"schema":2.0')),
  text("NaN", /no JSON/, (t) => t.replace(/"mean":[\d.]+/, '"mean":NaN')),
  text("an infinite mean", /mean/, (t) => t.replace(/"mean":[\d.]+/, '"mean":1e999')),
  data("an unknown version", /schema 3; this Masque reads schema 2/, (e) => Object.assign(e, { schema: 3 })),
  data("no version", /schema null/, (e) => Reflect.deleteProperty(e, "schema")),
  data("an unknown key", /unknown key "code"/, (e) => Object.assign(e, { code: "process.exit()" })),
  [
    "a claim that is not its id",
    /claim's SHA-256 is/,
    (f) => edit(f, ({ claim }) => Object.assign(claim, { name: "x" }), true),
  ],
  data("a status it has not earned", /unknown key "status"/, (e) => Object.assign(e, { status: "reproduced" })),
  data("a negative count", /runs/, ({ claim }) => Object.assign(claim.result, { runs: -1 })),
  data("half a run", /runs/, ({ claim }) => Object.assign(claim.result, { runs: 1.5 })),
  data("a negative number of cells", /cells/, ({ claim }) => Object.assign(claim.evidence.cells, { cells: -88 })),
  data("a name with a path", /claim\.name/, ({ claim }) => Object.assign(claim, { name: "../../etc/passwd" })),
  data("an author with control characters", /claim\.authors\.0/, ({ claim }) =>
    Object.assign(claim, { authors: ["\u001b[2J"] }),
  ),
  data("an author written backwards", /claim\.authors\.0/, ({ claim }) =>
    Object.assign(claim, { authors: ["\u202egpj"] }),
  ),
  data("a hundred authors", /claim\.authors/, ({ claim }) => Object.assign(claim, { authors: Array(100).fill("x") })),
  data("another version of Masque", /made by Masque 9/, ({ claim }) => Object.assign(claim, { masque: "9.0.0" })),
  data("another definition of the environment", /another definition/, ({ claim }) =>
    Object.assign(claim.environment, { digest: SHA }),
  ),
  data("another environment", /another definition/, ({ claim }) => Object.assign(claim.environment, { id: "toy-v9" })),
  data("a policy's digest that is a path", /claim\.evidence\.policies/, ({ claim }) =>
    Object.assign(claim.evidence, { policies: ["../../../secret"] }),
  ),
  data("a raw digest that is a path", /sha256/, ({ claim }) =>
    Object.assign(claim.evidence.cells, { sha256: "../../secret" }),
  ),
  data("an external attack whose policies are a path", /external/, (e) =>
    Object.assign(e, {
      external: {
        attacks: [{ name: "x", authors: [], policies: { climber: "/etc/passwd" } }],
        result: e.claim.result,
        evidence: e.claim.evidence,
      },
    }),
  ),
  data("an external attack that is not there", /unknown key "external"/, (e) =>
    Object.assign(e, {
      external: {
        attacks: [{ name: "x", authors: [], policies: { climber: SHA } }],
        result: e.claim.result,
        evidence: e.claim.evidence,
      },
    }),
  ),
  given("an environment by path", /Unknown environment/, (c) => Object.assign(c.environment, { id: "../../../evil" })),
  given("an environment called __proto__", /Unknown environment/, (c) =>
    Object.assign(c.environment, { id: "__proto__" }),
  ),
  given("a stored policy by path", /states no digest of the policies of "spy"/, (c) =>
    c.portfolio.push({ name: "spy", policy: "../../secret" }),
  ),
  given("a stored policy by absolute path", /states no digest/, (c) =>
    c.portfolio.push({ name: "spy", policy: "/etc/passwd" }),
  ),
  given("a baseline by path", /Unknown baseline/, (c) => c.portfolio.push({ baseline: "../../evil", budget: 1 })),
  given("a baseline called constructor", /Unknown baseline/, (c) =>
    c.portfolio.push({ baseline: "constructor", budget: 1 }),
  ),
  given("a script called __proto__", /Unknown attack/, (c) => c.portfolio.push({ scripted: ["__proto__"] })),
  given("an absurd budget", /budget/, (c) => c.portfolio.push({ name: "y", baseline: "toy-learner", budget: 1e300 })),
  given("absurdly many runs", /seeds\.runs/, (c) => Object.assign(c.seeds, { runs: 1e12 })),
  given("a run's number of cells beyond all bounds", /cells|raw results/, (c) =>
    Object.assign(c.seeds, { runs: 1000 }),
  ),
  given("absurdly many episodes", /episodes\.test/, (c) => Object.assign(c.episodes, { test: 1e15 })),
  given("an absurd parameter", /steps/, (c) => Object.assign(c.environment.params, { steps: 1e9 })),
  given("a thousand times a thousand levels", /Unknown knob/, (c) =>
    Object.assign(c.defence.knobs, {
      wall: Array.from({ length: 1000 }, (_, i) => i / 1000),
      steps: Array.from({ length: 1000 }, (_, i) => i),
    }),
  ),
  given("a formula that reaches out", /score/, (c) =>
    Object.assign(c, { score: "constructor.constructor('return process')()" }),
  ),
  [
    "a folder in place of the file",
    /folder|symbolic|plain/,
    (f) => {
      rmSync(join(f, "entry.json"));
      mkdirSync(join(f, "entry.json"));
    },
  ],
  [
    "a link in place of the file",
    /symbolic link/,
    (f) => {
      rmSync(join(f, "entry.json"));
      symlinkSync("../secret.txt", join(f, "entry.json"));
    },
  ],
  ["no raw results", /There is no file/, (f) => rmSync(join(f, rawName(f)))],
  [
    "raw results cut off",
    /does not unpack|is not what the entry states/,
    (f) => {
      const name = rawName(f);
      writeFileSync(join(f, name), Uint8Array.of(1, 2, 3));
    },
  ],
  [
    "raw results that are a link",
    /symbolic link/,
    (f) => {
      const name = rawName(f);
      rmSync(join(f, name));
      symlinkSync("../secret.txt", join(f, name));
    },
  ],
  [
    "raw results that are another's",
    /is not what the entry states/,
    (f) => writeFileSync(join(f, rawName(f)), brotliCompressSync("[]")),
  ],
  ["a bomb", /unpacks to more/, (f) => writeFileSync(join(f, rawName(f)), brotliCompressSync(Buffer.alloc(2 ** 27)))],
  [
    "a bomb that says so",
    /states \d+ cells in 268435456 bytes/,
    (f) => putRaw(f, brotliCompressSync(Buffer.alloc(2 ** 27)), 2 ** 28, SHA),
  ],
  ["raw results nested without end", /nested more than 64/, (f) => editRaw(f, () => "[".repeat(3e5))],
  [
    "raw results with __proto__",
    /not allowed/,
    (f) => editRaw(f, (t) => t.replace('"counters":{', '"counters":{"__proto__":[1],')),
  ],
  [
    "a raw cell twice",
    /holds \d+ cells; expected/,
    (f) => editRaw(f, (t) => `[${t.slice(1, t.indexOf('},{"hash"') + 1)},${t.slice(1)}`),
  ],
  [
    "a counter that is infinite",
    /Infinity|finite|number/,
    (f) => editRaw(f, (t) => t.replace(/"over":\[\d/, '"over":[1e999')),
  ],
  ["a counter that is no number", /counters/, (f) => editRaw(f, (t) => t.replace(/"over":\[\d/, '"over":["x"'))],
  ["a negative number of episodes", /episodes/, (f) => editRaw(f, (t) => t.replace('"episodes":6', '"episodes":-6'))],
  ["no policies", /There is no file/, (f) => rmSync(archiveOf(f))],
  [
    "policies that are a link",
    /symbolic link/,
    (f) => {
      const archive = archiveOf(f);
      rmSync(archive);
      symlinkSync("../secret.txt", archive);
    },
  ],
  ["policies that do not unpack", /does not unpack/, (f) => writeFileSync(archiveOf(f), "no Brotli")],
  [
    "policies that unpack to more than a quarter of a gigabyte",
    /unpacks to more than/,
    (f) => writeFileSync(archiveOf(f), brotliCompressSync(Buffer.alloc(2 ** 28 + 1), { params: QUICKLY })),
  ],
  [
    "a policy under another's name",
    /another policy than its name/,
    (f) =>
      editPolicies(f, (files) => {
        const [from, to] = [...files.keys()].filter((name) => name.endsWith(".json"));
        for (const end of [".json", ".safetensors"]) {
          files.set(to.replace(".json", end), files.get(from.replace(".json", end))!);
        }
      }),
  ],
  [
    "a policy that is missing",
    /not whole/,
    (f) => editPolicies(f, (files) => files.delete([...files.keys()].find((name) => name.endsWith(".json"))!)),
  ],
];
