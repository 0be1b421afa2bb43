import { exp } from "masque/numeric";

// The market of Calvano, Calzolari, Denicolò and Pastorello (2020), "Artificial Intelligence, Algorithmic Pricing, and
// Collusion", American Economic Review 110(10):3267, section II: symmetric sellers, logit demand, constant costs.
/** Quality of every good, a, against 0 for buying nothing; unit cost c; horizontal differentiation μ. */
export const QUALITY = 2;
export const COST = 1;
export const MU = 0.25;
/** The grid reaches this share of p_M − p_N beyond both (ξ in the paper). */
const MARGIN = 0.1;

export interface Market {
  readonly sellers: number;
  /** Prices, lowest first. */
  readonly grid: Float64Array;
  /** e^((a−p)/μ) of every price: demand for one is its weight / (sum of all sellers' weights + 1). */
  readonly weight: Float64Array;
  /** (p − c) · weight: profit is this / (sum of weights + 1). */
  readonly margin: Float64Array;
  /** One-shot Nash and joint-monopoly price and profit a seller, over all real prices. */
  readonly nashPrice: number;
  readonly nashProfit: number;
  readonly monopolyPrice: number;
  readonly monopolyProfit: number;
}

/** e^((a−p)/μ). */
export const weightOf = (price: number): number => exp((QUALITY - price) / MU);

/** Root of an increasing function between low and high, to the last bits. */
function root(f: (x: number) => number, low: number, high: number): number {
  for (let i = 0; i < 100; i++) {
    const middle = (low + high) / 2;
    if (f(middle) < 0) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** A seller's profit where all ask the same price. */
export function symmetricProfit(price: number, sellers: number): number {
  const weight = weightOf(price);
  return ((price - COST) * weight) / (sellers * weight + 1);
}

const known = new Map<string, Market>();

/** The market of n sellers on a grid of m prices. First-order conditions: p − c = μ/(1−q) (Nash), μ/(1−nq) (monopoly). */
export function market(sellers: number, prices: number): Market {
  const name = `${sellers} ${prices}`;
  const found = known.get(name);
  if (found) return found;
  const share = (price: number) => weightOf(price) / (sellers * weightOf(price) + 1);
  const nashPrice = root((p) => p - COST - MU / (1 - share(p)), COST, COST + 4);
  const monopolyPrice = root((p) => p - COST - MU / (1 - sellers * share(p)), COST, COST + 4);
  const gap = monopolyPrice - nashPrice;
  const low = nashPrice - MARGIN * gap;
  const pitch = ((1 + 2 * MARGIN) * gap) / (prices - 1);
  const grid = Float64Array.from({ length: prices }, (_, k) => low + k * pitch);
  const weight = grid.map(weightOf);
  const made: Market = {
    sellers,
    grid,
    weight,
    margin: weight.map((w, k) => (grid[k] - COST) * w),
    nashPrice,
    nashProfit: symmetricProfit(nashPrice, sellers),
    monopolyPrice,
    monopolyProfit: symmetricProfit(monopolyPrice, sellers),
  };
  known.set(name, made);
  return made;
}
