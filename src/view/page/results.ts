import { outline, plot, type Scales } from "../../report/chart/plot.ts";
import { html, type Markup, textOf } from "../../report/html/html.ts";
import type { Card } from "../catalogue.ts";
import type { Choice } from "../choice.ts";
import type { ShownPoint } from "../entries.ts";
import type { Measurement, Theory } from "../measure.ts";
import { byId, el, show } from "./dom.ts";

type Estimate = Measurement["clean"][string];

/** What has been measured of a choice so far. */
export interface Results {
  /** Of the chosen attack. */
  readonly one: Measurement | null;
  readonly theory: Theory | null;
  /** Of every attack, as far as it has come. */
  readonly all: readonly Measurement[];
}

const interval = ({ mean, low, high }: Estimate) =>
  low === null || high === null ? mean.toFixed(3) : `${mean.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]`;

/** The arm in which a metric is read: utility in its own, security under attack. */
function readOf({ axes }: Card, metric: string, one: Measurement): Estimate {
  return metric === axes.utility && axes.arm === "clean" ? one.clean[metric] : one.attacked[metric];
}

export function drawMetrics(card: Card, { one, theory }: Results): void {
  const { axes, metrics } = card;
  const names = [
    axes.utility,
    axes.security,
    ...Object.keys(metrics).filter((name) => ![axes.utility, axes.security].includes(name)),
  ];
  byId("metrics").replaceChildren(
    ...names.map((name) => {
      const { axis, summary } = metrics[name];
      const value = one ? readOf(card, name, one) : null;
      const known = [
        theory?.reference?.[name] === undefined ? null : `theory ${theory.reference[name].toFixed(3)}`,
        theory?.bestResponse?.[name] === undefined
          ? null
          : `exact best response ${theory.bestResponse[name].toFixed(3)}`,
      ].filter((text) => text !== null);
      const arm = name === axes.utility ? (axes.arm === "clean" ? "nobody attacks" : "under attack") : "under attack";
      const bar = el("i");
      const meter = el("div", { class: "meter" }, bar);
      if (value) {
        const [low, high] = [value.low ?? value.mean, value.high ?? value.mean];
        bar.style.left = `${Math.max(0, Math.min(99, 100 * low))}%`;
        bar.style.width = `${Math.max(1, 100 * (high - low))}%`;
      }
      return el(
        "div",
        { class: axis, "data-metric": name },
        el("div", { class: "note" }, `${name}, ${arm}`),
        el("b", {}, value ? interval(value) : "…"),
        meter,
        el("small", {}, summary),
        known.length > 0 ? el("small", {}, known.join("; ")) : null,
      );
    }),
  );
}

