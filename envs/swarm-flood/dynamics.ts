import type { Context, Dynamics } from "../../src/env/define.ts";
import { log } from "../../src/numeric.ts";
import { PATIENCE, SILENCE, switches, wanted } from "./demand.ts";
import { identities, MAX_ASK } from "./identities.ts";
import { observer } from "./observe.ts";
import { picture } from "./picture.ts";
import { ARRIVED, ASKED, CLIENT, DESK, ENTRY, ON, SHARE, SILENT, THROUGH, WANTS } from "./records.ts";
import { type Counter, LENIENCY, type Params, type Roles } from "./spaces.ts";
import { undefendedGoodput } from "./theory.ts";

/**
 * A step: clients and bots ask; scores, blocks and buckets let requests through; each gateway shares its capacity in
 * proportion; clients served badly may fall silent, and draw their next demand; some identities are replaced. What is
 * drawn does not depend on what anyone does, so that the clean and the attacked arm have the same clients.
 */
export function dynamics({ params: p, flat, rng, counters, world }: Context<Params, Roles, Counter>): Dynamics {
  const { client, bot, gateway } = flat;
  const { clients, bots, gateways, tolerance, wait, backOff, warmUp } = p;
  const capacity = p.capacity / gateways;
  const undefended = undefendedGoodput(p);
  const scale = undefended > 0 ? 1 / undefended : 0;
  const steady = p.demand === "steady" ? p.load : 0;
  const stays = p.turnover > 0 ? log(1 - p.turnover) : 0;
  const entries = new Float64Array((clients + bots * gateways) * ENTRY);
  const people = new Float64Array(clients * CLIENT);
  const desks = new Float64Array(gateways * DESK);
  const { admit, renew } = identities(entries, p.rate, p.burst);
  const observe = observer(p, flat, { entries, people, desks });
  /** Identities to pass over until the next that is replaced. */
  let passed = 0;

  /** What everyone asks of gateway k, and the share of what gets through that it can serve. */
  function ask(k: number): void {
    const limit = tolerance * LENIENCY[gateway.actions[k]];
    const { actions } = client;
    let arrived = 0;
    for (let i = k; i < clients; i += gateways) {
      const asked = people[i * CLIENT + SILENT] > 0 ? 0 : Math.min(actions[i], people[i * CLIENT + WANTS]);
      arrived += admit(i, asked, limit);
    }
    for (let j = 0, entry = clients + k; j < bots; j++, entry += gateways) {
      const asked = bot.actions[j] - k * MAX_ASK;
      arrived += admit(entry, asked > 0 && asked <= MAX_ASK ? asked : 0, limit);
    }
    desks[k * DESK + ARRIVED] = arrived;
    desks[k * DESK + SHARE] = arrived > capacity ? capacity / arrived : 1;
  }

  /** Serves the clients of gateway k, who react and draw their next demand; returns the demand left unserved. */
  function serve(k: number, counted: boolean): number {
    const { rewards } = client;
    const share = desks[k * DESK + SHARE];
    let goodput = 0;
    let demand = 0;
    for (let i = k; i < clients; i += gateways) {
      const own = i * CLIENT;
      const asked = entries[i * ENTRY + ASKED];
      const served = entries[i * ENTRY + THROUGH] * share;
      const mood = rng.float32();
      goodput += served;
      demand += people[own + WANTS];
      if (counted) rewards[i] = served / MAX_ASK;
      if (people[own + SILENT] > 0) people[own + SILENT]--;
      else if (backOff && served < PATIENCE * asked && mood < 1 - served / asked) people[own + SILENT] = SILENCE;
      want(own);
    }
    if (counted) {
      counters.demand += demand;
      counters.goodput += goodput;
    }
    return demand - goodput;
  }
  const want = (own: number) => {
    const word = rng.word();
    if (switches(word)) people[own + ON] = 1 - people[own + ON];
    people[own + WANTS] = steady > 0 ? steady : wanted(people[own + ON] === 1, word);
  };

  /** Passes over identities, a geometric number at a time, to those that are replaced. */
  function replace(): void {
    for (; passed < clients + bots; passed += 1 + gap()) {
      if (passed < clients) renew(passed, wait);
      else for (let k = 0; k < gateways; k++) renew(clients + (passed - clients) * gateways + k, wait);
    }
    passed -= clients + bots;
  }
  const gap = () => (stays === 0 ? Number.POSITIVE_INFINITY : Math.floor(log(1 - rng.float()) / stays));

  return {
    reset() {
      entries.fill(0);
      people.fill(0);
      desks.fill(0);
      for (let entry = 0; entry * ENTRY < entries.length; entry++) renew(entry, 0);
      for (let i = 0; i < clients; i++) {
        people[i * CLIENT + ON] = rng.word() >>> 31;
        want(i * CLIENT);
      }
      passed = gap();
      observe(0);
    },
    step() {
      const counted = world.t >= warmUp;
      let unserved = 0;
      for (let k = 0; k < gateways; k++) ask(k);
      for (let k = 0; k < gateways; k++) unserved += serve(k, counted);
      if (counted) {
        counters.undefended += undefended;
        bot.rewards.fill(unserved * scale);
        gateway.rewards.fill(-unserved * scale);
      }
      replace();
      observe(world.t + 1);
    },
    render: () => picture(p, entries, desks),
  };
}
