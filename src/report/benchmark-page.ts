import { z } from "zod";
import { benchmarkSchema, learnedDefence, learnedEntry, scriptedEntry, storedEntry } from "../benchmark/schema.ts";
import { type JsonSchema, typeText } from "./describe.ts";

const MARK = "<!-- Made by `npm run docs` from the schema of benchmark files: change src/benchmark/schema.ts. -->";

const EXAMPLE = `\`\`\`yaml
schema: 1
name: two-walls
question: Do more false alarms buy more secrecy?
environment: { id: covert-wire-v0, params: { slots: 16 } }
defence:
  knobs: { falseAlarm: [0.05, 0.2, 0.5] }
portfolio:
  - none
  - random
  - scripted                                        # all of the environment's attacks
  - { scripted: [loud, code-1] }                    # or some of them, by name
  - { baseline: cem, budget: 20_000 }               # one that is trained at every level
  - { name: mine, policy: my-attack }               # or a saved one
seeds: { runs: 5 }
episodes: { select: 64, test: 256 }
\`\`\``;

/** The reference page of benchmark files, in Markdown: every key with what it takes and what it is when left out. */
export function benchmarkPage(): string {
  const json = schemaOf(benchmarkSchema);
  const sections = [
    `# Benchmark files\n\n${MARK}`,
    "A benchmark is a YAML file that `masque run FILE` turns into a frontier. `masque schema benchmark` prints its JSON Schema, for " +
      "editors that know `# yaml-language-server: $schema=…`. On the command line `path=value` overrides a key: `masque run FILE seeds.runs=10`.",
    `One of everything but \`mine\`, which has to be trained first:\n\n${EXAMPLE}`,
    `## Keys\n\n${tableOf(json)}`,
    `## Members of the portfolio\n\nThe words \`none\`, \`random\` and \`scripted\`, or one of these.\n\n### Scripted attacks by name\n\n${tableOf(schemaOf(scriptedEntry))}` +
      `\n\n### A learned attack\n\n${tableOf(schemaOf(learnedEntry))}\n\n### A saved attack\n\n${tableOf(schemaOf(storedEntry))}`,
    `## Defenders that learn\n\nUnder \`defence.learned\`, one or a list.\n\n${tableOf(schemaOf(learnedDefence))}`,
  ];
  return `${sections.join("\n\n")}\n`;
}

interface Described extends JsonSchema {
  readonly properties?: Readonly<Record<string, Described>>;
  readonly required?: readonly string[];
  readonly default?: unknown;
}

const schemaOf = (schema: z.ZodType): Described =>
  z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as Described;

/** Rows of a schema's keys, those of groups under their path. */
function tableOf(schema: Described): string {
  const rows: string[][] = [];
  const walk = ({ properties = {}, required = [] }: Described, prefix: string): void => {
    for (const [key, value] of Object.entries(properties)) {
      const fallback = required.includes(key)
        ? "needed"
        : value.default === undefined
          ? ""
          : JSON.stringify(value.default);
      rows.push([
        `\`${prefix}${key}\``,
        value.properties ? "group" : key === "portfolio" ? "list of attacks, see below" : typeText(value),
        fallback === "{}" ? "" : fallback,
        value.description ?? "",
      ]);
      if (value.properties && prefix === "") walk(value, `${key}.`);
    }
  };
  walk(schema, "");
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(["key", "takes", "when left out", "meaning"]), "| --- | --- | --- | --- |", ...rows.map(line)].join(
    "\n",
  );
}
