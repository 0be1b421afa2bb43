/** What laws and references read of the environment's parameters. */
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

/** The most that an identity can ask in a step. */
export const MAX_ASK = 8;
/** Weight of the latest ask in an identity's score. */
export const SMOOTHING = 0.1;
/** Steps that a score above the tolerance blocks an identity, the step itself included. */
export const PENALTY = 16;
/** The most that a blocked identity gets through in a step. */
export const TRICKLE = 0.25;

/** Chance that a client switches between on and off, a step: half of its time it is on. */
export const SWITCH = 0.25;
/** Chance that a client who is off asks for one thing. */
export const STRAY = 0.1;
/** Served under this share of what it asked, a client may fall silent … */
export const PATIENCE = 0.7;
/** … for so many steps. */
export const SILENCE = 3;

// One random word a client and step serves for both draws: two low bits and the high bits are independent.
/** Whether a client switches: true with probability SWITCH. */
export const switches = (word: number): boolean => (word & 0x30) === 0;

/**
 * What a client wants in a step. On: 1 + a geometric number with ratio ½, at most MAX_ASK (mean 2 − 2⁻⁷), since leading
 * zeros of a uniform word are geometric. Off: 1 with probability STRAY.
 */
export const wanted = (on: boolean, word: number): number =>
  on ? Math.min(MAX_ASK, 1 + Math.clz32(word)) : word < STRAY * 2 ** 32 ? 1 : 0;

/** `[MAX_ASK + 1]`, probabilities of what a client wants in a step: the stationary law of the on–off process. */
export function wantedLaw(): Float64Array {
  const law = new Float64Array(MAX_ASK + 1);
  for (let k = 1; k <= MAX_ASK; k++) law[k] = 0.5 / (1 << Math.min(k, MAX_ASK - 1));
  law[0] = 0.5 * (1 - STRAY);
  law[1] += 0.5 * STRAY;
  return law;
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
