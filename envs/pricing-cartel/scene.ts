import type { Painter, Shape, Tone } from "masque";
import type { PricingCartel } from "./env.ts";
import { market } from "./market.ts";

const [WIDTH, HEIGHT, STRIP] = [100, 40, 2.5];
const TONES: readonly Tone[] = ["attacker", "neutral", "good", "benign"];

/** Every seller's price over time, between those of competition and of a cartel; fines; what the regulator does. */
export default function prices(p: PricingCartel): Painter {
  const { grid, nashPrice, monopolyPrice } = market(p.sellers, p.prices);
  const [low, high] = [grid[0], grid[grid.length - 1]];
  const y = (price: number) => 2 + (HEIGHT - 4) * (1 - (price - low) / (high - low));
  const x = (period: number) => (WIDTH * period) / p.periods;
  const asked: number[][] = [];
  const fined: boolean[][] = [];
  const regimes: number[] = [];
  return {
    see({ step, part, action, count }) {
      if (step === 0) return;
      const sellers = Array.from({ length: count("seller") }, (_, i) => i);
      asked.push(sellers.map((i) => grid[action("seller", i)]));
      fined.push(sellers.map((i) => part("seller", i, "fined")[0] === 1));
      regimes.push(part("regulator", 0, "regime")[0]);
    },
    draw() {
      const level = (price: number, text: string, aside: number): Shape[] => [
        { kind: "line", x: 0, y: y(price), x2: WIDTH, y2: y(price), tone: "neutral" },
        { kind: "text", x: 1, y: y(price) + aside, text },
      ];
      // A hair apart, so that equal prices show as two lines.
      const aside = (i: number) => 0.35 * (i - (p.sellers - 1) / 2);
      const lines = asked.flatMap((now, t) =>
        now.flatMap((price, i): Shape[] => {
          const tone = TONES[i % TONES.length];
          const [from, to] = [x(t), x(t + 1)];
          const at = y(price) + aside(i);
          const next = asked[t + 1]?.[i];
          const step: Shape[] =
            next === undefined || next === price
              ? []
              : [{ kind: "line", x: to, y: at, x2: to, y2: y(next) + aside(i), tone }];
          const fine: Shape[] = fined[t][i] ? [{ kind: "circle", x: (from + to) / 2, y: at, r: 0.6, tone: "bad" }] : [];
          return [{ kind: "line", x: from, y: at, x2: to, y2: at, tone }, ...step, ...fine];
        }),
      );
      const watched = regimes.map((regime, t): Shape => {
        const h = STRIP * regime;
        return { kind: "rect", x: x(t), y: HEIGHT + 6 + STRIP - h, w: x(1), h, tone: "defender" };
      });
      return {
        title: "prices over time; red: fined",
        ...{ width: WIDTH, height: HEIGHT + 10 },
        shapes: [
          ...level(monopolyPrice, "monopoly price", 3),
          ...level(nashPrice, "price of competition (Nash)", -3),
          ...lines,
          { kind: "text", x: 1, y: HEIGHT + 2, text: "how hard the regulator looks" },
          ...watched,
        ],
      };
    },
  };
}
