import { z } from "zod";

/** What benchmarks and attacks may be called: fit for a file's name. */
export const name = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]*$/, "expected lower-case words joined by hyphens")
  .max(60);
const steps = z.int("expected a whole number of environment steps, as in 1_000_000").min(1).max(1e12);
const oneOrMore = <T extends z.ZodType>(item: T) => z.union([item, z.array(item).min(1).max(64)]);

const level = z.union([z.number(), z.literal(Number.POSITIVE_INFINITY), z.literal(Number.NEGATIVE_INFINITY)]);

const settings = z
  .record(z.string(), z.unknown())
  .default({})
  .describe("settings of the baseline that differ from its defaults");

const policyPath = z
  .string()
  .min(1)
  .max(1000)
  .refine((path) => !path.includes("\0"), "expected a path without NUL");
const from = policyPath
  .optional()
  .describe(
    "saved policies whose weights training starts from, one of every role that learns: a folder, or a file; relative to this file",
  );

/** Members of a portfolio that need no setting. */
export const attackWord = z.enum(
  ["none", "random", "scripted"],
  "expected none, random, scripted, { scripted: NAME }, { search: NAME, budget: STEPS }, { baseline: ID, budget: STEPS } or { policy: FILE }",
);

/** Some of the environment's scripted attacks, by name. */
export const scriptedEntry = z.strictObject({
  scripted: oneOrMore(z.string()).describe("names of attacks: masque show ENVIRONMENT"),
});

/** A scripted attack whose dials stand elsewhere than it declares. */
export const settingEntry = z.strictObject({
  name: name.optional().describe("what results call it; the script's name and `-set` when omitted"),
  scripted: z.string().describe("an attack that has dials: masque show ENVIRONMENT"),
  set: z
    .record(z.string(), z.number())
    .refine((set) => Object.keys(set).length > 0, "expected at least one dial, as in { period: 3 }")
    .describe("values of its dials; those left out are as declared"),
});

/** A scripted attack whose dials are searched at every point, against the very defence there. */
export const searchEntry = z.strictObject({
  name: name.optional().describe("what results call it; the script's name and `-search` when omitted"),
  search: z.string().describe("an attack that has dials: masque show ENVIRONMENT"),
  budget: steps.describe("environment steps of the search, at every point"),
  lambda: z
    .number()
    .min(0)
    .max(1e6)
    .default(0)
    .describe("it lowers security + λ · utility under attack, the benchmark's axes"),
  config: z
    .record(z.string(), z.unknown())
    .default({})
    .describe("settings of the search that differ from its defaults: masque show script-search"),
});

/** A learned attack. */
export const learnedEntry = z.strictObject({
  name: name.optional().describe("what results call it; the baseline's id when omitted"),
  baseline: z.string(),
  budget: steps.describe("environment steps per knob level"),
  conditioned: z
    .boolean()
    .default(false)
    .describe("one training for all levels, the knobs being inputs of the network"),
  lambda: z
    .number()
    .min(0)
    .max(1e6)
    .optional()
    .describe("learn to lower security + λ · utility under attack, instead of what the environment pays"),
  from,
  config: settings,
});

/** A trained policy as it was saved. */
export const storedEntry = z.strictObject({
  name: name.optional().describe("what results call it; the file's name when omitted"),
  policy: policyPath.describe("a saved policy (without .json), or a folder of one a role; relative to this file"),
});

/** Defenders that learn: one defence for every λ. */
export const learnedDefence = z.strictObject({
  name: name.max(40).default("learned").describe("results call the defences NAME-λ"),
  baseline: z.string(),
  budget: steps.describe("environment steps of the defender, in every round"),
  lambda: oneOrMore(z.number().min(0).max(1e6)).describe("worth of security: they learn utility + λ · security"),
  least: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe(
      "security to leave under the worst attack: λ begins as given, rises while it is missed and falls while it is met",
    ),
  from,
  config: settings,
  knobs: z
    .record(z.string(), oneOrMore(level))
    .optional()
    .describe("levels where they are trained; those of defence.knobs when omitted"),
  attacker: z
    .union([z.literal("none"), z.strictObject({ baseline: z.string(), budget: steps, from, config: settings })])
    .optional()
    .describe("a learner met in training only, beside the scripted attacks; the portfolio's first when omitted"),
  rounds: z
    .int()
    .min(1)
    .max(10)
    .default(2)
    .describe("in each, such an attacker learns against the defence so far, and a new defender against all of them"),
});

export type LearnedEntry = z.output<typeof learnedEntry>;
export type LearnedDefenceEntry = z.output<typeof learnedDefence>;
export type StoredEntry = z.output<typeof storedEntry>;
export type SettingEntry = z.output<typeof settingEntry>;
export type SearchEntry = z.output<typeof searchEntry>;

/** The schema of a member, told by its shape: a union of all would explain mistakes badly. */
export function entrySchema(entry: unknown): z.ZodType {
  if (typeof entry !== "object" || entry === null || Array.isArray(entry)) return attackWord;
  if (Object.hasOwn(entry, "policy")) return storedEntry;
  if (Object.hasOwn(entry, "search")) return searchEntry;
  if (Object.hasOwn(entry, "set")) return settingEntry;
  return Object.hasOwn(entry, "scripted") ? scriptedEntry : learnedEntry;
}

export type PortfolioEntry =
  | z.output<typeof attackWord>
  | z.output<typeof scriptedEntry>
  | z.output<typeof settingEntry>
  | z.output<typeof searchEntry>
  | z.output<typeof learnedEntry>
  | z.output<typeof storedEntry>;

