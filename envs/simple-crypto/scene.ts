import type { Painter, Shape, Tone } from "masque";

/** Steps that are shown, the latest. */
const SHOWN = 25;

/** Step by step what Alice sent and what Bob and Eve took for the secret one step later. */
export default function game(): Painter {
  const rows: Readonly<Record<"sent" | "bob" | "eve", number[]>> = { sent: [], bob: [], eve: [] };
  return {
    see({ step, action }) {
      if (step === 0) return;
      rows.sent.push(action("alice", 0));
      rows.bob.push(action("bob", 0));
      rows.eve.push(action("eve", 0));
    },
    draw({ part }) {
      const goal = part("alice", 0, "goal").indexOf(1);
      const first = Math.max(0, rows.sent.length - SHOWN);
      // What a row is stands above it: on a phone there is no room beside it.
      const row = (y: number, name: string, values: readonly number[], tone: (symbol: number) => Tone): Shape[] => [
        { kind: "text", x: 0, y: y + 0.6, text: name },
        ...values.slice(first).map((symbol, i): Shape => {
          return { kind: "rect", x: i, y: y + 1.2, w: 0.9, h: 1.2, tone: tone(symbol), label: String(symbol) };
        }),
      ];
      return {
        title: `The secret is ${goal}: Bob is to name it (green: he does), Eve is not (orange: she does)`,
        ...{ width: SHOWN, height: 10.5 },
        shapes: [
          ...row(0, "Alice sends, step by step", rows.sent, () => "neutral"),
          ...row(3.6, "Bob answers", rows.bob, (symbol) => (symbol === goal ? "good" : "bad")),
          ...row(7.2, "Eve answers", rows.eve, (symbol) => (symbol === goal ? "attacker" : "neutral")),
        ],
      };
    },
  };
}
