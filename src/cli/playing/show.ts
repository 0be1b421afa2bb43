import { stringify } from "yaml";
import { pretty, toJson } from "../../data/canonical.ts";
import { InputError, nearest } from "../../data/errors.ts";
import { openRegistry } from "../../library/registry.ts";
import { baselineJson, describeEnvironment, type Parameter } from "../../report/describe.ts";
import { choiceText } from "../../report/environment-page.ts";
import { fold, number, table } from "../../report/text.ts";
import { describePoint, makePlan } from "../../run/plan.ts";
import { DONE, type Io } from "../io.ts";
import { nearby, openBenchmark } from "../runs/open.ts";
import { counts } from "../runs/run.ts";
import { findEnvironment } from "./choose.ts";

/** masque show */
export async function run(
  io: Io,
  [id]: readonly string[],
  options: { json?: boolean; plugins?: string[] },
): Promise<number> {
  const registry = openRegistry(options.plugins);
  if (registry.environmentNames().includes(id.replace(/-v\d+$/, ""))) {
    const plugin = await findEnvironment(registry, id);
    const found = await describeEnvironment(plugin);
    const benchmark = [...registry.benchmarks()].find(([name]) => name === plugin.name);
    const also = benchmark ? `\nThere is a benchmark of this name too: masque show ${nearby(benchmark[1])}\n` : "";
    io.out(options.json ? pretty(found) : environmentText(io, found) + also);
  } else if (registry.baselineNames().includes(id)) {
    const found = baselineJson(await registry.baseline(id));
    io.out(options.json ? pretty(found) : baselineText(io, found));
  } else if (registry.benchmarks().has(id) || /\.ya?ml$/.test(id)) {
    await showBenchmark(io, id, options);
  } else {
    const environments = (await registry.environments()).map(({ env }) => env.id);
    const known = [...environments, ...registry.baselineNames(), ...registry.benchmarks().keys()];
    const guess = nearest(id, known);
    throw new InputError(
      `Nothing is called "${id}".${guess ? ` Did you mean "${guess}"?` : ""} Known: ${known.join(", ")}.`,
    );
  }
  return DONE;
}

function environmentText(io: Io, found: Awaited<ReturnType<typeof describeEnvironment>>): string {
  const title = (text: string) => `\n${io.paint("bold", text)}\n`;
  const roles = Object.entries(found.roles).map(([name, { side, count, observation, action }]) => [
    `  ${name}`,
    side,
    String(count),
    action,
    observation,
  ]);
  const knobs = Object.entries(found.knobs).map(([name, { off, lockdown, grid }]) => [
    `  ${name}`,
    number(off),
    number(lockdown),
    grid.map((level) => number(level)).join(", "),
  ]);
  const metrics = Object.entries(found.metrics).map(([name, { axis, summary }]) => [`  ${name}`, axis, summary]);
  const scripts = (of: Readonly<Record<string, string>>) =>
    table([["  name", "summary"], ...Object.entries(of).map(([name, summary]) => [`  ${name}`, summary])], io.paint);
  return (
    `${io.paint("bold", found.id)}\n${fold(found.summary, io.columns)}threat: ${found.threat}\n` +
    title("Roles, at default parameters") +
    table([["  name", "side", "agents", "action", "observation"], ...roles], io.paint) +
    (found.horizon === null ? "" : `  at most ${found.horizon} steps an episode\n`) +
    meaningText(io, found) +
    title("Parameters") +
    parameterText(io, found.params) +
    (knobs.length > 0
      ? title("Knobs: parameters that are a defence's dial") +
        table([["  name", "off", "lockdown", "grid"], ...knobs], io.paint)
      : "") +
    (found.presets
      ? title("Presets: sets of parameters, as in preset=NAME") +
        table(
          [
            ["  name", "summary"],
            ...Object.entries(found.presets).map(([name, { summary }]) => [`  ${name}`, summary]),
          ],
          io.paint,
        )
      : "") +
    (found.text
      ? title("Text set: small parameters for language models, which masque llm plays at") +
        `  ${Object.entries(found.text)
          .map(([name, value]) => `${name}=${value}`)
          .join(" ")}\n`
      : "") +
    title("Metrics") +
    table([["  name", "axis", "summary"], ...metrics], io.paint) +
    title("Attacks") +
    (Object.keys(found.attacks).length > 0 ? scripts(found.attacks) : "  none\n") +
    title("Defences") +
    (Object.keys(found.defences).length > 0 ? scripts(found.defences) : "  none\n")
  );
}

/** What each role sees and does. */
function meaningText(io: Io, { roles }: Awaited<ReturnType<typeof describeEnvironment>>): string {
  const range = ({ low, high }: { low: number; high: number }) => `${number(low)} … ${number(high)}`;
  return Object.entries(roles)
    .map(([name, { meaning }]) => {
      const rows = [
        ...meaning.observation.map((part) => [
          `  sees ${part.name}${part.size > 1 ? `[${part.size}]` : ""}`,
          range(part),
          part.says ?? "",
        ]),
        ...meaning.action.map((choice, i) => [
          `  does${meaning.action.length > 1 ? ` [${i}]` : ""}`,
          range(choice),
          choiceText(choice),
        ]),
      ];
      return `\n${io.paint("bold", name)}\n${table([["  what", "range", "meaning"], ...rows.slice(0, MOST_ROWS)], io.paint)}${
        rows.length > MOST_ROWS ? `  … and ${rows.length - MOST_ROWS} more (--json lists them)\n` : ""
      }`;
    })
    .join("");
}

/** Rows of meanings that a terminal shows of one role. */
const MOST_ROWS = 24;

function baselineText(io: Io, { id, summary, paper, coordination, config }: ReturnType<typeof baselineJson>): string {
  return (
    `${io.paint("bold", id)}\n${fold(summary, io.columns)}${fold(paper, io.columns)}` +
    `controllers: ${coordination === "joint" ? "joint (they see their whole side)" : "factored (agents act on their own observations)"}\n` +
    `\n${io.paint("bold", "Settings")}\n${parameterText(io, config)}`
  );
}

function parameterText(io: Io, parameters: readonly Parameter[]): string {
  if (parameters.length === 0) return "  none\n";
  const rows = parameters.map(({ name, type, default: fallback, description }) => [
    `  ${name}`,
    type,
    fallback,
    description,
  ]);
  return table([["  name", "type", "default", ""], ...rows], io.paint);
}

async function showBenchmark(io: Io, id: string, options: { json?: boolean; plugins?: string[] }): Promise<void> {
  const { benchmark, file } = await openBenchmark(id, [], options.plugins);
  const plan = makePlan(benchmark);
  if (options.json) {
    io.out(
      pretty({
        file,
        hash: benchmark.hash,
        resolved: benchmark.resolved,
        points: toJson(benchmark.points),
        cells: plan.cells.length,
      }),
    );
    return;
  }
  const points = benchmark.points.map((point) => `  ${describePoint(point)}${point.declared ? "" : "  (yardstick)"}\n`);
  io.out(
    `${stringify(benchmark.resolved)}\n${io.paint("bold", "Points")}\n${points.join("")}\n` +
      `${counts(plan)}\nconfig ${benchmark.hash}\nfile ${file}\n`,
  );
}
