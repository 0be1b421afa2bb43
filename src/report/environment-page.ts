import type { EnvironmentPlugin } from "../library/plugin.ts";
import type { ChoiceMeaning } from "../spaces/index.ts";
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
    `## What roles see and do\n\n${meanings(found)}`,
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
    )}${dials(found)}\n\n${markdownTable(
      ["defence", "what it does"],
      Object.entries(found.defences).map(([name, summary]) => [`\`${name}\``, summary]),
    )}`,
    `## Try it\n\n\`\`\`sh\nmasque show ${found.id}\nmasque eval ${found.id} --attack all\n\`\`\``,
  ];
  return `${sections.filter((section) => section !== "").join("\n\n")}\n`;
}

/** What may be tuned of attacks. */
function dials({ id, dials }: Found): string {
  const rows = Object.entries(dials).flatMap(([script, own]) =>
    Object.entries(own).map(([name, { low, high, at, log, integer, says }]) => [
      `\`${script}\``,
      `\`${name}\``,
      `${integer ? "whole " : ""}${number(low)} … ${number(high)}${log ? ", by ratios" : ""}`,
      number(at),
      says,
    ]),
  );
  if (rows.length === 0) return "";
  const [script] = Object.keys(dials);
  const table = markdownTable(["attack", "dial", "range", "as declared", "meaning"], rows);
  return `\n\nDials that \`masque tune attack ${id} ${script}\` searches, and \`--attack NAME:DIAL=VALUE\` sets:\n\n${table}`;
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

/** What each role sees and does, as PettingZoo's pages have it. */
function meanings({ roles }: Found): string {
  return Object.entries(roles)
    .map(([name, { meaning }]) => {
      const seen = meaning.observation.map(({ name, from, size, low, high, says = "" }) => [
        size === 1 ? String(from) : `${from}–${from + size - 1}`,
        `\`${name}\``,
        `${number(low)} … ${number(high)}`,
        says,
      ]);
      const done = meaning.action.map((choice, i) => [
        String(i),
        `${number(choice.low)} … ${number(choice.high)}`,
        choiceText(choice),
      ]);
      return (
        `### \`${name}\`\n\n${markdownTable(["at", "sees", "range", "what it is"], seen)}\n\n` +
        markdownTable(["choice", "values", "what it does"], done)
      );
    })
    .join("\n\n");
}

/** Beyond so many, values of a choice are not listed. */
const LISTED = 12;

/** What a choice means: "the regime of the next period: 0 rest, 1 watch, 2 raid". */
export function choiceText({ says, names, low }: ChoiceMeaning): string {
  const list = names && names.length <= LISTED ? names.map((name, i) => `${low + i} ${name}`).join(", ") : "";
  return [says, list].filter(Boolean).join(": ");
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
