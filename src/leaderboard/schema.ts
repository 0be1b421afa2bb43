import { z } from "zod";
import { name } from "../benchmark/schema.ts";
import { canonical, digest } from "../data/canonical.ts";

const sha = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .describe("SHA-256, 64 hexadecimal digits");
/** Words of strangers, to be shown: no control or format characters, and no letters of two alphabets that look alike. */
export const short = z
  .string()
  .min(1)
  .max(200)
  .refine(
    (text) => !/[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}\p{Zl}\p{Zp}]/u.test(text),
    "expected no control or format characters",
  )
  .refine(
    (text) => text === text.normalize("NFKC").trim(),
    "expected plain letters (Unicode NFKC), no spaces round them",
  )
  .refine((text) => !mixed(text), "expected letters of one alphabet in a word: others look alike");
const mixed = (text: string) =>
  text
    .split(/[^\p{L}\p{M}]+/u)
    .some(
      (word) =>
        ["Latin", "Greek", "Cyrillic"].filter((script) => new RegExp(`\\p{Script=${script}}`, "u").test(word)).length >
        1,
    );
const estimate = z.strictObject({ mean: z.number(), low: z.number().nullable(), high: z.number().nullable() });

/** Of a point, what every entry has; what else `frontier.json` gives stands beside it and is recomputed just so. */
const point = z.looseObject({
  knobs: z.record(z.string().max(100), z.union([z.number(), z.enum(["Infinity", "-Infinity"])])),
  defence: z.string().max(200),
  anchor: z.enum(["no-defence", "lockdown", "random-defence"]).nullable(),
  cleanUtility: estimate,
  attackedUtility: estimate,
  security: estimate.describe("under the worst attack found; stronger ones may exist"),
  worstAttack: z.string().max(200),
  attacks: z.record(z.string().max(100), z.looseObject({ utility: estimate, security: estimate })),
  effort: z.looseObject({ attacks: z.int().min(0), trainingSteps: z.number().min(0) }),
});

/** The frontier as `frontier.json` has it. */
export const resultSchema = z.looseObject({
  schema: z.literal(1),
  benchmark: name,
  question: z.string().max(2000),
  config: sha,
  axes: z.looseObject({ utility: z.string().max(100), security: z.string().max(100) }),
  runs: z.int().min(1),
  illustrative: z.boolean(),
  attacks: z.array(z.looseObject({ name: z.string().max(100), kind: z.string().max(100) })).max(200),
  points: z.array(point).min(1).max(5000),
  anchors: z.array(point).max(10),
  front: z.looseObject({ hypervolume: z.number(), anchors: z.number(), score: z.looseObject(estimate.shape) }),
});

const control = z.strictObject({ cleanUtility: estimate, security: estimate }).nullable();

/** Raw results of cells: a file beside the entry, by the digest of what it unpacks to. */
const raw = z.strictObject({
  cells: z.int().min(0).max(500_000),
  bytes: z
    .int()
    .min(2)
    .max(2 ** 28),
  sha256: sha,
});
const evidence = z.strictObject({
  cells: raw,
  policies: z.array(sha).max(100_000).describe("digests of all trained policies, in order"),
});

/** What the author says: the part that the entry's id is the digest of. */
const claim = z.strictObject({
  name,
  authors: z.array(short).max(50),
  masque: short,
  made: z.strictObject({ node: short, platform: short, arch: short }).describe("where it was computed"),
  environment: z.strictObject({ id: short, digest: sha }),
  track: name.nullable().describe("the track it enters"),
  code: z
    .array(z.strictObject({ file: z.string().max(500), sha256: sha }))
    .max(1000)
    .describe("files of plug-ins that took part; empty where all code is Masque's"),
  protocol: z.strictObject({
    hash: sha,
    given: z.record(z.string().max(100), z.unknown()).describe("the benchmark file, overrides applied"),
    resolved: z.record(z.string().max(100), z.unknown()).describe("all that results depend on, defaults filled in"),
  }),
  result: resultSchema,
  controls: z.strictObject({
    noDefence: control,
    lockdown: control,
    randomDefence: control,
    honestOnly: control.describe("no defence, and attackers who play `none`"),
  }),
  evidence,
});

export const entryFileSchema = z.strictObject({
  schema: z.literal(2),
  id: sha.describe("SHA-256 of the canonical JSON of `claim`"),
  claim,
});

export type EntryFile = z.output<typeof entryFileSchema>;
export type Claim = EntryFile["claim"];
export type EntryResult = z.output<typeof resultSchema>;
export type Evidence = Claim["evidence"];

/** JSON Schema of an entry, for tools. */
export function entryJsonSchema(): unknown {
  return z.toJSONSchema(entryFileSchema, { io: "input" });
}

/** The one spelling of an entry: canonical JSON, nothing after it. */
export function encodeEntry(entry: EntryFile): string {
  return canonical(entry);
}

