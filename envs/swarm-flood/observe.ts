import { box, type Flat, layout, type Scene, type Shape, type Tone } from "masque";
import type { Records } from "./identities.ts";
import { MAX_ASK, PENALTY, pinned, type Setting, SILENCE } from "./model.ts";

/** Scores are shown as multiples of the tolerance, up to this. */
export const SCORE_CAP = 2;
/** Bits of the clock that bots and gateways see: bit i is that of the number of steps taken. */
export const CLOCK_BITS = 4;

const unit = (size: number, says: string) => box([size], 0, 1, { says });
const clock = () => unit(CLOCK_BITS, "lowest bits of the number of steps taken, the lowest first");
const standing = (gateways: number) => ({
  score: box([gateways], 0, SCORE_CAP, { says: "its identity's score over the tolerance, by gateway" }),
  countdown: unit(gateways, "share of the block still to serve; 0 when free, by gateway"),
  tokens: unit(gateways, "share of its token bucket that is full, by gateway"),
  congestion: unit(gateways, "what got through over that and capacity: ½ where capacity is just used, by gateway"),
});

/** What everyone sees; bots see every gateway, part by part. */
export const layouts = ({ gateways }: Pick<Setting, "gateways">) => ({
  client: layout({
    ...standing(1),
    demand: unit(1, "requests it wants, over 8"),
    silence: unit(1, "share of its silence still to keep, after being served badly"),
    waiting: unit(1, "share of the wait of a new identity still to come"),
    served: unit(1, "share of what it asked that was served in the last step"),
  }),
  bot: layout({
    ...standing(gateways),
    asked: unit(gateways, "requests it asked of each gateway in the last step, over 8"),
    clock: clock(),
  }),
  gateway: layout({
    score: box([1], 0, SCORE_CAP, { says: "mean score of the identities it knows, over the tolerance" }),
    blocked: unit(1, "share of the identities it knows that are blocked"),
    congestion: unit(1, "what got through over that and capacity: ½ where capacity is just used"),
    clock: clock(),
  }),
});

type Windows = Readonly<Record<"client" | "bot" | "gateway", Pick<Flat, "obs">>>;

/** Returns what writes everyone's observation after t steps, from the records only. */
export function observer(p: Setting, { client, bot, gateway }: Windows, records: Records): (t: number) => void {
  const { clients, bots, gateways } = p;
  const { score, countdown, tokens, waiting, asked, through, silent, wants, arrived, share } = records;
  const capacity = p.capacity / gateways;
  const sees = layouts(p);
  const [clientSize, botSize, gatewaySize] = [sees.client.size, sees.bot.size, sees.gateway.size];
  const [ofClient, ofBot, ofGateway] = [sees.client.at, sees.bot.at, sees.gateway.at];
  const perTolerance = Math.min(1 / p.tolerance, Number.MAX_VALUE);
  const perBurst = 1 / p.burst;
  const perWait = p.wait > 0 ? 1 / p.wait : 0;
  // Imported and exported names are looked up in every use.
  const [perAsk, perPenalty, perSilence, cap, bits] = [1 / MAX_ASK, 1 / PENALTY, 1 / SILENCE, SCORE_CAP, CLOCK_BITS];

  /** Writes the `standing` of an entry, whose parts are `stride` numbers each; returns the score shown. */
  const show = (obs: Float32Array, from: number, stride: number, entry: number, congestion: number): number => {
    const shown = Math.min(cap, score[entry] * perTolerance);
    obs[from] = shown;
    obs[from + stride] = countdown[entry] * perPenalty;
    obs[from + 2 * stride] = tokens[entry] * perBurst;
    obs[from + 3 * stride] = congestion;
    return shown;
  };
  /** Writes the low bits of t; from one step to the next only those up to the lowest set one change. */
  const showClock = (obs: Float32Array, from: number, t: number): void => {
    for (let bit = 0; bit < bits; bit++) {
      obs[from + bit] = (t >>> bit) & 1;
      if ((t >>> bit) & 1) return;
    }
  };

  /** What gateway k, its clients and the bots see of it. */
  function look(k: number, t: number): void {
    const seen = client.obs;
    const spied = bot.obs;
    const served = share[k];
    const congestion = arrived[k] / (arrived[k] + capacity);
    let scores = 0;
    let blocked = 0;
    for (let i = k; i < clients; i += gateways) {
      const from = i * clientSize;
      scores += show(seen, from + ofClient.score, 1, i, congestion);
      blocked += Math.min(1, countdown[i]);
      seen[from + ofClient.demand] = wants[i] * perAsk;
      seen[from + ofClient.silence] = silent[i] * perSilence;
      seen[from + ofClient.waiting] = waiting[i] * perWait;
      seen[from + ofClient.served] = asked[i] > 0 ? (through[i] * served) / asked[i] : 1;
    }
    for (let j = 0, from = 0, entry = clients + k; j < bots; j++, from += botSize, entry += gateways) {
      scores += show(spied, from + ofBot.score + k, gateways, entry, congestion);
      blocked += Math.min(1, countdown[entry]);
      spied[from + ofBot.asked + k] = asked[entry] * perAsk;
      if (k === 0) showClock(spied, from + ofBot.clock, t);
    }
    const members = pinned(p, k) + bots;
    const from = k * gatewaySize;
    gateway.obs[from + ofGateway.score] = scores / members;
    gateway.obs[from + ofGateway.blocked] = blocked / members;
    gateway.obs[from + ofGateway.congestion] = congestion;
    showClock(gateway.obs, from + ofGateway.clock, t);
  }

  return (t) => {
    for (let k = 0; k < gateways; k++) look(k, t);
  };
}

const COLUMNS = 25;

/**
 * Clients above, gateways with their load in the middle, bots below; identities that are blocked somewhere or too new
 * to be served are grey.
 */
export function picture(
  p: Pick<Setting, "clients" | "bots" | "gateways" | "capacity">,
  { countdown, waiting, arrived }: Records,
): Scene {
  const { clients, bots, gateways } = p;
  const capacity = p.capacity / gateways;
  const isOut = (entry: number) => countdown[entry] > 0 || waiting[entry] > 0;
  const dots = (count: number, top: number, first: number, each: number, tone: Tone): Shape[] =>
    Array.from({ length: count }, (_, i) => {
      const out = Array.from({ length: each }, (_, k) => isOut(first + i * each + k)).includes(true);
      const x = 1 + (i % COLUMNS);
      const y = top + Math.floor(i / COLUMNS);
      return { kind: "circle", x, y, r: 0.4, tone: out ? "neutral" : tone };
    });
  const middle = Math.ceil(clients / COLUMNS) + 2;
  const width = COLUMNS / gateways;
  return {
    width: COLUMNS + 1,
    height: middle + 3 + Math.ceil(bots / COLUMNS),
    shapes: [
      ...dots(clients, 1, 0, 1, "benign"),
      ...Array.from(arrived, (load, k): Shape => {
        const w = Math.min(1, load / capacity) * width * 0.95;
        return { kind: "rect", x: 0.5 + k * width, y: middle, w, h: 1, tone: load > capacity ? "bad" : "defender" };
      }),
      ...dots(bots, middle + 3, clients, gateways, "attacker"),
    ],
    labels: Object.fromEntries(
      Array.from(arrived, (load, k) => [`gateway ${k}`, `${load.toFixed(1)} requests for ${capacity.toFixed(1)}`]),
    ),
  };
}
