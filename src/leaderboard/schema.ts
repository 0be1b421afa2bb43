import { z } from "zod";
import { name } from "../benchmark/schema.ts";
import { canonical, digest } from "../data/canonical.ts";

const sha = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .describe("SHA-256, 64 hexadecimal digits");
const short = z
  .string()
  .min(1)
  .max(200)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  .regex(/^[^\u0000-\u001f\u007f\u202a-\u202e\u2066-\u2069]*$/, "expected no control characters");
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
  track: sha.describe("entries of one track are comparable: same environment, parameters and axes"),
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

/** Attacks that others submitted against the entry, and what is left of it under all of them. */
const external = z.strictObject({
  attacks: z
    .array(z.strictObject({ name, authors: z.array(short).max(50), policies: z.record(short, sha) }))
    .min(1)
    .max(100),
  result: resultSchema,
  evidence,
});

const record = z.strictObject({
  by: short,
  outcome: z.enum(["reproduced", "disputed"]),
  masque: short,
  machine: short,
  /** Re-executed cells and repeated trainings, of how many. */
  cells: z.tuple([z.int().min(0), z.int().min(0)]),
  trainings: z.tuple([z.int().min(0), z.int().min(0)]),
  nonce: z.string().max(64),
  mismatches: z.array(z.string().max(2000)).max(20),
});

export const entryFileSchema = z.strictObject({
  schema: z.literal(1),
  id: sha.describe("SHA-256 of the canonical JSON of `claim`"),
  status: z.enum(["claimed", "reproduced", "disputed"]),
  claim,
  external: external.optional(),
  records: z.array(record).max(1000).describe("what others found when they verified it"),
});

export type EntryFile = z.output<typeof entryFileSchema>;
export type Claim = EntryFile["claim"];
export type External = NonNullable<EntryFile["external"]>;
export type VerificationRecord = EntryFile["records"][number];
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

/**
 * The state that an entry's records and external attacks add up to. An author cannot reproduce his own entry; one failed
 * verification, or an attack that beats a claimed point, disputes it.
 */
export function statusOf({
  claim,
  external,
  records,
}: Pick<EntryFile, "claim" | "external" | "records">): EntryFile["status"] {
  if (records.some(({ outcome }) => outcome === "disputed")) return "disputed";
  if (external && beaten(claim.result, external.result).length > 0) return "disputed";
  return byOthers({ claim, records }).length > 0 ? "reproduced" : "claimed";
}

/**
 * Whole verifications by people who are not among the authors: every cell executed, and a training where there are any.
 * Nobody can be told from the authors of an entry without names: it stays claimed.
 */
export function byOthers({ claim, records }: Pick<EntryFile, "claim" | "records">): VerificationRecord[] {
  const plain = (name: string) => name.normalize("NFKC").trim().toLowerCase();
  const authors = claim.authors.map(plain);
  if (authors.length === 0) return [];
  return records.filter(
    ({ by, cells: [executed, all], trainings: [repeated, trained] }) =>
      !authors.includes(plain(by)) && executed === all && (repeated > 0 || trained === 0),
  );
}

/** Declared points whose security an external attack took below what the claim's interval allows. */
export function beaten(claimed: EntryResult, lowered: EntryResult): number[] {
  return claimed.points.flatMap(({ security }, i) => {
    const left = lowered.points[i]?.security.mean ?? security.mean;
    return left < (security.low ?? security.mean) - 1e-12 ? [i] : [];
  });
}
