import type { Frontier } from "../../frontier/frontier.ts";
import { type Curve, curvesDrawing } from "../chart/curves.ts";
import { pointName } from "../chart/frontier.ts";
import { short } from "../chart/plot.ts";
import { allPoints, interval, letter } from "../frontier-text.ts";
import { type Content, html, type Markup } from "../html/html.ts";
import { details, figure, section } from "../html/parts.ts";
import { table } from "../html/table.ts";
import { number } from "../text.ts";
import { signed } from "./attacks.ts";
import { count, estimated } from "./summary.ts";

/** What was spent on attacking, what more would have bought, and how near the attacks come to the best possible. */
export function effortSection(frontier: Frontier, id: string): Markup {
  const { axes, runs, points } = frontier;
  const spent = new Set(points.map(({ effort }) => `${effort.attacks} ${effort.trainingSteps}`));
  const [{ effort }] = points;
  const same =
    spent.size === 1
      ? `Every declared point met ${count(effort.attacks, "attack")}, on which ${effort.trainingSteps.toLocaleString("en-US")} training steps were spent at that point (${count(runs, "run")} together).`
      : "Effort differs between points: see the table of points.";
  return section(
    `${id}effort`,
    "What was spent on attacks",
    html`<p>${same}${
      effort.tuningSteps
        ? ` The search behind the scripts took ${effort.tuningSteps.toLocaleString("en-US")} steps a level.`
        : ""
    } A defence that was attacked less looks stronger than it is.</p>`,
    portfolioTable(frontier),
    budgetCurves(frontier),
    calibrationTable(frontier, axes.security),
    conditioningTable(frontier, axes.security),
  );
}

const UNTRAINED = { scripted: "the scripts", random: "random play as", stored: "stored policies" };

function portfolioTable({ attacks, points, axes, benchmark }: Frontier): Content {
  const steps = (value: unknown) => (typeof value === "number" ? value.toLocaleString("en-US") : "");
  const learned = attacks.filter(({ kind }) => kind === "learned");
  const rest = attacks.filter(({ kind }) => kind !== "learned");
  const strength = (name: unknown) =>
    number(points.reduce((sum, { attacks }) => sum + attacks[String(name)].security.mean, 0) / points.length, 3);
  return [
    html`<p>${rest.length} of them need no training here: ${Object.entries(UNTRAINED)
      .flatMap(([kind, what]) => {
        const names = rest.filter((attack) => attack.kind === kind).map(({ name }) => String(name));
        return names.length > 0 ? [`${what} ${names.join(", ")}`] : [];
      })
      .join("; ")}.</p>`,
    learned.length > 0 &&
      table({
        label: `Trained attacks of ${benchmark}`,
        columns: [
          { head: "trained attack" },
          { head: "baseline" },
          { head: "steps a level and run", numeric: true },
          { head: "training" },
          { head: `mean ${axes.security}`, numeric: true, title: "over declared points" },
        ],
        rows: learned.map(({ name, baseline, budget, conditioned }) => [
          String(name),
          String(baseline),
          steps(budget),
          conditioned ? "one for all levels, told the knobs" : "one at each level",
          strength(name),
        ]),
      }),
    learned.length > 0 &&
      details(
        "Settings of the trained attacks",
        learned.map(({ name, config }) => [
          html`<h3>${String(name)}</h3>`,
          html`<pre tabindex="0"><code>${JSON.stringify(config, null, 2)}</code></pre>`,
        ]),
      ),
  ];
}

/** Curves a figure: as many as there are colours. */
const LINES = 6;

function budgetCurves(frontier: Frontier): Content {
  const { axes, benchmark } = frontier;
  const withCurve = allPoints(frontier).flatMap((point, i) => {
    const { curve } = point.effort;
    return curve && curve.length > 1 ? [{ point, curve, name: `${letter(i)}: ${pointName(point)}` }] : [];
  });
  if (withCurve.length === 0) return null;
  const groups: (typeof withCurve)[] = [];
  for (let at = 0; at < withCurve.length; at += LINES) groups.push(withCurve.slice(at, at + LINES));
  const tell = (name: string, curve: (typeof withCurve)[number]["curve"]) =>
    [name, ...curve.map(({ steps, security }) => `${short(steps)} steps: ${interval(security)}`)].join("\n");
  return [
    html`<h3>More attack, less ${axes.security}?</h3><p>${axes.security} against the worst of the attacks that cost at most so many steps each, in one run at this level: scripts what the search for them took, trained attacks their budgets and shares of these. A curve that still falls at its end says that the attackers were not done.</p>`,
    html`<div class="many">${groups.map((group, g) =>
      figure({
        name: `${benchmark}-budget-${g + 1}`,
        svg: curvesDrawing(
          group.map(
            ({ curve, name }, i): Curve => ({
              points: curve.map(({ steps, security }) => ({
                x: steps,
                y: security.mean,
                low: security.low ?? undefined,
                high: security.high ?? undefined,
              })),
              look: `s${i}`,
              tip: tell(name, curve),
              dots: true,
            }),
          ),
          {
            width: 320,
            height: 250,
            label: `${axes.security} against what an attack costs`,
            xTitle: "steps an attack, at most",
            yTitle: axes.security,
            yDomain: [0, 1],
            legend: group.map(({ name }, i) => ({ shape: "line" as const, look: `s${i}`, text: name })),
          },
        ),
      }),
    )}</div>`,
  ];
}

function calibrationTable(frontier: Frontier, security: string): Content {
  const rows = allPoints(frontier).flatMap((point, i) => {
    const { calibration } = point;
    if (!calibration) return [];
    const gap = calibration.portfolio.mean - calibration.security.mean;
    return [
      [
        letter(i),
        pointName(point),
        calibration.attack,
        estimated(calibration.security),
        calibration.theory === undefined ? "" : number(calibration.theory, 3),
        estimated(calibration.portfolio),
        signed(gap),
      ],
    ];
  });
  if (rows.length === 0) return null;
  return [
    html`<h3>Calibration: the best response is known here</h3><p>What the exactly computed best response leaves of ${security}, beside the worst of all other attacks. The difference is what these missed.</p>`,
    table({
      label: "Calibration",
      columns: [
        { head: "" },
        { head: "settings" },
        { head: "best response" },
        { head: `its ${security}`, numeric: true },
        { head: "theory", numeric: true },
        { head: "other attacks", numeric: true },
        { head: "missed", numeric: true },
      ],
      rows,
    }),
  ];
}

function conditioningTable({ conditioning = [] }: Frontier, security: string): Content {
  if (conditioning.length === 0) return null;
  return [
    html`<h3>The price of one training for all levels</h3><p>Attacks that learned all levels at once, trained again for one level alone. A gap above zero is ${security} that the shared training flattered.</p>`,
    table({
      label: "Conditioning gaps",
      columns: [
        { head: "attack" },
        { head: "level" },
        { head: "for all levels", numeric: true },
        { head: "alone", numeric: true },
        { head: "gap", numeric: true },
      ],
      rows: conditioning.map(({ attack, knobs, defence, conditioned, alone, gap }) => [
        attack,
        [
          ...Object.entries(knobs).map(([name, value]) => `${name} ${number(value)}`),
          ...(defence === "default" ? [] : [defence]),
        ].join(", "),
        estimated(conditioned),
        estimated(alone),
        estimated(gap),
      ]),
    }),
  ];
}
