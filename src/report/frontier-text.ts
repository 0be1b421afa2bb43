import type { Across } from "../frontier/across.ts";
import { type Frontier, type FrontierPoint, utilityOf, utilityTitle } from "../frontier/frontier.ts";
import type { Guest } from "../people/guests.ts";
import type { Estimate } from "../stats/estimate.ts";
import { checksText } from "./checks-text.ts";
import { scatter } from "./scatter.ts";
import { fold, number, type Paint, plain, table } from "./text.ts";

/** Names the points of a frontier: a, b, … z, A, … */
const LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
export const letter = (index: number): string => LETTERS[index % LETTERS.length];

/** The same where every point must have a name of its own: beyond the letters, its number from 1. */
export const placeName = (index: number): string => (index < LETTERS.length ? letter(index) : String(index + 1));

/** What an anchor is called in tables and figures. */
export const ANCHOR_NAMES = {
  "no-defence": "no defence",
  lockdown: "lockdown",
  "random-defence": "random defence",
} as const;

/** "0.903 [0.888, 0.918]" */
export function interval({ mean, low, high }: Estimate): string {
  const digits = (value: number) => value.toFixed(3);
  return low === null || high === null ? digits(mean) : `${digits(mean)} [${digits(low)}, ${digits(high)}]`;
}

/** Declared points and then the anchors beside them: the order of letters. */
export function allPoints(frontier: Frontier): FrontierPoint[] {
  return [...frontier.points, ...frontier.anchors];
}

/** The frontier as a table and a chart, for a terminal of so many columns. */
export function frontierText(
  frontier: Frontier,
  {
    columns = 80,
    paint = plain as Paint,
    guests = [],
  }: { readonly columns?: number; readonly paint?: Paint; readonly guests?: readonly Guest[] } = {},
): string {
  const checks = checksText(frontier, interval, paint);
  return [
    header(frontier, columns, paint),
    pointTable(frontier, paint),
    ...(guests.length > 0 ? [guestTable(frontier, guests, paint)] : []),
    chart(frontier, guests, columns, paint),
    ...(checks === "" ? [] : [checks]),
    notes(frontier, columns, paint),
  ].join("\n");
}

function header(frontier: Frontier, columns: number, paint: Paint): string {
  const { benchmark, question, environment, runs, episodes, illustrative } = frontier;
  const label = illustrative ? ` (${paint("yellow", "illustrative")}: fewer than 5)` : "";
  return (
    `${paint("bold", benchmark)} on ${environment.id}\n${question ? fold(question, columns) : ""}` +
    `${runs} run${runs === 1 ? "" : "s"}${label}, ${episodes.select} + ${episodes.test} episodes each; config ${frontier.config.slice(0, 12)}\n`
  );
}

/** How near the best learned attack comes to the best scripted one: its share of the security that the script breaks. */
function learnedShare({ attacks }: FrontierPoint, kinds: ReadonlyMap<string, unknown>): string {
  const broken = (kind: string) =>
    Math.max(
      0,
      ...Object.entries(attacks).map(([name, { security }]) => (kinds.get(name) === kind ? 1 - security.mean : 0)),
    );
  const scripted = broken("scripted");
  return scripted > 0 ? `${Math.round((100 * broken("learned")) / scripted)} %` : "";
}

function pointTable(frontier: Frontier, paint: Paint): string {
  const { axes } = frontier;
  const knobs = Object.keys(frontier.points[0].knobs);
  const points = allPoints(frontier);
  const defences = new Set(frontier.points.map(({ defence }) => defence)).size > 1;
  const style = { frontier: "green", dominated: "dim", ambiguous: "yellow" } as const;
  const referenced = points.some(({ reference }) => reference && axes.security in reference);
  const kinds = new Map(frontier.attacks.map(({ name, kind }) => [String(name), kind]));
  const learned = [...kinds.values()].includes("learned") && [...kinds.values()].includes("scripted");
  const rows = points.map((point, i) => [
    letter(i),
    ...knobs.map((knob) => number(point.knobs[knob])),
    ...(defences ? [point.defence] : []),
    interval(point.cleanUtility),
    interval(point.attackedUtility),
    interval(point.security),
    ...(referenced
      ? [point.reference && axes.security in point.reference ? number(point.reference[axes.security], 3) : ""]
      : []),
    point.worstAttack,
    ...(learned ? [learnedShare(point, kinds)] : []),
    point.belowFloor
      ? paint("dim", "below the floor")
      : point.pareto
        ? paint(style[point.pareto.label], point.pareto.label)
        : "",
    point.anchor ? paint("dim", ANCHOR_NAMES[point.anchor]) : "",
  ]);
  const head = ["", ...knobs, ...(defences ? ["defence"] : []), `clean ${axes.utility}`, "attacked", axes.security];
  const optional = { theory: referenced ? ["theory"] : [], learned: learned ? ["learned"] : [] };
  return table([[...head, ...optional.theory, "worst attack", ...optional.learned, "front", ""], ...rows], paint);
}

