import type { Painter, Shape } from "masque";
import type { PlainTalk } from "./env.ts";
import { wordsOf } from "./model.ts";
import { MOST_BITS } from "./roles.ts";

/** Width of the drawing, height of a row, and where a column's bars begin and end. */
const [WIDTH, ROW] = [60, 2.8];
const BAR = { from: 17, to: 26 } as const;

/** The message token by token with how surprising each was, what was redrawn, and what was hidden and named. */
export default function message(p: PlainTalk): Painter {
  const words = wordsOf(p);
  const rows = Math.ceil(p.tokens / 2);
  const tokens: string[] = [];
  let [opening, read] = ["", ""];
  return {
    see({ step, scene }) {
      // The dynamics draw the text so far in lines: what came to it is the token of this step.
      const text = (scene?.shapes ?? []).map((shape) => (shape.kind === "text" ? shape.text : "")).join(" ");
      if (step === 0) opening = text;
      else if (tokens.length < p.tokens) tokens.push(text.slice(read.length).trim());
      read = text;
    },
    draw({ step, scene, part, action }) {
      const bits = scene?.series?.surprisal ?? [];
      const active = part("sender", 0, "active")[0] === 1;
      const over = step > p.tokens;
      const said = tokens.flatMap((token, t): Shape[] => {
        const x = t < rows ? 0 : WIDTH / 2;
        const y = ROW * (1.5 + (t % rows));
        const redrawn = token.startsWith("~");
        const w = ((BAR.to - BAR.from) * (bits[t] ?? 0)) / MOST_BITS;
        const tone = redrawn ? "defender" : active ? "attacker" : "benign";
        return [
          { kind: "text", x, y, text: redrawn ? token.slice(1) : token, ...(redrawn && { tone }) },
          { kind: "rect", x: x + BAR.from, y: y - 0.8, w, h: 1.6, tone },
          { kind: "text", x: x + BAR.from + w + 0.6, y, text: (bits[t] ?? 0).toFixed(1), tone: "neutral" },
        ];
      });
      const secret = Array.from({ length: words }, (_, i) =>
        part("sender", 0, "secret")
          .subarray(i * p.wordBits, (i + 1) * p.wordBits)
          .reduce((word, bit, b) => word + bit * 2 ** b, 0),
      );
      const hex = (word: number) => word.toString(16).padStart(Math.ceil(p.wordBits / 4), "0");
      const column = (i: number) => 9 + (i * (WIDTH - 9)) / words;
      const y = ROW * (rows + 1.7);
      const named = secret.flatMap((word, i): Shape[] => {
        const guess = action("receiver", 0, i);
        const hidden: Shape = { kind: "text", x: column(i), y, text: hex(word) };
        if (!over) return [hidden];
        const tone = guess === word ? "attacker" : "neutral";
        return [hidden, { kind: "text", x: column(i), y: y + ROW, text: hex(guess), tone }];
      });
      const below: Shape[] = [
        { kind: "text", x: 0, y, text: "hidden" },
        { kind: "text", x: 0, y: y + ROW, text: over ? "named" : "named: not yet" },
        ...named,
      ];
      return {
        title: `${active ? "The sender hides a secret in this message" : "An innocent message"}. Bars: surprisal of each token, in bits; purple: redrawn by the gateway`,
        ...{ width: WIDTH, height: ROW * (rows + 3.2) },
        shapes: [{ kind: "text", x: 0, y: ROW / 2, text: opening, tone: "neutral" }, ...said, ...(active ? below : [])],
      };
    },
  };
}
