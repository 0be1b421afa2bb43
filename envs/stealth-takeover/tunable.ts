import { type TunableFor, tunable } from "masque";
import type env from "./env.ts";
import { raid, type Strike, sentinel, sync } from "./intruders.ts";
import { LOUD, PING, QUIET } from "./model.ts";

const period = (at: number) =>
  ({
    low: 1,
    high: 64,
    at,
    log: true,
    integer: true,
    natural: "low",
    says: "steps after which a hold is looked after",
  }) as const;
const entry = (at: number) =>
  ({
    low: 1,
    high: 64,
    at,
    log: true,
    integer: true,
    natural: "both",
    says: "how many strike in a step while outside",
  }) as const;
const pause = {
  low: 0,
  high: 32,
  at: 0,
  integer: true,
  natural: "low",
  says: "steps after a loss in which nobody strikes",
} as const;

const raiding = (strike: Strike, declared: { readonly period: number; readonly entry: number }) =>
  tunable({
    dials: { period: period(declared.period), entry: entry(declared.entry), pause },
    roles: ({ period, entry, pause }) => ({ intruder: raid({ strike, period, check: PING, entry, pause }) }),
  });

export default {
  "ping-loud": raiding(LOUD, { period: 3, entry: 64 }),
  "ping-quiet": raiding(QUIET, { period: 3, entry: 64 }),
  creep: raiding(QUIET, { period: 8, entry: 2 }),
  knock: raiding(LOUD, { period: 2, entry: 1 }),
  flinch: tunable({
    dials: { period: period(6), entry: entry(64), pause },
    roles: ({ period, entry, pause }) => ({
      intruder: raid({ strike: QUIET, period, check: PING, entry, pause, flinch: true }),
    }),
  }),
  "sync-loud": tunable({
    dials: { period: period(2), entry: entry(64) },
    roles: ({ period, entry }) => ({ intruder: sync(LOUD, period, entry) }),
  }),
  sentinel: tunable({ dials: { period: period(2) }, roles: ({ period }) => ({ intruder: sentinel(LOUD, period) }) }),
} satisfies TunableFor<typeof env>;
