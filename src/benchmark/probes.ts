import type { Point } from "./points.ts";
import type { Attack } from "./portfolio.ts";
import type { BenchmarkConfig } from "./schema.ts";

export type LearnedAttack = Attack & { readonly kind: "learned" };

/**
 * A learned attack trained once more in another way, to see what training makes of it. It is no member of the portfolio:
 * it never is a point's worst attack.
 */
export interface Probe {
  /** Called `NAME@0.1` at a tenth of the budget, `NAME@alone` where it is trained for one level at a time. */
  readonly attack: LearnedAttack;
  /** The attack of the portfolio that it is compared with. */
  readonly of: string;
  readonly kind: "budget" | "alone";
  /** Points where it is trained and played. */
  readonly points: readonly number[];
}

/** The probes that a benchmark asks for: `effort`, shares of budgets; `check`, levels without conditioning. */
export function makeProbes(
  { effort, check }: Pick<BenchmarkConfig, "effort" | "check">,
  attacks: readonly Attack[],
  points: readonly Point[],
): Probe[] {
  const declared = points.filter((point) => point.declared);
  return attacks.flatMap((attack) => {
    if (attack.kind !== "learned") return [];
    const of = attack.name;
    const smaller = effort.map((share): Probe => {
      const budget = Math.max(1, Math.round(attack.budget * share));
      const points = declared.map(({ index }) => index);
      return { attack: { ...attack, name: `${of}@${share}`, budget }, of, kind: "budget", points };
    });
    // What a conditioned policy knows has no place in one that sees no knobs.
    const levels = attack.conditioned && !attack.from ? interior(declared, check.levels) : [];
    if (levels.length === 0) return smaller;
    const alone = { ...attack, name: `${of}@alone`, conditioned: false };
    return [...smaller, { attack: alone, of, kind: "alone" as const, points: levels }];
  });
}

/** Any attack by name, probes included. */
export function findAttack(
  { attacks, probes }: { readonly attacks: readonly Attack[]; readonly probes: readonly Probe[] },
  name: string,
): Attack | undefined {
  return attacks.find((attack) => attack.name === name) ?? probes.find(({ attack }) => attack.name === name)?.attack;
}

/**
 * So many points evenly among those of the first scripted defence that stand at no end of a knob's levels: at the ends
 * attacks tend to be trivial, and a gap would hide. Knobs of fewer than three levels have no inside and do not count.
 */
function interior(declared: readonly Point[], count: number): number[] {
  const [first] = declared;
  const group = declared.filter(({ defender, defence }) => !defender && defence === first.defence);
  const inner = Object.keys(first.knobs)
    .map((knob) => ({ knob, levels: [...new Set(group.map(({ knobs }) => knobs[knob]))] }))
    .filter(({ levels }) => levels.length >= 3);
  if (inner.length === 0) return [];
  const inside = group.filter(({ knobs }) =>
    inner.every(({ knob, levels }) => knobs[knob] !== levels[0] && knobs[knob] !== levels.at(-1)),
  );
  const chosen = Math.min(count, inside.length);
  return Array.from({ length: chosen }, (_, i) => inside[Math.floor(((i + 0.5) * inside.length) / chosen)].index);
}