/** Points beside the run's: digits stand for them in the chart. */
function guestTable({ axes }: Frontier, guests: readonly Guest[], paint: Paint): string {
  const rows = guests.map(({ who, roles, met, utility, security, over }, i) => [
    String(i + 1),
    who,
    roles.join(", "),
    met,
    interval(utility),
    interval(security),
    over,
  ]);
  const head = ["", "recorded", "as", "beside attack", utilityTitle(axes), axes.security, "intervals over"];
  return table([head, ...rows], paint);
}

function chart(frontier: Frontier, guests: readonly Guest[], columns: number, paint: Paint): string {
  const { axes } = frontier;
  const style = { frontier: "green", dominated: "dim", ambiguous: "yellow" } as const;
  const points = allPoints(frontier);
  return scatter(
    [
      ...points.flatMap((point) => {
        const { reference } = point;
        if (!reference || !(axes.security in reference)) return [];
        const x = reference[axes.utility] ?? utilityOf(frontier, point).mean;
        return [{ x, y: reference[axes.security], mark: paint("cyan", "+") }];
      }),
      ...points.map((point, i) => ({
        x: utilityOf(frontier, point).mean,
        y: point.security.mean,
        low: point.security.low ?? undefined,
        high: point.security.high ?? undefined,
        mark: paint(point.pareto ? style[point.pareto.label] : "dim", letter(i)),
      })),
      ...guests.map(({ utility, security }, i) => ({
        x: utility.mean,
        y: security.mean,
        low: security.low ?? undefined,
        high: security.high ?? undefined,
        mark: paint("cyan", String((i + 1) % 10)),
      })),
    ],
    { columns, rows: 17, xLabel: utilityTitle(axes), yLabel: axes.security, paint },
  );
}

function notes(frontier: Frontier, columns: number, paint: Paint): string {
  const { front, attacks, points, axes } = frontier;
  const tried = attacks.map(({ name }) => name).join(", ");
  const reached = Object.entries(front.utilityAtSecurity).map(
    ([level, utility]) => `${utility === null ? "none" : number(utility, 3)} at ${level}`,
  );
  const lines = [
    `hypervolume ${number(front.hypervolume)}, of which no defence and lockdown alone give ${number(front.anchors)}${
      front.score.expression === undefined ? `: score ${interval(front.score)}` : ""
    }`,
    ...(front.score.expression === undefined
      ? []
      : [
          `score ${interval(front.score)}: the greatest ${front.score.expression}, at ${letter(front.score.best ?? 0)}`,
        ]),
    ...(front.all
      ? [
          `hypervolume in ${front.all.axes.join(", ")}: ${number(front.all.hypervolume)}, anchors ${number(front.all.anchors)}: ${interval(front.all.score)} more`,
        ]
      : []),
    `best ${utilityTitle({ ...axes, utility: "utility" })} at security: ${reached.join(", ")}`,
    ...(axes.floor
      ? [`points with ${axes.floor.metric} below ${axes.floor.least} when nobody attacks count for nothing`]
      : []),
    ...tailNote(frontier),
    ...(attacks.some(({ kind }) => kind === "learned")
      ? ["learned: the security that the best trained attack breaks, as a share of what the best script breaks."]
      : []),
    ...(points[0].band ? [expectedNote(frontier)] : []),
    `attacks tried: ${tried}. ${axes.security} is the least of their means over runs, in brackets for all of them at once: stronger attacks may exist.`,
    ...(points.some(({ reference }) => reference)
      ? ["+ is the environment's theory; dots are U + S = 1."]
      : ["Dots are U + S = 1."]),
  ];
  return lines
    .map((line) => paint("dim", fold(line, columns).trimEnd()))
    .join("\n")
    .concat("\n");
}

/** What a choice of the worst attack leaves to expect, beside the least mean, and how far all levels reach at once. */
function expectedNote({ points, axes }: Frontier): string {
  const more = points.reduce((sum, { expected, security }) => sum + expected.mean - security.mean, 0) / points.length;
  const reach = Math.max(...points.map(({ band }) => (band ? (band.high - band.low) / 2 : 0)));
  return (
    `Bounds that hold at all levels at once reach ${number(reach, 3)} at most; an attack chosen on a run's select split ` +
    `leaves ${number(more, 3)} more ${axes.security} on average (frontier.json: band, expected).`
  );
}

/** The worst tenth of episodes under attack, where the security metric is marked as one of single episodes. */
function tailNote(frontier: Frontier): string[] {
  const tails = allPoints(frontier).flatMap(({ metrics }, i) => {
    const tail = metrics[frontier.axes.security]?.tail;
    return tail ? [`${letter(i)} ${number(tail.attacked.mean, 3)}`] : [];
  });
  return tails.length > 0 ? [`mean ${frontier.axes.security} of the worst tenth of episodes: ${tails.join(", ")}`] : [];
}

/** Several environments in one number. */
export function acrossText({ environments, score, iqm }: Across, columns = 80): string {
  const what = environments.length < 4 ? "mean" : "interquartile mean";
  const of = score === "hypervolume" ? "hypervolume over that of no defence and lockdown" : score;
  return fold(
    `Over ${environments.length} environments (${environments.join(", ")}): ${what} score ${interval(iqm)}; score: ${of}.`,
    columns,
  );
}
