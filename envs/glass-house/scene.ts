import type { Painter, Shape } from "masque";
import type { GlassHouse } from "./env.ts";

/** Where the columns' bars begin and how long they are; height of a row. */
const COLUMNS = { acts: 30, escrow: 52, barred: 74 } as const;
const [LONG, ROW, WIDTH] = [16, 4, 92];

/** Everyone in a row: how far its acts lean in the window so far, what that will pay if the audit passes, what it serves. */
export default function rows(p: GlassHouse): Painter {
  const agents = p.workers + p.colluders;
  return {
    see() {},
    draw({ part, counters }) {
      const head: Shape[] = [
        { kind: "text", x: COLUMNS.acts - LONG / 2, y: ROW / 2, text: "acts lean" },
        { kind: "text", x: COLUMNS.escrow, y: ROW / 2, text: "to be paid" },
        { kind: "text", x: COLUMNS.barred, y: ROW / 2, text: "barred for" },
        { kind: "line", x: COLUMNS.acts, y: ROW, x2: COLUMNS.acts, y2: ROW * (agents + 1.5), tone: "neutral" },
      ];
      const everyone = Array.from({ length: agents }, (_, i): Shape[] => {
        const [role, at] = i < p.workers ? (["worker", i] as const) : (["colluder", i - p.workers] as const);
        const tone = role === "worker" ? "benign" : "attacker";
        const of = (name: string) => part(role, at, name)[0];
        const y = ROW * (i + 1.5);
        const excess = (LONG / 2) * of("excess");
        const bar = (x: number, w: number, tone: "benign" | "attacker" | "bad"): Shape => {
          return { kind: "rect", x: Math.min(x, x + w), y: y - ROW / 3, w: Math.abs(w), h: (2 * ROW) / 3, tone };
        };
        return [
          { kind: "text", x: 0, y, text: `${role} ${at}`, tone },
          bar(COLUMNS.acts, excess, tone),
          bar(COLUMNS.escrow, LONG * of("escrow"), tone),
          bar(COLUMNS.barred, LONG * of("barred"), "bad"),
        ];
      }).flat();
      const gains = counters.paid.toFixed(0);
      const rights = counters.bits > 0 ? (100 * (0.5 + counters.leaked / (2 * counters.bits))).toFixed(0) : "50";
      return {
        title:
          "Honest acts lean neither way; colluders are paid for leaning, unless the audit of the noisy log accuses them. A thief reads the same log",
        ...{ width: WIDTH, height: ROW * (agents + 2) },
        labels: { "paid to colluders": gains, "workers' acts that the thief guesses right": `${rights} %` },
        shapes: [...head, ...everyone],
      };
    },
  };
}