export const claimDigest = (of: Claim): string => digest(of);

const knobs = z.record(z.string().max(100), z.union([z.number(), z.enum(["Infinity", "-Infinity"])]));

/** What a verifier measured of an entry's defence on its track, on seeds of his own: what it is ranked by. */
const standing = z.strictObject({
  root: z.int().min(0).describe("from the entry's id and the verifier's number"),
  runs: z.int().min(1),
  episodes: z.strictObject({ select: z.int().min(1), test: z.int().min(1) }),
  axes: z.strictObject({
    utility: z.string().max(100),
    security: z.string().max(100),
    arm: z.enum(["clean", "attacked"]),
  }),
  score: estimate,
  points: z
    .array(
      z.strictObject({
        knobs,
        defence: z.string().max(200),
        anchor: z.enum(["no-defence", "lockdown", "random-defence"]).nullable(),
        counts: z.boolean().describe("false beside the grid and below a floor"),
        utility: estimate,
        security: estimate,
        band: z
          .strictObject({ low: z.number(), high: z.number() })
          .nullable()
          .describe("as reckoned when it was verified: a restatement leaves it alone"),
        worst: z.string().max(100),
        exact: z.number().nullable().describe("security under an exact best response, where theory knows it"),
        attacks: z.record(z.string().max(100), z.number()).describe("security under each, in the mean"),
      }),
    )
    .min(1)
    .max(1010),
  attacks: z.array(sha).max(1000).describe("accepted attacks of others that it met"),
  cells: z.int().min(1),
  behaviour: sha.describe("what its defence does on probe episodes: equal defences have equal ones"),
});

const ofBoard = {
  number: z.int().min(1).describe("statements of a board are numbered: the first stands"),
  by: short,
};
export const verificationSchema = z.strictObject({
  kind: z.literal("verification"),
  ...ofBoard,
  entry: sha,
  masque: short,
  machine: short,
  track: z.strictObject({ name, digest: sha }).nullable(),
  nonce: z.string().regex(/^[\w-]{1,64}$/),
  /** Cells of the author that were executed again, and trainings repeated, of how many. */
  cells: z.tuple([z.int().min(0), z.int().min(0)]),
  trainings: z.tuple([z.int().min(0), z.int().min(0)]),
  mismatches: z.array(z.string().max(2000)).max(20),
  breaches: z.array(z.string().max(2000)).max(20).describe("why it may not enter its track"),
  standing: standing.nullable(),
});
const statement = z.discriminatedUnion("kind", [
  verificationSchema,
  z.strictObject({
    kind: z.literal("attack"),
    ...ofBoard,
    attack: sha,
    nonce: z.string().regex(/^[\w-]{1,64}$/),
    lowered: z.array(short).max(1000),
  }),
  z.strictObject({
    kind: z.literal("recording"),
    ...ofBoard,
    tape: sha,
    masque: short,
    machine: short,
    label: z.enum(["recorded", "reproduced"]),
    metrics: z.record(z.string().max(100), z.number()).describe("as the keeper's own playing gave them"),
    mismatches: z.array(z.string().max(2000)).max(20),
  }),
  z.strictObject({ kind: z.literal("retraction"), ...ofBoard, of: sha, reason: short }),
  z.strictObject({
    kind: z.literal("restatement"),
    ...ofBoard,
    entry: sha,
    of: sha.describe("the entry as it was: the same episodes, reckoned otherwise"),
    masque: short,
    changed: z.array(short).min(1).max(200).describe("which numbers differ"),
  }),
]);

const hex = (bytes: number) => z.string().regex(new RegExp(`^[0-9a-f]{${2 * bytes}}$`));
export const recordSchema = z.strictObject({
  statement,
  key: hex(32).describe("the signer's public key, Ed25519"),
  signature: hex(64).describe("of the canonical JSON of `statement`"),
});
export const recordsSchema = z.strictObject({ schema: z.literal(1), records: z.array(recordSchema).max(1000) });

export type Standing = z.output<typeof standing>;
export type Statement = z.output<typeof statement>;
export type VerificationStatement = Extract<Statement, { kind: "verification" }>;
export type Restatement = Extract<Statement, { kind: "restatement" }>;
export type SignedRecord = z.output<typeof recordSchema>;

export const keepersSchema = z.strictObject({
  schema: z.literal(1),
  keepers: z.array(z.strictObject({ name: short, key: hex(32) })).max(100),
});

/** An attack that a board accepted: its policies lie beside the file. */
export const attackFileSchema = z.strictObject({
  schema: z.literal(1),
  id: sha.describe("SHA-256 of the canonical JSON of the rest"),
  name,
  authors: z.array(short).max(50),
  track: name,
  environment: short,
  policies: z.record(short, sha),
});
export type AttackFile = z.output<typeof attackFileSchema>;
