import type { Flat } from "../../src/env/buffers.ts";
import { SILENCE } from "./demand.ts";
import { MAX_ASK, PENALTY } from "./identities.ts";
import type { Records } from "./records.ts";
import { CLOCK_BITS, type Params, SCORE_CAP } from "./spaces.ts";
import { pinned } from "./theory.ts";

type Windows = Readonly<Record<"client" | "bot" | "gateway", Pick<Flat, "obs">>>;

/** Returns what writes everyone's observation after t steps, from the records only. */
export function observer(p: Params, { client, bot, gateway }: Windows, records: Records): (t: number) => void {
  const { clients, bots, gateways } = p;
  const { score, countdown, tokens, waiting, asked, through, silent, wants, arrived, share } = records;
  const capacity = p.capacity / gateways;
  const clientSize = client.obs.length / clients;
  const botSize = bot.obs.length / bots;
  const gatewaySize = gateway.obs.length / gateways;
  const perTolerance = Math.min(1 / p.tolerance, Number.MAX_VALUE);
  const perBurst = 1 / p.burst;
  const perWait = p.wait > 0 ? 1 / p.wait : 0;
  // Imported and exported names are looked up in every use.
  const [perAsk, perPenalty, perSilence, cap, bits] = [1 / MAX_ASK, 1 / PENALTY, 1 / SILENCE, SCORE_CAP, CLOCK_BITS];

  /** Writes score, countdown, tokens and congestion of an entry, `stride` numbers apart; returns the score shown. */
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
      scores += show(seen, from, 1, i, congestion);
      blocked += Math.min(1, countdown[i]);
      seen[from + 4] = wants[i] * perAsk;
      seen[from + 5] = silent[i] * perSilence;
      seen[from + 6] = waiting[i] * perWait;
      seen[from + 7] = asked[i] > 0 ? (through[i] * served) / asked[i] : 1;
    }
    for (let j = 0, from = 0, entry = clients + k; j < bots; j++, from += botSize, entry += gateways) {
      scores += show(spied, from + k, gateways, entry, congestion);
      blocked += Math.min(1, countdown[entry]);
      spied[from + 4 * gateways + k] = asked[entry] * perAsk;
      if (k === 0) showClock(spied, from + 5 * gateways, t);
    }
    const members = pinned(p, k) + bots;
    const from = k * gatewaySize;
    gateway.obs[from] = scores / members;
    gateway.obs[from + 1] = blocked / members;
    gateway.obs[from + 2] = congestion;
    showClock(gateway.obs, from + 3, t);
  }

  return (t) => {
    for (let k = 0; k < gateways; k++) look(k, t);
  };
}
