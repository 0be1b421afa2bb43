import { z } from "zod";
import {
  benchmarkSchema,
  learnedDefence,
  learnedEntry,
  scriptedEntry,
  searchEntry,
  settingEntry,
  storedEntry,
} from "../benchmark/schema.ts";
import { type JsonSchema, typeText } from "./describe.ts";

const MARK = "<!-- Made by `npm run docs` from the schema of benchmark files: change src/benchmark/schema.ts. -->";

const EXAMPLE = `\`\`\`yaml
schema: 1
name: tolerances
question: Does less tolerance buy more service under attack?
environment: { id: swarm-flood-v0, params: { steps: 64 } }
defence:
  knobs: { tolerance: [3.2, 2, 1.2] }
portfolio:
  - none
  - random
  - scripted                                        # all of the environment's attacks
  - { scripted: [flood, hug-pulse] }                # or some of them, by name
  - { scripted: hug-pulse, set: { period: 3 } }     # one at another setting of its dials
  - { search: hug-pulse, budget: 200_000 }          # one whose dials are searched at every level
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
      `\n\n### A scripted attack at a setting of its dials\n\n${tableOf(schemaOf(settingEntry))}\n\n### A scripted attack that is tuned\n\nIts dials are searched by [CMA-ES](https://arxiv.org/abs/1604.00772) against the very defence of every point, in every run; what is found is scored on fresh episodes, as any attack. \`masque tune\` does the same by itself.\n\n${tableOf(schemaOf(searchEntry))}` +
      `\n\n### A learned attack\n\nWith \`from\` it starts from weights that \`masque train\` or another run left, by the baselines that can (\`masque train --from\` takes the same ones), and so do defenders that learn. Their digests are a part of the question: other weights make another benchmark, and an entry carries them. What was spent on them before is in no budget. A conditioned attack that starts so is not trained alone beside (\`check\`).\n\n${tableOf(schemaOf(learnedEntry))}\n\n### A saved attack\n\n${tableOf(schemaOf(storedEntry))}`,
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