/** The reference entry's frontier, what theory says, and where the present setting stands. */
export function drawFrontier(
  card: Card,
  choice: Choice,
  { one, theory }: Results,
  pick: (point: ShownPoint) => void,
): void {
  const { axes, shown } = card;
  const title = axes.arm === "attacked" ? `${axes.utility} under attack` : `clean ${axes.utility}`;
  const points = shown?.points ?? [];
  const marks = points.map((point) => ({
    ...at(point.utility, point.security),
    ...(point.onFront ? ({ look: "front", shape: "disc" } as const) : ({ look: "dominated", shape: "disc" } as const)),
    tip: `${Object.entries(point.knobs)
      .map(([knob, value]) => `${knob} ${show(value)}`)
      .join(
        ", ",
      )}${point.defence === "default" ? "" : `, ${point.defence} defence`}${point.anchor ? ` (${point.anchor.replace("-", " ")})` : ""}\n${axes.utility} ${point.utility[0].toFixed(3)}, ${axes.security} ${point.security[0].toFixed(3)}\nworst attack: ${point.worst}`,
  }));
  const here = one
    ? [
        {
          ...at(ends(readOf(card, axes.utility, one)), ends(readOf(card, axes.security, one))),
          ...({ look: "here", shape: "diamond" } as const),
          tip: `this setting under ${one.attack}: ${interval(readOf(card, axes.utility, one))}, ${interval(readOf(card, axes.security, one))}`,
        },
      ]
    : [];
  const reference = theory?.reference;
  const drawing = plot({
    ...{ width: 460, height: 400 },
    label: `${axes.security} over ${title}`,
    x: { title, domain: [0, 1] },
    y: { title: axes.security, domain: [0, 1] },
    beneath: (to) => [
      html`<path class="tradeoff" d="M${to.x(0)} ${to.y(1)}L${to.x(1)} ${to.y(0)}"/>`,
      points.length > 0 && html`<path class="area" d="${outline(standing(points), to)}"/>`,
      reference && cross(reference[axes.utility] ?? one?.clean[axes.utility]?.mean, reference[axes.security], to),
    ],
    marks: [...marks, ...here],
    legend: [
      ...(shown ? [{ shape: "disc" as const, look: "front", text: "reference entry, against the worst attack" }] : []),
      ...(points.some(({ onFront }) => !onFront)
        ? [{ shape: "disc" as const, look: "dominated", text: "its settings that others beat" }]
        : []),
      { shape: "diamond", look: "here", text: `here, under ${choice.attack}` },
      ...(reference ? [{ shape: "cross" as const, look: "theory", text: "theory" }] : []),
    ],
  });
  const holder = byId("frontier");
  holder.innerHTML = textOf(drawing); // escaped by `html`
  [...holder.querySelectorAll<SVGGElement>(".mark")].forEach((mark, i) => {
    const name = mark.querySelector("title")?.textContent ?? "";
    mark.setAttribute("aria-label", name);
    const point = points[i];
    mark.setAttribute("role", point ? "button" : "img");
    mark.setAttribute("tabindex", "0");
    if (!point) return;
    mark.addEventListener("click", () => pick(point));
    mark.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      pick(point);
    });
  });
  const read =
    "Up and to the right is better; the dotted line is what shutting everything down part of the time would buy.";
  const note = shown
    ? `${read} A point of the entry sets the dials to it. Stronger attacks than those tried here may exist; the entry's include trained ones.`
    : `${read} There is no reference entry for this environment yet.`;
  holder.append(el("p", { class: "note" }, note));
}

const ends = ({ mean, low, high }: Estimate) => [mean, low, high] as const;

function at(x: readonly [number, number | null, number | null], y: readonly [number, number | null, number | null]) {
  const range = ([, low, high]: typeof x) => (low === null || high === null ? undefined : ([low, high] as const));
  return { x: x[0], y: y[0], xRange: range(x), yRange: range(y) };
}

function cross(x: number | undefined, y: number | undefined, to: Scales): Markup | null {
  if (x === undefined || y === undefined) return null;
  return html`<path class="theory-here" d="M${to.x(x)} ${to.y(y)}m-6-6l12 12m0-12l-12 12"/>`;
}

/** Every attack and what it does; those that were measured first, the worst for security at the top. */
export function drawAttacks(card: Card, { all }: Results, pick: (attack: string) => void): void {
  const { axes, attacks } = card;
  const rows = all
    .map((one) => ({ one, security: one.attacked[axes.security], utility: readOf(card, axes.utility, one) }))
    .sort((a, b) => a.security.mean - b.security.mean);
  const row = (name: string, look: string, numbers: readonly Estimate[]) =>
    el(
      "tr",
      { class: look },
      el(
        "th",
        { scope: "row" },
        el("button", { type: "button", click: () => pick(name) }, name),
        el("small", {}, attacks[name] ?? ""),
      ),
      ...[0, 1].map((i) => el("td", { class: "n" }, i in numbers ? interval(numbers[i]) : "–")),
    );
  const measured = rows.map(({ one, security, utility }, i) =>
    row(one.attack, i === 0 ? "worst" : "", [security, utility]),
  );
  const others = Object.keys(attacks)
    .filter((name) => !all.some(({ attack }) => attack === name))
    .map((name) => row(name, "", []));
  const head = ["attack", axes.security, axes.utility].map((name, i) =>
    el("th", { scope: "col", class: i > 0 ? "n" : "" }, name),
  );
  byId("attacks").replaceChildren(
    el(
      "div",
      { class: "scroll" },
      el("table", {}, el("thead", {}, el("tr", {}, ...head)), el("tbody", {}, ...measured, ...others)),
    ),
  );
}

/** Where the points lie that an entry is scored by. */
function standing(points: readonly ShownPoint[]): [number, number][] {
  return points
    .filter(({ anchor, onFront }) => onFront || anchor === null)
    .map(({ utility, security }) => [utility[0], security[0]]);
}
