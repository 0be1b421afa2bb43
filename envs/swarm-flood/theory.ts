import { wantedLaw } from "./demand.ts";
import { MAX_ASK } from "./identities.ts";

export { largestPulse, meanField, stepsToBlock, unblockedAsks } from "./limits.ts";

/** What the references read of the environment's parameters. */
export interface Setting {
  readonly clients: number;
  readonly bots: number;
  readonly gateways: number;
  /** Requests a step, of all gateways together. */
  readonly capacity: number;
  readonly tolerance: number;
  /** Requests a step. */
  readonly rate: number;
  readonly burst: number;
  readonly demand: "bursty" | "steady";
  /** What a steady client asks a step. */
  readonly load: number;
  /** Chance a step that an identity is replaced, and for how many steps the new one gets nothing. */
  readonly turnover: number;
  readonly wait: number;
  readonly backOff: boolean;
}

/**
 * Fluid fair-share law: requests of clients served a step when `clients` who ask `load` and `bots` who ask all they can
 * each get min(ask, rate) past their bucket and the rest shares `capacity` in proportion. With r the rate, λ the load:
 * B·min(r,λ) for r < c/(B+Y); min(Bλ, cB/(B+Y)) up to λ; min(Bλ, cBλ/(Bλ+Y·min(r,8))) above. Processor sharing of
 * fluid flows (Kleinrock 1976, Queueing Systems II, ch. 4); assumes no score, no bursts and patient clients.
 */
export function fairShare(p: Pick<Setting, "clients" | "bots" | "capacity" | "rate" | "load">): number {
  const wanted = p.clients * Math.min(p.rate, p.load);
  const all = wanted + p.bots * Math.min(p.rate, MAX_ASK);
  return all > p.capacity ? (p.capacity * wanted) / all : wanted;
}

/** `[upto]`, P(sum of n independent draws of `law` = k) for k below `upto`. */
function sumLaw(law: ArrayLike<number>, n: number, upto: number): Float64Array {
  let sum = Float64Array.of(1);
  for (let i = 0; i < n; i++) {
    const next = new Float64Array(Math.min(upto, sum.length + law.length - 1));
    for (let k = 0; k < sum.length; k++) {
      for (let j = 0; j < law.length && k + j < next.length; j++) next[k + j] += sum[k] * law[j];
    }
    sum = next;
  }
  return sum;
}

/**
 * E[D·min(1, c/(D+A))]: exact goodput a step of n patient clients who draw their demand D independently from `law`,
 * beside A requests of bots that get through. `law` is on the lattice 0, 1, … requests.
 */
export function exactGoodput(law: ArrayLike<number>, n: number, capacity: number, attack = 0): number {
  if (attack > 0) {
    const sum = sumLaw(law, n, n * (law.length - 1) + 1);
    return sum.reduce((mean, p, d) => mean + p * d * Math.min(1, capacity / (d + attack)), 0);
  }
  // E[min(D, c)] = c − Σ_{k<c} (c−k) P(D=k), so that only the part below capacity is needed.
  return sumLaw(law, n, Math.ceil(capacity)).reduce((mean, p, k) => mean - p * (capacity - k), capacity);
}

/** Clients pinned to gateway k: client i belongs to i mod gateways. */
export const pinned = ({ clients, gateways }: Pick<Setting, "clients" | "gateways">, k: number): number =>
  Math.ceil((clients - k) / gateways);

/**
 * The law of what a client asks through an open identity, on a lattice of `unit` requests: identities younger than
 * `wait` steps get nothing.
 */
export function askLaw(p: Pick<Setting, "demand" | "load" | "turnover" | "wait">): { law: Float64Array; unit: number } {
  let open = 1;
  for (let k = 0; k < p.wait; k++) open *= 1 - p.turnover;
  const law = p.demand === "steady" ? Float64Array.of(0, 1) : wantedLaw();
  const thinned = law.map((q) => q * open);
  thinned[0] += 1 - open;
  return { law: thinned, unit: p.demand === "steady" ? p.load : 1 };
}

/**
 * The frozen constant that security is measured by: requests of patient clients served a step with no defence and no
 * attack. Exact for patient clients, an upper bound for those who fall silent, since silence only ever takes demand away.
 */
export function undefendedGoodput(
  p: Pick<Setting, "clients" | "gateways" | "capacity" | "demand" | "load" | "turnover" | "wait">,
): number {
  const { law, unit } = askLaw(p);
  let sum = 0;
  for (let k = 0; k < p.gateways; k++) {
    sum += unit * exactGoodput(law, pinned(p, k), p.capacity / p.gateways / unit);
  }
  return sum;
}

/** Whether a knob point lies where the fluid law holds exactly; elsewhere no closed form is known. */
const isFluid = (p: Setting): boolean =>
  p.tolerance >= MAX_ASK &&
  !p.backOff &&
  p.demand === "steady" &&
  p.burst === p.rate &&
  p.turnover * p.wait === 0 &&
  p.gateways === 1;

/** Utility and security against flooding where the fluid law holds, else null. */
export function reference(p: Setting): { utility: number; security: number } | null {
  if (!isFluid(p)) return null;
  const clean = fairShare({ ...p, bots: 0 });
  const attacked = fairShare(p);
  return { utility: clean / (p.clients * p.load), security: 1 - (clean - attacked) / undefendedGoodput(p) };
}
