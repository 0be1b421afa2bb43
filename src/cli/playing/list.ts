import { type FindTrack, loadConfig } from "../../benchmark/config.ts";
import { pretty } from "../../data/canonical.ts";
import { unknownName } from "../../data/errors.ts";
import { openRegistry, type Problem } from "../../library/registry.ts";
import { baselineJson, environmentJson } from "../../report/describe.ts";
import { number, table } from "../../report/text.ts";
import { DONE, type Io } from "../io.ts";
import { finder } from "../runs/open.ts";

const KINDS = ["environments", "baselines", "benchmarks"] as const;

/** masque list */
export async function run(
  io: Io,
  [kind]: readonly string[],
  options: { json?: boolean; plugins?: string[] },
): Promise<number> {
  const chosen = KINDS.filter((one) => kind === undefined || one === kind || one === `${kind}s`);
  if (chosen.length === 0) throw unknownName("kind of thing to list", kind, KINDS);
  const registry = openRegistry(options.plugins);
  const problems: Problem[] = [];
  const found: Record<string, unknown[]> = {};
  for (const one of chosen) {
    if (one === "environments")
      found[one] = (await registry.environments(problems)).map(({ env }) => environmentJson(env));
    if (one === "baselines") found[one] = (await registry.baselines(problems)).map(baselineJson);
    if (one === "benchmarks")
      found[one] = [...registry.benchmarks()].map(([name, file]) =>
        benchmarkSummary(name, file, problems, finder(registry)),
      );
  }
  if (options.json) io.out(pretty(chosen.length === 1 ? found[chosen[0]] : found));
  else io.out(chosen.map((one) => section(io, one, found[one])).join("\n"));
  for (const { file, message } of problems) io.err(`masque: ${file}: ${message}\n`);
  return DONE;
}

function section(io: Io, kind: (typeof KINDS)[number], items: readonly unknown[]): string {
  const title = `${io.paint("bold", kind)}${items.length === 0 ? ": none" : ""}\n`;
  if (items.length === 0) return title;
  if (kind === "environments") {
    const rows = (items as ReturnType<typeof environmentJson>[]).map(({ id, threat, knobs }) => [
      `  ${id}`,
      threat,
      Object.entries(knobs)
        .map(([name, { off, lockdown }]) => `${name} ${number(off)}…${number(lockdown)}`)
        .join(", "),
    ]);
    return title + table([["  id", "threat", "knobs (off…lockdown)"], ...rows], io.paint);
  }
  if (kind === "baselines") {
    const rows = (items as ReturnType<typeof baselineJson>[]).map(({ id, coordination, summary }) => [
      `  ${id}`,
      coordination,
      summary,
    ]);
    return title + table([["  id", "for sides", "summary"], ...rows], io.paint);
  }
  const rows = (items as ReturnType<typeof benchmarkSummary>[]).map(({ name, environment, question }) => [
    `  ${name}`,
    environment,
    question,
  ]);
  return title + table([["  name", "environment", "question"], ...rows], io.paint);
}

/** A benchmark's name, environment and question; a file that does not parse is a problem, and says so in their place. */
export function benchmarkSummary(name: string, file: string, problems: Problem[], findTrack: FindTrack) {
  try {
    const { config } = loadConfig(file, [], findTrack);
    return { name, file, environment: config.environment.id, question: config.question };
  } catch (error) {
    problems.push({ file, message: (error as Error).message });
    return { name, file, environment: "", question: "(does not parse)" };
  }
}
