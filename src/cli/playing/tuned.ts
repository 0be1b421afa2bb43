import { declared, type HasDials, type Setting } from "../../policy/dials.ts";
import { settingText } from "../../policy/tunable.ts";
import { interval } from "../../report/frontier-text.ts";
import { type Paint, table } from "../../report/text.ts";
import type { Estimate } from "../../stats/estimate.ts";
import { quote } from "../runs/open.ts";

/** What a search for a script's dials came to, on episodes that it did not see. */
export interface Tuned {
  readonly environment: string;
  readonly script: string;
  readonly against: string;
  readonly aim: { readonly security: string };
  readonly set: Setting;
  readonly edges: readonly { readonly dial: string; readonly end: "low" | "high"; readonly value: number }[];
  readonly steps: number;
  readonly episodes: number;
  readonly declared: Readonly<Record<string, Estimate>>;
  readonly tuned: Readonly<Record<string, Estimate>>;
  /** tuned − declared, paired by episodes. */
  readonly gains: Readonly<Record<string, Estimate>>;
  readonly folder: string;
}

/** What was typed, to be typed again. */
export interface Again {
  readonly environment: string;
  readonly settings: readonly string[];
  readonly plugins: readonly string[];
}

/** The same for people: both settings with intervals, what the difference is worth, edges, and how to go on. */
export function tunedText(found: Tuned, tuned: HasDials, again: Again, paint: Paint): string {
  const { environment, script, against, set, episodes, steps, folder } = found;
  const metrics = Object.keys(found.tuned);
  const line = (who: string, values: Readonly<Record<string, Estimate>>) => [
    `  ${who}`,
    ...metrics.map((metric) => interval(values[metric])),
  ];
  const rows = [
    line(`as declared: ${settingText(script, declared(tuned))}`, found.declared),
    line(`tuned: ${settingText(script, set)}`, found.tuned),
    line("difference, episode by episode", found.gains),
  ];
  return (
    `${paint("bold", `${script} of ${environment} against ${against}`)}, ${steps} steps of search\n\n` +
    `On ${episodes} episodes that the search did not see; 95 % intervals:\n${table([["  dials", ...metrics], ...rows], paint)}\n` +
    `${verdict(found, tuned)}\n${edgesText(found, tuned, paint)}\n` +
    `What was found is in ${folder}, as policies that eval and benchmarks take:\n` +
    nextSteps(found, again)
      .map((step) => `  ${step}\n`)
      .join("")
  );
}

function verdict({ gains, aim, script, set }: Tuned, dials: HasDials): string {
  const { low, high } = gains[aim.security];
  if (settingText(script, declared(dials)) === settingText(script, set))
    return `Nothing better was found than ${script} as declared.`;
  if (high !== null && high < 0) return `Tuning lowers ${aim.security} beyond what chance explains.`;
  if (low !== null && low > 0) return `What was found is weaker than ${script} as declared: search longer.`;
  return `No difference in ${aim.security} can be told from chance: ${script} as declared is about as strong.`;
}

/** A winner on an edge is no optimum: what lies beyond was not tried. */
function edgesText({ edges }: Tuned, { dials }: HasDials, paint: Paint): string {
  return edges
    .map(({ dial, end, value }) => {
      const { low, high } = dials[dial];
      const text = `${dial} = ${value} lies on the ${end === "low" ? "lower" : "upper"} edge of its range (${low} … ${high}): this is no optimum.`;
      return `${paint("yellow", text)} Beyond it may be better: widen the range where the script declares it.\n`;
    })
    .join("");
}

function nextSteps({ script, set, folder, against }: Tuned, { environment, settings, plugins }: Again): string[] {
  const command = [
    "masque eval",
    ...[environment, ...settings, ...plugins.flatMap((one) => ["--plugins", one])].map(quote),
  ].join(" ");
  // A defence that was trained is a folder of policies.
  const defence =
    against === "default" ? "" : ` ${/[/\\.]/.test(against) ? "--policy" : "--defence"} ${quote(against)}`;
  const values = Object.entries(set).map(([dial, value]) => `${dial}: ${value}`);
  return [
    `${command}${defence} --policy ${quote(folder)}`,
    `${command}${defence} --attack ${settingText(script, set)}`,
    `portfolio: [{ scripted: ${script}, set: { ${values.join(", ")} } }]`,
  ];
}
