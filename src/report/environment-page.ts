import type { EnvironmentPlugin } from "../library/plugin.ts";
import { describeEnvironment } from "./describe.ts";
import { number } from "./text.ts";

const MARK = "<!-- Made by `npm run docs` from the environment and its page.md: change those. -->";

/**
 * The documentation page of an environment in Markdown: the prose of its `page.md` between what its definition says.
 * Undefined when it has no prose yet.
 */
export async function environmentPage(plugin: EnvironmentPlugin): Promise<string | undefined> {
  const prose = plugin.page();
  if (prose === undefined) return undefined;
  const found = await describeEnvironment(plugin);
  const sections = [
    `# ${found.id}\n\n${MARK}\n\n${found.summary}\n\n*Threat*: ${found.threat}.`,
    // The page's own title, if it has one, would stand twice.
    prose.replace(/^\s*# .*\n/, "").trim(),
    `## Roles\n\n${roles(found)}`,
    `## Parameters\n\n${markdownTable(
      ["name", "type", "default", "meaning"],
      found.params.map(({ name, type, default: fallback, description }) => [
        `\`${name}\``,
        type,
        fallback,
        description,
      ]),
    )}`,
    Object.keys(found.knobs).length === 0 ? "" : `## Knobs\n\n${knobs(found)}`,
    found.presets === undefined ? "" : `## Presets\n\n${presets(found.presets)}`,
    `## Metrics\n\n${markdownTable(
      ["name", "axis", "meaning"],
      Object.entries(found.metrics).map(([name, { axis, summary }]) => [`\`${name}\``, axis, summary]),
    )}\n\nCounters: ${found.counters.map((name) => `\`${name}\``).join(", ")}.`,
    `## Scripted play\n\n${markdownTable(
      ["attack", "what it does"],
      Object.entries(found.attacks).map(([name, summary]) => [`\`${name}\``, summary]),
    )}\n\n${markdownTable(
      ["defence", "what it does"],
      Object.entries(found.defences).map(([name, summary]) => [`\`${name}\``, summary]),
    )}`,
    `## Try it\n\n\`\`\`sh\nmasque show ${found.id}\nmasque eval ${found.id} --attack all\n\`\`\``,
  ];
  return `${sections.filter((section) => section !== "").join("\n\n")}\n`;
}

type Found = Awaited<ReturnType<typeof describeEnvironment>>;

function roles({ roles, horizon }: Found): string {
  const rows = Object.entries(roles).map(([name, { side, count, controller, action, observation }]) => [
    `\`${name}\``,
    side,
    String(count),
    controller,
    action,
    observation,
  ]);
  const length = horizon === null ? "" : ` An episode has at most ${horizon} steps.`;
  const head = ["role", "side", "agents", "controller", "action", "observation"];
  return `At default parameters.${length}\n\n${markdownTable(head, rows)}`;
}

function knobs({ knobs }: Found): string {
  const rows = Object.entries(knobs).map(([name, { off, lockdown, grid }]) => [
    `\`${name}\``,
    number(off),
    number(lockdown),
    grid.map((level) => number(level)).join(", "),
  ]);
  return markdownTable(["name", "off", "lockdown", "grid"], rows);
}

function presets(all: NonNullable<Found["presets"]>): string {
  const rows = Object.entries(all).map(([name, { summary, source, params }]) => [
    `\`${name}\``,
    summary,
    Object.entries(params)
      .map(([parameter, value]) => `${parameter} ${value}`)
      .join(", "),
    source,
  ]);
  const use =
    "Sets of parameters: `preset=NAME` after a command's environment, `preset: NAME` among a benchmark's params.";
  return `${use}\n\n${markdownTable(["name", "what it is", "parameters", "source"], rows)}`;
}

function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), `|${" --- |".repeat(head.length)}`, ...rows.map(line)].join("\n");
}
