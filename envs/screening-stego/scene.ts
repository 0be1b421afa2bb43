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

/** A message, letter by letter. */
const lettersAt = (letters: readonly string[], y: number, tone: "attacker" | "neutral"): Shape[] =>
  letters.map((text, at) => ({ kind: "text", x: (LETTERS / 8) * at, y, text, tone }));

/** The messages that were written or read last: what was hidden in each, and who found it. */
export default function readings(p: ScreeningStego): Painter {
  const total = p.sessions * p.rounds;
  const written: string[][] = [];
  const reads: Read[] = [];
  const right = { receiver: 0, overseer: 0 };
  // The message that is answered in the step to come.
  let [letters, secret, onDuty]: [string[], number, number] = [[], 0, 0];
  return {
    see({ step, scene, part, action, count }) {
      if (step >= 1 && step <= total) {
        written.push(Array.from({ length: 8 }, (_, i) => "ACGT"[action("sender", 0, i)]));
        if (written.length > SHOWN) written.shift();
      }
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
    draw({ step }) {
      const frame = { width: 62, height: ROW * (SHOWN + 1.5) };
      if (step <= total + 1) {
        const rows = written.flatMap((letters, i) =>
          lettersAt(letters, ROW * (i + 1.5), i === written.length - 1 ? "attacker" : "neutral"),
        );
        const title = `first the sender writes all ${total} messages; then they are read, in random order`;
        const labels = { written: Math.min(step, total) };
        return { title, ...frame, labels, shapes: [{ kind: "text", x: 0, y: ROW / 2, text: "written" }, ...rows] };
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
          ...lettersAt(read.letters, y, "neutral"),
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
