import type { Painter, Shape, Tone } from "masque";
import type { WireParams } from "./env.ts";
import { COVERS, watcherOf } from "./model.ts";

/** Slots that are shown, the latest. */
const SHOWN = 64;

/** The wire as four rows of bars: what an innocent Alice would send, what she sends, what Bob and the warden read. */
export default function wire(p: WireParams): Painter {
  const symbols = COVERS[p.cover].length;
  const kept = Math.min(p.slots, p.window);
  const rows: Readonly<Record<"innocent" | "sent" | "bob" | "warden", number[]>> = {
    ...{ innocent: [], sent: [], bob: [], warden: [] },
  };
  const oneHot = (part: Float32Array, place = 0) => {
    const width = symbols - 1;
    return part.subarray(place * width, (place + 1) * width).indexOf(1) + 1;
  };
  let cover = 0;
  return {
    see({ step, part, action, count }) {
      const t = step - 1;
      if (t >= 0 && t < p.slots) {
        const active = part("alice", 0, "active")[0] === 1;
        rows.innocent.push(cover);
        rows.sent.push(active ? action("alice", 0) : cover);
        rows.bob.push(oneHot(part("bob", 0, "heard"), t % kept));
        rows.warden.push(oneHot(part("warden", watcherOf(t, p.slots, count("warden")), "heard"), t % kept));
      }
      cover = oneHot(part("alice", 0, "cover"));
    },
    draw({ step, part, action, count }) {
      const first = Math.max(0, rows.sent.length - SHOWN);
      const active = part("alice", 0, "active")[0] === 1;
      const row = (y: number, name: string, values: readonly number[], tone: (t: number) => Tone): Shape[] => [
        { kind: "text", x: 0, y: y + 1, text: name },
        { kind: "line", x: 0, y: y + 6, x2: Math.min(p.slots, SHOWN), y2: y + 6, tone: "neutral" },
        ...values.slice(first).map((symbol, i): Shape => {
          const h = (3 * symbol) / (symbols - 1) || 0.2;
          return { kind: "rect", x: i + 0.1, y: y + 6 - h, w: 0.8, h, tone: tone(first + i) };
        }),
      ];
      const changed = (t: number) => rows.sent[t] !== rows.innocent[t];
      const accused = Array.from({ length: count("warden") }, (_, i) => action("warden", i)).filter(
        (vote) => vote === 1,
      );
      const over = step > p.slots;
      const verdict = 2 * accused.length > count("warden") ? "accused" : "not accused";
      return {
        title: active ? "Alice hides a message (orange: where she changed the traffic)" : "Alice is innocent",
        ...{ width: Math.min(p.slots, SHOWN), height: 32 },
        ...(over && { labels: { verdict } }),
        shapes: [
          ...row(0, "innocent traffic", rows.innocent, () => "neutral"),
          ...row(8, "what Alice sends", rows.sent, (t) => (changed(t) ? "attacker" : "neutral")),
          ...row(16, "what Bob reads", rows.bob, (t) => (changed(t) ? "attacker" : "neutral")),
          ...row(24, "what the warden reads", rows.warden, () => "defender"),
        ],
      };
    },
  };
}