/** What a benchmark file says. Lists under `defence` make a grid. */
export const benchmarkSchema = z.strictObject({
  schema: z.literal(1).describe("version of this form"),
  name: name.describe("what results call it: lower-case words joined by hyphens"),
  question: z.string().max(2000).default("").describe("what it asks, in a sentence: the title of its report"),
  track: name
    .optional()
    .describe("the track it enters: what the file leaves out is the track's, its portfolio is added"),
  environment: z
    .strictObject(
      {
        id: z.string().describe("an environment, with its version: masque list environments"),
        params: z
          .record(z.string(), z.unknown())
          .default({})
          .describe(
            "parameters that differ from its defaults: masque show ENVIRONMENT; `preset` stands for a named set",
          ),
      },
      "expected a map with its id, as in { id: covert-wire-v0 }",
    )
    .describe("the game"),
  defence: z
    .strictObject({
      knobs: z
        .record(z.string(), z.union([z.literal("grid"), level, z.array(level).min(1).max(1000)]))
        .default({})
        .describe('levels by knob; "grid" stands for the environment\'s own'),
      policy: oneOrMore(z.union([z.string(), storedEntry]))
        .default("default")
        .describe("scripted defences (`default`, `random`, or names), or saved policies: { policy: FILE }"),
      learned: oneOrMore(learnedDefence).optional().describe("defenders that learn, beside the scripted ones"),
    })
    .prefault({})
    .describe("what is measured: a point for every combination of levels and policies"),
  portfolio: z
    .array(z.unknown(), "expected a list, as in [none, scripted, { baseline: mappo, budget: 1_000_000 }]")
    .min(1)
    .max(100)
    .describe("the attacks that every point meets; `none` is always among them"),
  effort: z
    .array(z.number().gt(0).lt(1))
    .max(16)
    .default([])
    .describe("shares of every learned attack's budget at which it is trained and scored as well"),
  check: z
    .strictObject({
      levels: z
        .int()
        .min(0)
        .max(64)
        .default(2)
        .describe("interior levels where conditioned attacks are trained alone as well"),
    })
    .prefault({})
    .describe("trainings beside the portfolio that show what sharing costs"),
  seeds: z
    .strictObject({
      root: z.int().min(0).max(Number.MAX_SAFE_INTEGER).default(1).describe("all randomness comes of it"),
      runs: z.int().min(1).max(1000).default(5).describe("trainings, and repetitions of every evaluation"),
    })
    .prefault({})
    .describe("where randomness comes from, and how often it is drawn anew"),
  episodes: z
    .strictObject({
      select: z.int().min(1).max(1_000_000).default(64).describe("a run: the worst attack is chosen on them"),
      test: z.int().min(1).max(1_000_000).default(256).describe("a run: everything is scored on them"),
    })
    .prefault({})
    .describe("how many are played of every attack at every point, in each arm"),
  axes: z
    .strictObject({
      utility: z.string().optional().describe("the metric across; the environment's first of utility"),
      security: z.string().optional().describe("the metric up; the environment's first of security"),
      floor: z
        .number()
        .min(0)
        .max(1)
        .default(0.9)
        .describe("where both axes are security: clean utility below which a point counts for nothing"),
      more: z.array(z.string()).min(1).max(2).optional().describe("further metrics, for hypervolume in all of them"),
    })
    .prefault({})
    .describe("metrics to draw; the environment's first of each axis when omitted"),
  score: z
    .string()
    .default("hypervolume")
    .describe("`hypervolume`, or a formula over metrics whose greatest value over the points counts"),
  backend: z.enum(["wasm", "node", "cpu"]).default("wasm").describe("of TensorFlow.js, in trainings"),
  checkpoint: z
    .int()
    .min(1)
    .max(1e9)
    .optional()
    .describe(
      "iterations between checkpoints of trainings, from where a killed one goes on (cma-es, script-search and random train in " +
        "one go). At each of PPO's all copies begin new episodes, so it is a part of the question",
    ),
});

export type BenchmarkConfig = Omit<z.output<typeof benchmarkSchema>, "portfolio"> & {
  readonly portfolio: readonly PortfolioEntry[];
};

/** JSON Schema of a benchmark file, for editors. */
export function benchmarkJsonSchema(): unknown {
  const entry = z.union([attackWord, scriptedEntry, settingEntry, searchEntry, learnedEntry, storedEntry]);
  const finite = z.union([z.literal("grid"), z.number(), z.array(z.number()).min(1)]);
  const defence = z.strictObject({
    knobs: z.record(z.string(), finite).optional(),
    policy: oneOrMore(z.union([z.string(), storedEntry])).optional(),
    learned: oneOrMore(
      learnedDefence.extend({ knobs: z.record(z.string(), oneOrMore(z.number())).optional() }),
    ).optional(),
  });
  const schema = benchmarkSchema.extend({ portfolio: z.array(entry).min(1), defence: defence.optional() });
  return z.toJSONSchema(schema, { io: "input" });
}

/** Names a strict schema knows at a path; none where anything goes. */
export function keysAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): string[] {
  const inner = unwrap(schema);
  if (inner instanceof z.ZodObject) {
    if (path.length === 0) return Object.keys(inner.shape);
    const [head, ...rest] = path;
    return typeof head === "string" && Object.hasOwn(inner.shape, head) ? keysAt(inner.shape[head], rest) : [];
  }
  return inner instanceof z.ZodArray && path.length > 0 ? keysAt(inner.element, path.slice(1)) : [];
}

function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault || schema instanceof z.ZodOptional) {
    return unwrap(schema.def.innerType);
  }
  return schema;
}
