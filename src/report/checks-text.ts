import type { Frontier, FrontierPoint } from "../frontier/frontier.ts";
import type { Estimate } from "../stats/estimate.ts";
import { number, type Paint, table } from "./text.ts";

/** What tells how far the attacks can be believed: gaps of conditioning, and exact best responses; empty if neither. */
export function checksText(
  { conditioning = [], points, axes }: Frontier,
  interval: (estimate: Estimate) => string,
  paint: Paint,
): string {
  const at = ({ knobs, defence }: Pick<FrontierPoint, "knobs" | "defence">) =>
    [
      ...Object.entries(knobs).map(([knob, value]) => `${knob}=${number(value)}`),
      ...(defence === "default" ? [] : [defence]),
    ].join(" ");
  const gaps = conditioning.map((one) => [
    one.attack,
    at(one),
    interval(one.conditioned),
    interval(one.alone),
    interval(one.gap),
  ]);
  const known = points.flatMap((point) => {
    const { calibration } = point;
    if (!calibration) return [];
    const { attack, security, theory, portfolio } = calibration;
    return [
      [
        at(point),
        attack,
        attack === "theory" ? "" : interval(security),
        theory === undefined ? "" : number(theory, 3),
        interval(portfolio),
      ],
    ];
  });
  const parts = [
    ...(gaps.length > 0
      ? [
          `${paint("bold", `${axes.security} under attacks that share a training between levels, and alone`)}\n` +
            table([["conditioned attack", "level", "conditioned", "alone", "gap"], ...gaps], paint),
        ]
      : []),
    ...(known.length > 0
      ? [
          `${paint("bold", `${axes.security} under the exact best response, and under all other attacks`)}\n` +
            table([["level", "best response", "played", "theory", "others"], ...known], paint),
        ]
      : []),
  ];
  return parts.join("\n");
}
