import { z } from "zod";
import { benchmarkJsonSchema } from "../benchmark/schema.ts";
import { pretty } from "../data/canonical.ts";
import { unknownName } from "../data/errors.ts";
import { entryJsonSchema } from "../leaderboard/schema.ts";
import { policySchema } from "../policy/data.ts";
import { DONE, type Io } from "./io.ts";

const SCHEMAS: Readonly<Record<string, () => unknown>> = {
  benchmark: benchmarkJsonSchema,
  entry: entryJsonSchema,
  policy: () => z.toJSONSchema(policySchema, { io: "input", unrepresentable: "any" }),
};

/** masque schema */
export async function run(io: Io, [kind]: readonly string[]): Promise<number> {
  if (!Object.hasOwn(SCHEMAS, kind)) throw unknownName("kind of file", kind, Object.keys(SCHEMAS));
  io.out(pretty(SCHEMAS[kind]()));
  return DONE;
}
