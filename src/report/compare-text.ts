import type { ComparedPoint, Comparison } from "../frontier/compare.ts";
import { utilityTitle } from "../frontier/frontier.ts";
import type { Estimate } from "../stats/estimate.ts";
import { ANCHOR_NAMES, interval } from "./frontier-text.ts";
import { fold, number, type Paint, plain, table } from "./text.ts";

/** "+0.080 [0.030, 0.120]": a difference with its sign. */
export function signed(estimate: Estimate): string {
  return estimate.mean < 0 ? interval(estimate) : `+${interval(estimate)}`;
}

/** What a comparison comes to, in sentences about A and B. */
export function compareWords({
  points,
  overall,
  axes,
  margin,
  paired,
  unmatched,
  illustrative,
  a,
  b,
}: Comparison): string[] {
  const of = points.length;
  const count = (test: (point: ComparedPoint) => boolean) => points.filter(test).length;
  const won = (verdict: string) => count(({ dominates }) => dominates === verdict);
  const above = (axis: "utility" | "security") => count((point) => (point[axis].difference.low ?? 0) > 0);
  const below = (axis: "utility" | "security") => count((point) => (point[axis].difference.high ?? 0) < 0);
  const { hypervolume, shared, epsilon, utilityAtSecurity } = overall;
  const chance = (improvement: Estimate) =>
    `a run of B has more than a run of A with probability ${interval(improvement)}`;
  return [
    ...(of === 0
      ? ["No point has the same knobs and defence in both: only the fronts as wholes are compared."]
      : [
          `B dominates A at ${won("B")} of ${of} levels, A dominates B at ${won("A")}` +
            `${won("equal") > 0 ? `; ${won("equal")} are equal` : ""}; at ${won("unclear")} it is unclear.`,
          `${axes.security}: B is above A at ${above("security")} of ${of} levels, below at ${below("security")}; ` +
            `${utilityTitle(axes)}: above at ${above("utility")}, below at ${below("utility")}.`,
        ]),
    `Hypervolume ${signed(hypervolume.difference)} (${interval(hypervolume.a)} in A, ${interval(hypervolume.b)} in B); ` +
      `${chance(hypervolume.improvement)}.`,
    ...(shared ? [`Over the ${of} points that both have: hypervolume ${signed(shared.difference)}.`] : []),
    `Raised by ${interval(epsilon.aCoversB)} on both axes, A covers B; by ${interval(epsilon.bCoversA)}, B covers A.`,
    ...utilityAtSecurity.map(
      ({ level, a: x, b: y, difference }) =>
        `Best ${utilityTitle(axes)} at ${axes.security} ${level}: ${number(x.mean, 3)} in A, ${number(y.mean, 3)} in B, ${signed(difference)}.`,
    ),
    ...(unmatched.a + unmatched.b > 0
      ? [
          `${unmatched.a} declared points are only in A, ${unmatched.b} only in B` +
            `${a.points === b.points ? "." : "; more points can only raise a hypervolume."}`,
        ]
      : []),
    paired
      ? "Runs are compared in pairs: they share their seeds."
      : "Runs are compared as independent: they do not share root seed, number of runs and episodes.",
    `Dominates: better on one axis (95 % interval of the difference above 0) and no more than ${margin} worse on the other; level by level.`,
    ...(illustrative ? ["Illustrative: fewer than 5 runs."] : []),
  ];
}

/** A comparison for a terminal; `names` say what A and B are. */
export function comparisonText(
  comparison: Comparison,
  names: readonly [string, string],
  { columns = 80, paint = plain as Paint } = {},
): string {
  const { points, axes, environment, warnings } = comparison;
  const sides = (["a", "b"] as const).map((side, i) => {
    const { benchmark, runs, episodes, attacks, config } = comparison[side];
    return `${paint("bold", "AB"[i])} is ${names[i]}: ${benchmark}, ${runs} runs, ${episodes.select} + ${episodes.test} episodes, ${attacks.length} attacks; config ${config.slice(0, 12)}\n`;
  });
  const style = { A: "red", B: "green", equal: "dim", unclear: "dim" } as const;
  const knobs = Object.keys(points[0]?.knobs ?? {});
  const head = [
    ...knobs,
    "defence",
    `${utilityTitle(axes)} A`,
    "B",
    "B − A",
    `${axes.security} A`,
    "B",
    "B − A",
    "better",
    "",
  ];
  const rows = points.map(({ knobs: at, defence, utility, security, dominates, anchor }) => [
    ...knobs.map((knob) => number(at[knob])),
    defence,
    ...[utility, security].flatMap(({ a, b, difference }) => [
      a.mean.toFixed(3),
      b.mean.toFixed(3),
      signed(difference),
    ]),
    paint(style[dominates], dominates),
    anchor ? paint("dim", ANCHOR_NAMES[anchor]) : "",
  ]);
  return [
    `${environment.id}\n${sides.join("")}`,
    ...(rows.length > 0 ? [table([head, ...rows], paint)] : []),
    compareWords(comparison)
      .map((line) => fold(line, columns))
      .join(""),
    ...(warnings.length > 0
      ? [
          warnings
            .map((line) => paint("yellow", fold(`Mind: ${line}`, columns).trimEnd()))
            .join("\n")
            .concat("\n"),
        ]
      : []),
  ].join("\n");
}
