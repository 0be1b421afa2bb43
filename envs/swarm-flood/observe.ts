import type { Flat } from "../../src/env/buffers.ts";
import { SILENCE } from "./demand.ts";
import { MAX_ASK, PENALTY } from "./identities.ts";
import {
  ARRIVED,
  ASKED,
  CLIENT,
  COUNTDOWN,
  DESK,
  ENTRY,
  type Records,
  SCORE,
  SHARE,
  SILENT,
  THROUGH,
  TOKENS,
  WAITING,
  WANTS,
} from "./records.ts";
import { CLOCK_BITS, NEAR, type Params, SCORE_CAP } from "./spaces.ts";

interface Windows {
  readonly client: Pick<Flat, "obs">;
  readonly bot: Pick<Flat, "obs">;
  readonly gateway: Pick<Flat, "obs">;
}

/** Writes the low bits of t; from one step to the next only those up to the lowest set one change. */
function showClock(obs: Float32Array, from: number, t: number): void {
  for (let bit = 0; bit < CLOCK_BITS; bit++) {
    obs[from + bit] = (t >>> bit) & 1;
    if ((t >>> bit) & 1) return;
  }
}

/** Returns what writes everyone's observation after t steps; it depends on the records only. */
export function observer(p: Params, { client, bot, gateway }: Windows, { entries, people, desks }: Records) {
  const { clients, bots, gateways, tolerance, burst, wait } = p;
  const capacity = p.capacity / gateways;
  const clientSize = client.obs.length / clients;
  const botSize = bot.obs.length / bots;
  const gatewaySize = gateway.obs.length / gateways;
  const perTolerance = 1 / tolerance;
  const perBurst = 1 / burst;
  const perWait = wait > 0 ? 1 / wait : 0;

  /** Writes score, countdown, tokens and congestion of an entry, `stride` numbers apart; returns the score shown. */
  const show = (obs: Float32Array, from: number, stride: number, at: number, congestion: number): number => {
    const score = entries[at + SCORE] === 0 ? 0 : Math.min(SCORE_CAP, entries[at + SCORE] * perTolerance);
    obs[from] = score;
    obs[from + stride] = entries[at + COUNTDOWN] / PENALTY;
    obs[from + 2 * stride] = entries[at + TOKENS] * perBurst;
    obs[from + 3 * stride] = congestion;
    return score;
  };

  /** What gateway k, its clients and the bots see of it. */
  function look(k: number, t: number): void {
    const { obs } = client;
    const seen = bot.obs;
    const share = desks[k * DESK + SHARE];
    const arrived = desks[k * DESK + ARRIVED];
    const congestion = arrived / (arrived + capacity);
    let members = 0;
    let scores = 0;
    let blocked = 0;
    let near = 0;
    for (let i = k; i < clients; i += gateways) {
      const at = i * ENTRY;
      const from = i * clientSize;
      const score = show(obs, from, 1, at, congestion);
      obs[from + 4] = people[i * CLIENT + WANTS] / MAX_ASK;
      obs[from + 5] = people[i * CLIENT + SILENT] / SILENCE;
      obs[from + 6] = entries[at + WAITING] * perWait;
      obs[from + 7] = entries[at + ASKED] > 0 ? (entries[at + THROUGH] * share) / entries[at + ASKED] : 1;
      members++;
      scores += score;
      if (score > NEAR) near++;
      if (entries[at + COUNTDOWN] > 0) blocked++;
    }
    for (let j = 0, from = 0, at = (clients + k) * ENTRY; j < bots; j++, from += botSize, at += gateways * ENTRY) {
      const score = show(seen, from + k, gateways, at, congestion);
      members++;
      scores += score;
      if (score > NEAR) near++;
      if (entries[at + COUNTDOWN] > 0) blocked++;
    }
    const from = k * gatewaySize;
    gateway.obs[from] = scores / members;
    gateway.obs[from + 1] = blocked / members;
    gateway.obs[from + 2] = near / members;
    gateway.obs[from + 3] = congestion;
    showClock(gateway.obs, from + 4, t);
  }

  return (t: number): void => {
    for (let k = 0; k < gateways; k++) look(k, t);
    const { obs } = bot;
    for (let j = 0, from = 4 * gateways, at = clients * ENTRY; j < bots; j++, from += botSize) {
      let asked = 0;
      for (let k = 0; k < gateways; k++, at += ENTRY) asked += entries[at + ASKED];
      obs[from] = asked / MAX_ASK;
      showClock(obs, from + 1, t);
    }
  };
}
