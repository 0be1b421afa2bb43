import type { Context, Dynamics } from "../../src/env/define.ts";
import { log } from "../../src/numeric/index.ts";
import { PATIENCE, SILENCE, switches, wanted } from "./demand.ts";
import { identities, MAX_ASK } from "./identities.ts";
import { observer } from "./observe.ts";
import { picture } from "./picture.ts";
import { records } from "./records.ts";
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
  const kept = records(clients, bots, gateways);
  const { all, asked, through, on, silent, wants, arrived, share } = kept;
  const { admit, renew } = identities(kept, p.rate, p.burst);
  const observe = observer(p, flat, kept);
  // Imported and exported names are looked up in every use.
  const [most, patience, silence] = [MAX_ASK, PATIENCE, SILENCE];
  /** Identities to pass over until the next that is replaced. */
  let passed = 0;

  /** What everyone asks of gateway k, and the share of what gets through that it can serve. */
  function ask(k: number): void {
    const limit = tolerance * LENIENCY[gateway.actions[k]];
    const { actions } = client;
    let load = 0;
    for (let i = k; i < clients; i += gateways) {
      load += admit(i, silent[i] > 0 ? 0 : Math.min(actions[i], wants[i]), limit);
    }
    for (let j = 0, entry = clients + k; j < bots; j++, entry += gateways) {
      const wish = bot.actions[j] - k * most;
      load += admit(entry, wish > 0 && wish <= most ? wish : 0, limit);
    }
    arrived[k] = load;
    share[k] = load > capacity ? capacity / load : 1;
  }

  /** Serves the clients of gateway k, who react and draw their next demand; returns the demand left unserved. */
  function serve(k: number, counted: boolean): number {
    const { rewards } = client;
    let goodput = 0;
    let demand = 0;
    for (let i = k; i < clients; i += gateways) {
      const served = through[i] * share[k];
      const mood = rng.float32();
      goodput += served;
      demand += wants[i];
      if (counted) rewards[i] = served / most;
      if (silent[i] > 0) silent[i]--;
      else if (backOff && served < patience * asked[i] && mood < 1 - served / asked[i]) silent[i] = silence;
      want(i);
    }
    if (counted) {
      counters.demand += demand;
      counters.goodput += goodput;
    }
    return demand - goodput;
  }
  const want = (i: number) => {
    const word = rng.word();
    if (switches(word)) on[i] = 1 - on[i];
    wants[i] = steady > 0 ? steady : wanted(on[i] === 1, word);
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
      all.fill(0);
      for (let entry = 0; entry < asked.length; entry++) renew(entry, 0);
      for (let i = 0; i < clients; i++) {
        on[i] = rng.word() >>> 31;
        want(i);
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
    render: () => picture(p, kept),
  };
}
