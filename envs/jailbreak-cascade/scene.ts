import type { Painter, Shape, Tone } from "masque";
import { cos, sin } from "masque/numeric";
import type { JailbreakCascade } from "./env.ts";
import { drawer, type Graph } from "./graph.ts";

/** The golden angle: neighbours by rank lie far apart, and a disc fills evenly (Vogel 1979). */
const ANGLE = 2.399963229728653;

/** Agents up to which all links are drawn: more of them would be a ball of wool. */
const FEW = 60;

/** Most links that are drawn of more agents than that: those of the best linked agents among the taken over. */
const MOST = 250;

/** Agents as a disc, those with the most links in its middle and larger: what reaches the middle reaches everyone. */
export default function disc(p: JailbreakCascade): Painter {
  const lasting = p.graph !== "pairing";
  let graph: Graph | undefined;
  let rank: Int32Array;
  return {
    see({ step, world }) {
      if (step > 0 || !lasting) return;
      const drawn = drawer(p);
      drawn.draw(world());
      graph = drawn.graph;
      rank = new Int32Array(graph.nodes);
      for (const [at, node] of graph.order.entries()) rank[node] = at;
    },
    draw({ scene }) {
      const nodes = scene?.shapes ?? [];
      const radius = Math.sqrt(nodes.length) + 2;
      const place = (at: number) => {
        const out = Math.sqrt(at + 0.5);
        return { x: radius + out * cos(ANGLE * at), y: radius + out * sin(ANGLE * at) };
      };
      const tones = nodes.map(({ tone = "neutral" }): Tone => tone);
      const links = graph === undefined ? [] : linksOf(graph, rank, tones);
      const lines =
        tones.length <= FEW
          ? "lines: who writes to whom, orange where that may take one over next"
          : `orange lines: to whom those taken over write next${links.length === MOST ? ", the best linked first" : ""}`;
      return {
        title: `agents, those with the most links in the middle; orange: taken over, violet: guarded, grey: quarantined; ${
          lasting ? lines : "who writes to whom is drawn anew in every step"
        }`,
        ...{ width: 2 * radius, height: 2 * radius },
        shapes: [
          ...links.map(({ a, b, tone }): Shape => {
            const [{ x, y }, end] = [place(a), place(b)];
            return { kind: "line", x, y, x2: end.x, y2: end.y, tone };
          }),
          ...tones.map((tone, at): Shape => {
            return { kind: "circle", ...place(at), r: 0.55 + 0.9 / (1 + at / 4), tone };
          }),
        ],
      };
    },
  };
}

interface Link {
  readonly a: number;
  readonly b: number;
  readonly tone: Tone;
}

/** Links between agents that are shown, by rank: orange where a message can take one over, grey where nothing happens. */
function linksOf({ from, to }: Graph, rank: Int32Array, tones: readonly Tone[]): Link[] {
  const links: Link[] = [];
  for (let i = 0; i < from.length; i++) {
    const [a, b] = [rank[from[i]], rank[to[i]]];
    if (a >= tones.length || b >= tones.length) continue;
    const ends = [tones[a], tones[b]];
    const isLive = ends.includes("attacker") && ends.some((tone) => tone === "benign" || tone === "defender");
    if (isLive || tones.length <= FEW) links.push({ a, b, tone: isLive ? "attacker" : "neutral" });
  }
  if (tones.length <= FEW || links.length <= MOST) return links;
  const writer = ({ a, b }: Link) => (tones[a] === "attacker" ? a : b);
  return links.sort((one, other) => writer(one) - writer(other)).slice(0, MOST);
}
