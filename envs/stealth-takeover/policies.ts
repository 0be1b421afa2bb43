import { constant, type ScriptsFor } from "masque";
import type env from "./env.ts";
import { phase, raid, sentinel, sync } from "./intruders.ts";
import { LOUD, PING, QUIET, WAIT } from "./model.ts";
import { asleep, clockwork, memoryless, metronome, sweep } from "./wardens.ts";

export default {
  defaults: { warden: memoryless },
  attacks: {
    none: { summary: "does nothing", roles: { intruder: constant(WAIT) } },
    "ping-loud": { summary: "x", joint: true, roles: { intruder: raid({ strike: LOUD, period: 3, check: PING }) } },
  },
  defences: {
    sweep: { summary: "resets all at once", roles: { warden: sweep } },
    clockwork: { summary: "resets", roles: { warden: clockwork } },
    metronome: { summary: "resets", roles: { warden: metronome } },
    asleep: { summary: "resets", roles: { warden: asleep } },
  },
} satisfies ScriptsFor<typeof env>;
void [phase, sentinel, sync, QUIET];
