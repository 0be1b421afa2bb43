import type { Painter, Shape, Tone } from "masque";

/** Latest steps that are shown, and the height of a resource's row. */
const [SHOWN, ROW] = [96, 6];
/** Names of actions in their order, see `spaces.ts`. */
const [SCAN, RESET, QUIETLY, LOUDLY] = [1, 2, 2, 3];

/** Every resource as a row over time: who held it, when it was taken, and when a warden looked or threw everyone out. */
export default function tenancy(): Painter {
  const held: Tone[][] = [];
  const marks: { at: number; row: number; tone: Tone }[] = [];
  return {
    see({ step, scene, action, count }) {
      const tones = (scene?.shapes ?? []).map(({ tone = "good" }) => tone);
      held.push(tones);
      if (step === 0) return;
      for (let row = 0; row < Math.min(tones.length, count("intruder")); row++) {
        const act = action("intruder", row);
        if (act === QUIETLY || act === LOUDLY) marks.push({ at: step, row, tone: act === LOUDLY ? "bad" : "attacker" });
      }
      for (let row = 0; row < tones.length; row++) {
        // One warden for all, or one for each.
        const act = count("warden") > 1 ? action("warden", row) : action("warden", 0, row);
        if (act === SCAN || act === RESET) marks.push({ at: step, row, tone: act === RESET ? "defender" : "neutral" });
      }
    },
    draw({ step }) {
      const first = Math.max(0, step + 1 - SHOWN);
      const rows = held[0].length;
      const shown = held.slice(first);
      const bars = Array.from({ length: rows }, (_, row) =>
        runs(shown.map((tones) => tones[row])).map(({ tone, from, length }): Shape => {
          const h = tone === "good" ? 0.8 : 3;
          return { kind: "rect", x: from, y: row * ROW + 4 - h, w: length, h, tone };
        }),
      ).flat();
      const dots = marks
        .filter(({ at }) => at >= first)
        .map(({ at, row, tone }): Shape => {
          const isAttack = tone === "attacker" || tone === "bad";
          return { kind: "circle", x: at - first + 0.5, y: row * ROW + (isAttack ? 0.5 : 4.9), r: 0.4, tone };
        });
      return {
        title:
          "each resource over time; raised: held by the intruder, red: loudly. Dots above: strikes; below: scans (grey), evictions (violet)",
        ...{ width: SHOWN, height: rows * ROW },
        shapes: [...bars, ...dots],
      };
    },
  };
}

/** Equal neighbours together. */
function runs(tones: readonly Tone[]): { tone: Tone; from: number; length: number }[] {
  const found: { tone: Tone; from: number; length: number }[] = [];
  for (const [i, tone] of tones.entries()) {
    const last = found.at(-1);
    if (last?.tone === tone) last.length++;
    else found.push({ tone, from: i, length: 1 });
  }
  return found;
}
