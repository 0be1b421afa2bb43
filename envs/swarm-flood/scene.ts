import type { Painter, Shape } from "masque";
import type { Params } from "./env.ts";
import { MAX_ASK } from "./model.ts";

/** Latest steps that are shown, and the height of the queue's drawing, where two capacities reach. */
const [SHOWN, HEIGHT] = [80, 20];

/** What got through to the service, step by step, against what it can serve; below it everyone, grey while blocked. */
export default function queue(p: Params): Painter {
  const past: { bots: number; clients: number }[] = [];
  return {
    see({ step, part, count }) {
      if (step === 0) return;
      let arrived = 0;
      for (let k = 0; k < count("gateway"); k++) {
        const congestion = part("gateway", k, "congestion")[0];
        arrived += ((p.capacity / p.gateways) * congestion) / (1 - congestion);
      }
      let bots = 0;
      for (let j = 0; j < count("bot"); j++) {
        const asked = part("bot", j, "asked");
        const blocked = part("bot", j, "countdown");
        for (let k = 0; k < asked.length; k++) if (blocked[k] === 0) bots += MAX_ASK * asked[k];
      }
      // A bucket may have let less of it through.
      bots = Math.min(bots, arrived);
      past.push({ bots, clients: arrived - bots });
    },
    draw({ scene }) {
      const width = SHOWN;
      const y = (requests: number) => HEIGHT * (1 - Math.min(2, requests / p.capacity) / 2);
      const bars = past.slice(-SHOWN).flatMap(({ bots, clients }, i): Shape[] => [
        { kind: "rect", x: i, y: y(clients), w: 0.9, h: HEIGHT - y(clients), tone: "benign" },
        { kind: "rect", x: i, y: y(bots + clients), w: 0.9, h: y(clients) - y(bots + clients), tone: "attacker" },
      ]);
      const scale = scene ? Math.min(width / scene.width, 2.6) : 1;
      // The dynamics draw clients, then gateways, then bots: without the gateways the rest moves together.
      const middle = (scene?.shapes ?? []).find(({ kind }) => kind === "rect")?.y ?? 0;
      const everyone = (scene?.shapes ?? []).flatMap((shape): Shape[] => {
        if (shape.kind !== "circle") return [];
        const y = shape.y > middle ? shape.y - 3 : shape.y;
        return [{ ...shape, x: scale * shape.x, y: HEIGHT + 4 + scale * (y - 0.5), r: scale * shape.r }];
      });
      return {
        title:
          "requests that reach the service: clients' blue, bots' orange; above the line, capacity, all are served in proportion",
        ...{ width, height: HEIGHT + 4 + scale * Math.max(1, (scene?.height ?? 0) - 3) },
        shapes: [
          ...bars,
          { kind: "line", x: 0, y: y(p.capacity), x2: width, y2: y(p.capacity), tone: "bad" },
          {
            kind: "text",
            x: 0,
            y: HEIGHT + 2.5,
            text: "clients above, bots below; grey: not served",
          },
          ...everyone,
        ],
      };
    },
  };
}
