import { z } from "zod";
import { explainIssue, firstIssue, InputError } from "../data/errors.ts";

const name = z.string().max(200);
const whole = z.int().min(0);

/** Bodies of the requests that are JSON. Unknown keys are refused: a newer client's wish is not silently dropped. */
export const requests = {
  hello: z.strictObject({ protocol: z.int(), client: name.optional() }),
  describe: z.strictObject({ environment: name, params: z.record(name, z.unknown()).default({}) }),
  make: z.strictObject({
    environment: name,
    params: z.record(name, z.unknown()).default({}),
    copies: z.int().min(1).max(65536).default(1),
    seed: whole.default(0),
    split: z
      .array(z.union([name, whole]))
      .min(1)
      .max(16)
      .default(["default"]),
    autoreset: z.enum(["same-step", "next-step", "disabled"]).default("same-step"),
    maxCycles: z.int().min(1).optional(),
    /** Roles that the client plays; the server plays the others by these names, as in `masque eval`. Default: all. */
    control: z.array(name).max(64).optional(),
    attack: name.optional(),
    defence: name.optional(),
    /** Play every ended episode again without attack, for metrics that compare. */
    clean: z.boolean().default(false),
  }),
  /** Of agents, the lines that they are reminded of: earlier steps, the latest last. */
  words: z.strictObject({ before: z.record(name, z.array(z.string().max(20_000)).max(64)).default({}) }),
  read: z.strictObject({ agent: name, reply: z.string() }),
  render: z.strictObject({
    mode: z.enum(["text", "svg", "rgb", "scene"]),
    copy: whole.default(0),
    width: z.int().min(40).max(4096).default(640),
  }),
};

export type Request<K extends keyof typeof requests> = z.output<(typeof requests)[K]>;

/** @throws InputError for what is no JSON, or not of the request's shape. */
export function parseRequest<K extends keyof typeof requests>(kind: K, body: Buffer): Request<K> {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch (error) {
    throw new InputError(`${kind}: expected JSON in UTF-8 (${(error as Error).message}).`);
  }
  const schema: z.ZodObject = requests[kind];
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data as Request<K>;
  throw new InputError(
    `${kind}: ${explainIssue(firstIssue(parsed.error.issues), json, () => Object.keys(schema.shape))}`,
  );
}
