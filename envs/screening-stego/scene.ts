import type { Painter, Shape } from "masque";
import type { ScreeningStego } from "./env.ts";

/** Messages that are shown, the latest; letters a row, and where its columns stand. */
const [SHOWN, ROW, LETTERS] = [8, 4, 24];
const COLUMNS = { secret: 27, receiver: 38, overseer: 50 } as const;

interface Read {
  readonly letters: readonly string[];
  readonly secret: number;
  readonly receiver: number;
  readonly overseer: number;
}

/** The messages that were read last: what was hidden in each, and who found it. */
export default function readings(p: ScreeningStego): Painter {
  const total = p.sessions * p.rounds;
  const reads: Read[] = [];
  const right = { receiver: 0, overseer: 0 };
  // The message that is answered in the step to come.
  let [letters, secret, onDuty]: [string[], number, number] = [[], 0, 0];
  return {
    see({ step, scene, part, action, count }) {
      if (step > total + 1) {
        const read = { letters, secret, receiver: action("receiver", 0, 1), overseer: action("overseer", onDuty) };
        reads.push(read);
        if (read.receiver === secret) right.receiver++;
        if (read.overseer === secret) right.overseer++;
      }
      letters = (scene?.shapes ?? []).flatMap((shape) => (shape.kind === "text" ? [shape.text] : []));
      secret = Number(scene?.labels?.secret ?? 0);
      onDuty = 0;
      for (let i = 1; i < count("overseer"); i++) if (part("overseer", i, "duty")[0] === 1) onDuty = i;
    },
    draw({ step, action }) {
      const frame = { width: 62, height: ROW * (SHOWN + 1.5) };
      if (step <= total + 1) {
        const written = Array.from({ length: 8 }, (_, i) => "ACGT"[action("sender", 0, i)]);
        const shapes: Shape[] = written.map((text, i) => ({
          kind: "text",
          x: 4 + 3 * i,
          y: 3 * ROW,
          text,
          tone: "attacker",
        }));
        const title = `first the sender writes all ${total} messages; then they are read, in random order`;
        return { title, ...frame, shapes: step === 0 ? [] : shapes };
      }
      const head: Shape[] = [
        { kind: "text", x: 0, y: ROW / 2, text: "message" },
        { kind: "text", x: COLUMNS.secret, y: ROW / 2, text: "secret" },
        { kind: "text", x: COLUMNS.receiver, y: ROW / 2, text: "receiver" },
        { kind: "text", x: COLUMNS.overseer, y: ROW / 2, text: "overseer" },
      ];
      const bits = (value: number) => value.toString(2).padStart(p.secretBits, "0");
      const rows = reads.slice(-SHOWN).flatMap((read, i): Shape[] => {
        const y = ROW * (i + 1.5);
        const guess = (x: number, value: number, tone: "attacker" | "defender"): Shape[] => [
          { kind: "circle", x: x + 1, y, r: 1, tone: value === read.secret ? tone : "neutral" },
          { kind: "text", x: x + 3, y, text: bits(value), ...(value !== read.secret && { tone: "neutral" }) },
        ];
        return [
          ...read.letters.map((text, at): Shape => ({ kind: "text", x: (LETTERS / 8) * at, y, text, tone: "neutral" })),
          { kind: "text", x: COLUMNS.secret, y, text: bits(read.secret) },
          ...guess(COLUMNS.receiver, read.receiver, "attacker"),
          ...guess(COLUMNS.overseer, read.overseer, "defender"),
        ];
      });
      return {
        title: "messages as they are read; coloured: whoever found the secret",
        ...frame,
        labels: {
          read: reads.length,
          "receiver right": right.receiver,
          "overseer right": right.overseer,
          "by chance": (reads.length / 2 ** p.secretBits).toFixed(0),
        },
        shapes: [...head, ...rows],
      };
    },
  };
}
