import { constant, type ScriptsFor } from "masque";
import type env from "./env.ts";
import { type Intruder, phase, programmed, raid, sentinel, sync } from "./intruders.ts";
import { LOUD, PING, QUIET, WAIT } from "./model.ts";
import { asleep, clockwork, memoryless, metronome, sweep, type Warden } from "./wardens.ts";

/** The search of the evidence plays 143 plans for 48 episodes of 256 steps at every level, and three of them for 400. */
const searched = { tuningSteps: (143 * 48 + 3 * 400) * 256 };
const led = (summary: string, intruder: Intruder, more: { tuningSteps?: number } = {}) => ({
  summary,
  ...more,
  joint: true,
  roles: { intruder },
});
const watching = (summary: string, warden: Warden) => ({ summary, roles: { warden } });

/** Parameter sets for conformance: defaults, decentralised, one resource, no scans, every end of the dials, a long hunt. */
export const variants = [
  {},
  { wardens: "each", resources: 3, steps: 40 },
  { resources: 1, steps: 30, foothold: 1, hunt: 0 },
  { resources: 2, steps: 20, reset: 1, scan: 1, hunt: 1 },
  { resources: 9, steps: 40, scan: 0.5, falseAlarm: 0.2, hunt: 0.125 },
  { steps: 30, reset: 0, scan: 0, hunt: 0, outage: 0 },
  { resources: 8, wardens: "each", steps: 20, reset: 0.3, outage: 4 },
] as const;

// Periods were found by npm run evidence -- stealth-takeover search.
export default {
  defaults: { warden: memoryless },
  attacks: {
    none: { summary: "intruders do nothing", roles: { intruder: constant(WAIT) } },
    renew: led(
      "naive: strike again every 8 steps, whether held or not",
      raid({ strike: LOUD, period: 8, check: LOUD }),
    ),
    "ping-loud": led(
      "strike loudly what is lost, look after a hold every third step",
      raid({ strike: LOUD, period: 3, check: PING }),
      searched,
    ),
    "ping-quiet": led("the same quietly", raid({ strike: QUIET, period: 3, check: PING }), searched),
    hasty: led("quietly, every second step", raid({ strike: QUIET, period: 2, check: PING }), searched),
    creep: led(
      "quietly, every eighth step, and while outside two at a time: seldom heard of",
      raid({ strike: QUIET, period: 8, check: PING, entry: 2 }),
      searched,
    ),
    knock: led(
      "loudly, every second step, and while outside one at a time",
      raid({ strike: LOUD, period: 2, check: PING, entry: 1 }),
      searched,
    ),
    flinch: led(
      "quietly, every sixth step, and at once everywhere when a loss is seen",
      raid({ strike: QUIET, period: 6, check: PING, flinch: true }),
      searched,
    ),
    "sync-loud": led("takes a loss for the loss of all, loudly; one ping stands for all", sync(LOUD, 2), searched),
    "sync-quiet": led("the same quietly", sync(QUIET, 3), searched),
    sentinel: led("pings the hold longest unheard of; a loss raises the alarm", sentinel(LOUD, 2), searched),
    phase: led("takes the warden for a clock, learns its phase and strikes with it", phase(LOUD)),
    program: led("each by the exact programme of an intruder who has a foothold", programmed),
  },
  defences: {
    sweep: watching("resets all at once, at random times; scans and hunts as the default does", sweep),
    clockwork: watching("resets every resource by a clock of its own, at a random phase", clockwork),
    metronome: watching("resets all at once by one clock, at a random phase", metronome),
    asleep: watching("never resets nor scans", asleep),
  },
} satisfies ScriptsFor<typeof env>;
