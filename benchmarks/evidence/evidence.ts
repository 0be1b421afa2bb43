import { type Environment, resolveParams, type ScriptedPolicies, score } from "masque";

/** Scripts that print the figures of an environment's page, by name: what `benchmarks/evidence/<env>.ts` exports by default. */
export type Evidence = Readonly<Record<string, Part>>;

export interface Part {
  /** What it prints, in a line. */
  readonly summary: string;
  /** `settings` are what follows the part's name on the command line. */
  print(settings: readonly string[]): void | Promise<void>;
}

/**
 * How a preset moves the frontier: at each level the worst script, on the environment's defaults and on the preset,
 * `settings` changing the defaults. Axes are the environment's first metrics; utility is of the arm that it is drawn in.
 */
export function printPreset(
  env: Environment,
  scripts: ScriptedPolicies,
  preset: string,
  levels: readonly Readonly<Record<string, number>>[],
  { settings = {}, episodes = 32 }: { settings?: object; episodes?: number } = {},
): void {
  const [utility, security] = (["utility", "security"] as const).map(
    (axis) => Object.keys(env.metrics).find((name) => env.metrics[name].axis === axis)!,
  );
  for (const level of levels) {
    const cells = [settings, { preset }].map((base) => {
      const params = resolveParams(env, { ...base, ...level });
      const all = Object.keys(scripts.attacks).map((attack) => ({
        attack,
        ...score(env, { scripts, params, attack, episodes, split: ["search"] }),
      }));
      const worst = all.reduce((a, b) => (b.attacked[security] < a.attacked[security] ? b : a));
      const arm = env.metrics[utility].arm === "attacked" ? worst.attacked : worst.clean;
      return `U ${arm[utility].toFixed(3)} S ${worst.attacked[security].toFixed(3)} (${worst.attack})`;
    });
    console.log(`${JSON.stringify(level)}: default ${cells[0]}; ${preset} ${cells[1]}`);
  }
}

/** Where a defence stands. */
export interface Point {
  readonly utility: number;
  readonly security: number;
}

/** The security at a utility on the lines between points, which a draw between two of them for an episode comes to. */
export function between(points: readonly Point[], utility: number): number {
  let most = Number.NEGATIVE_INFINITY;
  for (const a of points) {
    for (const b of points) {
      if (a.utility > utility || b.utility < utility) continue;
      const share = a.utility === b.utility ? 0 : (utility - a.utility) / (b.utility - a.utility);
      most = Math.max(most, a.security + share * (b.security - a.security));
    }
  }
  return most;
}
