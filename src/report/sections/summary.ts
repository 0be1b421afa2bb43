import { type Frontier, utilityTitle } from "../../frontier/frontier.ts";
import type { Estimate } from "../../stats/estimate.ts";
import { interval, letter } from "../frontier-text.ts";
import { type Content, html } from "../html/html.ts";
import { facts, notice } from "../html/parts.ts";
import { number } from "../text.ts";

/** What was asked, what came out, and how far it may be trusted. */
export function summary(frontier: Frontier): Content {
  const { question, environment, runs, episodes, attacks, illustrative, axes } = frontier;
  return [
    question && html`<p class="lede">${question}</p>\n`,
    html`<p class="note"><code>${environment.id}</code>: ${axes.security} over ${axes.utility}; ${count(runs, "run")}, ${episodes.select} + ${episodes.test} episodes of each attack at each point, in two splits; Masque ${frontier.masque}; config <code>${frontier.config.slice(0, 12)}</code></p>\n`,
    illustrative &&
      notice(
        "warn",
        html`<b>Illustrative.</b> ${count(runs, "run")}, fewer than 5: this shows how the measurement works. Do not compare methods by it.`,
      ),
    notice(
      "plain",
      html`Security is measured against the worst of ${count(attacks.length, "attack")} tried. They are a lower bound on what attackers can do: true security may be lower.`,
    ),
    facts([...scores(frontier), best(frontier), winners(frontier), standing(frontier)]),
  ];
}

export function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? "" : "s"}`;
}

type Fact = [name: Content, value: Content, note: Content];

function scores({ front }: Frontier): Fact[] {
  const { hypervolume, anchors, score, all } = front;
  const volume = `hypervolume ${number(hypervolume, 3)}, less ${number(anchors, 3)} that no defence and lockdown alone give`;
  return [
    score.expression === undefined
      ? ["Score: what the defence adds", number(score.mean, 3), [certainty(score), volume]]
      : [
          "Score",
          number(score.mean, 3),
          [certainty(score), `the greatest ${score.expression}, at ${letter(score.best ?? 0)}; ${volume}`],
        ],
    ...(all
      ? [
          [
            `In all of ${all.axes.join(", ")}`,
            number(all.score.mean, 3),
            [
              certainty(all.score),
              `hypervolume ${number(all.hypervolume, 3)}, less ${number(all.anchors, 3)} of the anchors`,
            ],
          ] satisfies Fact,
        ]
      : []),
  ];
}

/** A line with the interval, where there is one. */
function certainty({ low, high }: Pick<Estimate, "low" | "high">): Content {
  return low !== null && high !== null && html`95 % interval ${number(low, 3)} to ${number(high, 3)}<br>`;
}

function best({ front, axes }: Frontier): Fact {
  const levels =
    front.atSecurity ??
    Object.entries(front.utilityAtSecurity).map(([level, utility]) => ({
      level: Number(level),
      utility,
      low: null,
      high: null,
    }));
  const [first, ...rest] = levels;
  const value = (utility: number | null) => (utility === null ? "no point" : number(utility, 3));
  return [
    `Best ${utilityTitle(axes)} at ${axes.security} ≥ ${first.level}`,
    value(first.utility),
    [
      first.utility !== null && certainty(first),
      rest.map(({ level, utility }) => `${value(utility)} at ≥ ${level}`).join(", "),
    ],
  ];
}

/** Which attacks are the worst, over points and runs. */
function winners({ points }: Frontier): Fact {
  const wins = new Map<string, number>();
  for (const { worstAttackByRun } of points)
    for (const name of worstAttackByRun) wins.set(name, (wins.get(name) ?? 0) + 1);
  const total = points.reduce((sum, { worstAttackByRun }) => sum + worstAttackByRun.length, 0);
  const [first, ...rest] = [...wins].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
  const others = rest.slice(0, 3).map(([name, n]) => `${name} ${n}`);
  return [
    "Most often the worst attack",
    first[0],
    `in ${first[1]} of ${total} (points × runs)${others.length > 0 ? `; then ${others.join(", ")}` : ""}`,
  ];
}

function standing({ points }: Frontier): Fact {
  const of = (label: string) => points.filter(({ pareto }) => pareto?.label === label).length;
  return [
    "Declared points on the frontier",
    `${of("frontier")} of ${points.length}`,
    `${of("ambiguous")} ambiguous, ${of("dominated")} dominated`,
  ];
}

/** A mean with its interval under it. */
export function estimated(estimate: Parameters<typeof interval>[0]): Content {
  const [mean, rest] = interval(estimate).split(" [");
  return html`${mean}${rest ? html`<small>[${rest}</small>` : null}`;
}
