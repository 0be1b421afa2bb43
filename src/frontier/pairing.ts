import type { Attack } from "../benchmark/portfolio.ts";
import type { Benchmark } from "../benchmark/resolve.ts";
import { canonical } from "../data/canonical.ts";
import { InputError } from "../data/errors.ts";

/** Environment steps that all trainings of a portfolio took at one knob level. */
export function trainingSteps(attacks: readonly Attack[], runs: number): number {
  return attacks.reduce((sum, attack) => sum + (attack.kind === "learned" ? attack.budget * runs : 0), 0);
}

/** @throws InputError unless both are of the same environment and drawn on the same axes. */
export function requireAlike(a: Benchmark, b: Benchmark): void {
  if (a.env.id !== b.env.id) {
    throw new InputError(`A is a run of ${a.env.id} and B of ${b.env.id}: runs of one environment can be compared.`);
  }
  if (a.plugin.digest !== b.plugin.digest) {
    throw new InputError(`A and B were played on different definitions of ${a.env.id}; run one of them again.`);
  }
  for (const axis of ["utility", "security"] as const) {
    if (a.axes[axis] === b.axes[axis]) continue;
    throw new InputError(
      `A is drawn on ${a.axes.utility} and ${a.axes.security}, B on ${b.axes.utility} and ${b.axes.security}; ` +
        "choose for both with --axes UTILITY,SECURITY.",
    );
  }
}

/** Whether run i of both saw the same worlds: equal root seed, number of runs and episodes. */
export function pairing(a: Benchmark, b: Benchmark): boolean {
  const drawn = ({ config }: Benchmark) => {
    const { select, test } = config.episodes;
    return canonical([config.seeds.root, config.seeds.runs, select, test]);
  };
  return drawn(a) === drawn(b);
}

/** Knobs by which points are matched: those that are swept, if both runs sweep the same; otherwise all there are. */
export function matchedKnobs(a: Benchmark, b: Benchmark): string[] {
  const swept = [a, b].map(({ config }) => Object.keys(config.defence.knobs).sort());
  return canonical(swept[0]) === canonical(swept[1]) && swept[0].length > 0
    ? swept[0]
    : Object.keys(a.env.knobs).sort();
}

/** What besides the defence differs between two runs, in sentences: what a difference may be due to instead. */
export function unlikeness(a: Benchmark, b: Benchmark): string[] {
  const names = [a, b].map(({ attacks }) => attacks.map(({ name }) => name));
  const only = [
    names[0].filter((name) => !names[1].includes(name)),
    names[1].filter((name) => !names[0].includes(name)),
  ];
  const steps = [trainingSteps(a.attacks, a.config.seeds.runs), trainingSteps(b.attacks, b.config.seeds.runs)];
  const changed = a.attacks.filter(({ name }) => {
    const other = b.attacks.find((attack) => attack.name === name);
    return other !== undefined && canonical(other) !== canonical(a.attacks.find((attack) => attack.name === name));
  });
  const matched = matchedKnobs(a, b);
  const isKnob = (name: string) => Object.hasOwn(a.env.knobs, name);
  const params = differingParams(a, b, (name) => !isKnob(name));
  const fixed = differingParams(a, b, (name) => isKnob(name) && !matched.includes(name));
  return [
    ...(params.length > 0 ? [`The environments differ in ${params.join(", ")}: they are not the same task.`] : []),
    ...(fixed.length > 0 ? [`At every level the defences differ in ${fixed.join(", ")}.`] : []),
    ...only.flatMap((list, i) =>
      list.length > 0
        ? [
            `Only ${"AB"[i]} was attacked by ${list.join(", ")}: ${"AB"[i]} was attacked harder, so its security may look lower for it.`,
          ]
        : [],
    ),
    ...(changed.length > 0
      ? [`Attacks of the same name differ in their settings or weights: ${changed.map(({ name }) => name).join(", ")}.`]
      : []),
    ...(steps[0] === steps[1]
      ? []
      : [
          `Training budgets differ: ${steps[0]} environment steps a level in A, ${steps[1]} in B. ` +
            `${steps[0] > steps[1] ? "A" : "B"} was attacked harder.`,
        ]),
    ...(a.config.seeds.runs === b.config.seeds.runs
      ? []
      : [`A has ${a.config.seeds.runs} runs, B ${b.config.seeds.runs}.`]),
  ];
}

/** Parameters, of those asked for, with unequal values, as "bots (10 in A, 20 in B)". */
function differingParams(a: Benchmark, b: Benchmark, asked: (name: string) => boolean): string[] {
  const [x, y] = [a.points[0].params, b.points[0].params];
  return Object.keys({ ...x, ...y })
    .filter(asked)
    .filter((name) => canonical(x[name] ?? null) !== canonical(y[name] ?? null))
    .map((name) => `${name} (${canonical(x[name] ?? null)} in A, ${canonical(y[name] ?? null)} in B)`);
}
