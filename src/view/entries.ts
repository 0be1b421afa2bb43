import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { list } from "../data/files.ts";

/** The two metrics that are drawn against each other, and the arm in which utility is. */
export interface Axes {
  readonly utility: string;
  readonly security: string;
  readonly arm: "clean" | "attacked";
}

/** An entry of the leaderboard, reduced to what a page draws of it. */
export interface Shown {
  readonly name: string;
  readonly environment: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly axes: Axes;
  /** Of the test split of one run. */
  readonly episodes: number;
  readonly points: readonly ShownPoint[];
}

export interface ShownPoint {
  readonly knobs: Readonly<Record<string, number>>;
  readonly defence: string;
  readonly anchor: string | null;
  readonly utility: Ends;
  readonly security: Ends;
  /** The attack, learned ones too, under which security was least. */
  readonly worst: string;
  /** The worst of the scripted ones, which anybody can play. */
  readonly script: string;
  readonly onFront: boolean;
}

type Ends = readonly [mean: number, low: number | null, high: number | null];
interface Estimate {
  readonly mean: number;
  readonly low: number | null;
  readonly high: number | null;
}
interface Point {
  readonly knobs: Readonly<Record<string, number | string>>;
  readonly defence: string;
  readonly anchor: string | null;
  readonly cleanUtility: Estimate;
  readonly attackedUtility: Estimate;
  readonly security: Estimate;
  readonly worstAttack: string;
  readonly attacks: Readonly<Record<string, { readonly security: Estimate }>>;
  readonly pareto?: { readonly label: string } | null;
}

interface Ranked {
  readonly name: string;
  readonly security: number;
}

/** Digits beyond which nobody sees a difference in a figure. */
const round = (value: number | null) => (value === null ? null : Math.round(value * 1e4) / 1e4);
const ends = ({ mean, low, high }: Estimate): Ends => [round(mean)!, round(low), round(high)];

/** The frontiers of the reference entries in a folder, by environment. Ours, from the repository: not strangers' files. */
export function readShown(folder: string): Shown[] {
  const files = list(folder)
    .map((name) => join(folder, name, "entry.json"))
    .filter((file) => existsSync(file));
  return files.map((file) => {
    const { claim } = JSON.parse(readFileSync(file, "utf8"));
    const { axes, points, anchors } = claim.result;
    const { given } = claim.protocol;
    const scripts = claim.result.attacks.filter(({ kind }: { kind: string }) => kind === "scripted");
    const worstOf = ({ attacks }: Point) =>
      scripts
        .map(({ name }: { name: string }) => ({ name, security: attacks[name]?.security.mean ?? 1 }))
        .reduce((a: Ranked, b: Ranked) => (b.security < a.security ? b : a), { name: "none", security: 1 }).name;
    const arm = axes.arm ?? "clean";
    return {
      name: claim.name,
      environment: claim.environment.id,
      params: given.environment.params ?? {},
      axes: { utility: axes.utility, security: axes.security, arm },
      episodes: given.episodes.test,
      points: [...points, ...anchors].map((point: Point) => ({
        knobs: Object.fromEntries(Object.entries(point.knobs).map(([knob, value]) => [knob, Number(String(value))])),
        defence: point.defence,
        anchor: point.anchor,
        utility: ends(arm === "attacked" ? point.attackedUtility : point.cleanUtility),
        security: ends(point.security),
        worst: point.worstAttack,
        script: worstOf(point),
        onFront: point.pareto?.label === "frontier",
      })),
    };
  });
}
