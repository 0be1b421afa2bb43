import type { Rng, Scene, Shape } from "masque";
import { ACCEPTED, accountsPerScore, BIT, GRAIN, SAID, SIZES } from "./model.ts";
import type { SplitTask } from "./params.ts";
import { rulesOf } from "./rules.ts";

/** What of an overseer's choices matters here: as dialled, nobody banned, a lower threshold. */
const NOBODY = 1;
const STRICTER = 2;
/** By how much: a half, in sixteenths. */
const RELIEF = GRAIN / 2;
/** Stands for a threshold that is never reached. */
const NEVER = 2 ** 30;

/** What is counted of innocents. */
export interface Tally {
  offered: number;
  accepted: number;
  ones: number;
  found: number;
  zeros: number;
  mistaken: number;
}

/** Accounts by tenant, the attacker's tenant first; scores likewise, one a tenant or, in silos, one an account. */
export type World = ReturnType<typeof worldOf>;

export function worldOf(p: SplitTask, rng: Rng, tally: Tally) {
  const { accounts, tenants, cooldown, ban } = p;
  const each = accountsPerScore(p);
  const own = accounts / each;
  const scores = own * (tenants + 1);
  const silo = p.oversight === "silo";
  const noised = p.oversight === "sum";
  const { threshold, cuts, codes, lax: perLax, loads, perLoad, hopes, falls, means, published, rows } = rulesOf(p);
  const { low, upper } = threshold;
  const closed = low === 0; // β = 1: everyone is banned, always
  const scored = low < Number.POSITIVE_INFINITY;

  const cooling = new Int32Array(accounts * (tenants + 1)); // steps for which an account is still silent
  const banned = new Int32Array(scores); // steps of a ban still to serve
  const score = new Int32Array(scores); // C, in sixteenths
  const limit = new Int32Array(scores).fill(NEVER); // the threshold in force, in sixteenths
  const expected = new Float64Array(own); // what C is in the mean of what the tenant sent
  const accepted = new Int32Array(accounts); // the tenant's requests
  const refused = new Int32Array(accounts);
  const lax = new Int32Array(accounts); // 1 where a provider is lax
  const words = new Float64Array(accounts);

  const halves = Int32Array.from(SIZES, (load) => 2 * load);

  /** The noised sum of a step. */
  function publish(said: number, sent: number, word: number): number {
    const from = (sent * rows + said) * rows;
    let y = 0;
    while (word >= published[from + y]) y++;
    return y;
  }
  /** A threshold to begin with, or after a ban. */
  const redraw = (luck: number): number => (scored ? low + (luck < upper ? 1 : 0) : NEVER);
  const inForce = (most: number, verdict: number): number => {
    if (verdict === NOBODY) return NEVER;
    return verdict === STRICTER && scored ? Math.max(1, most - RELIEF) : most;
  };

  return {
    threshold,
    cooling,
    banned,
    score,
    limit,
    expected,
    accepted,
    refused,

    open(): void {
      cooling.fill(0);
      banned.fill(closed ? ban : 0);
      score.fill(0);
      expected.fill(0);
      accepted.fill(0);
      refused.fill(0);
      for (let j = 0; j < accounts; j++) lax[j] = rng.word() >>> 31;
      for (let u = 0; u < scores; u++) limit[u] = redraw(rng.float32());
    },

    /**
     * One step of the attacker's tenant: harm that was accepted, in halves. Words are drawn whether they are needed or not,
     * so that innocents' do not depend on what it does.
     */
    send(actions: ArrayLike<number>): number {
      for (let j = 0; j < accounts; j++) words[j] = rng.word();
      let harm = 0;
      for (let u = 0; u < own; u++) {
        const noise = noised ? rng.word() : 0;
        if (banned[u] > 0) continue;
        let said = 0;
        let sent = 0;
        let hoped = 0;
        for (let j = u * each; j < (u + 1) * each; j++) {
          if (cooling[j] > 0) {
            cooling[j]--;
            continue;
          }
          const size = actions[j];
          let at = lax[j] * perLax + loads + size * perLoad;
          const word = words[j];
          while (word >= cuts[at]) at++;
          const code = codes[at];
          sent++;
          said += code & SAID;
          hoped += hopes[size];
          if ((code & ACCEPTED) > 0) {
            accepted[j]++;
            harm += halves[size];
          } else {
            refused[j]++;
            cooling[j] = cooldown;
          }
        }
        if (!scored || sent === 0) continue;
        const entry = noised ? publish(said, sent, noise) : said;
        score[u] = Math.max(0, score[u] + GRAIN * entry - falls[sent]);
        // Means are linear between whole numbers of ones, and for flipped entries throughout.
        const whole = Math.min(sent - 1, Math.floor(hoped));
        const at = sent * rows + whole;
        const mean = means[at] + (hoped - whole) * (means[at + 1] - means[at]);
        expected[u] = Math.max(0, expected[u] + mean - falls[sent] / GRAIN);
      }
      return harm;
    },

    /** After `send`: serves bans and begins new ones among the attacker's scores; how many began. */
    judge(verdicts: ArrayLike<number>): number {
      if (closed) return 0;
      let bans = 0;
      for (let u = 0; u < own; u++) {
        const luck = rng.float32();
        if (banned[u] > 0) banned[u]--;
        else if (score[u] >= inForce(limit[u], verdicts[u])) {
          banned[u] = ban;
          score[u] = 0;
          expected[u] = 0;
          limit[u] = redraw(luck);
          bans++;
        }
      }
      return bans;
    },

    /** One step of all innocents: how many requests were lost. */
    bystand(verdicts: ArrayLike<number>): number {
      const [cool, shut, c, laxes, edges, outcomes] = [cooling, banned, score, lax, cuts, codes];
      const [begin, end, width, gang] = [own, scores, each, own];
      const strict = perLax;
      let passed = 0;
      let ones = 0;
      let zeros = 0;
      let found = 0;
      let mistaken = 0;
      for (let u = begin; u < end; u++) {
        if (shut[u] > 0) {
          if (!closed) shut[u]--;
          continue;
        }
        let said = 0;
        let over = 0;
        let sent = 0;
        const first = u * width;
        for (let w = 0; w < width; w++) {
          const j = first + w;
          if (cool[j] > 0) {
            cool[j]--;
            continue;
          }
          sent++;
          const word = rng.word();
          let at = laxes[silo ? u % gang : w] * strict;
          if (word < edges[at]) {
            passed++; // accepted, and nothing in the log: most requests
            continue;
          }
          while (word >= edges[at]) at++;
          const code = outcomes[at];
          const bit = (code & BIT) >> 2;
          over += bit;
          said += code & SAID;
          if (bit === 1) found += code & SAID;
          else mistaken += code & SAID;
          if ((code & ACCEPTED) > 0) passed++;
          else cool[j] = cooldown;
        }
        ones += over;
        zeros += sent - over;
        if (sent === 0) continue;
        let entry = said;
        if (noised) {
          entry = publish(over, sent, rng.word());
          // The thief knows all entries but one, and on which side of them the sum lies.
          found += (entry >= over ? over : 0) - said;
          mistaken += entry > over ? sent - over : 0;
        }
        if (!scored) continue;
        c[u] = Math.max(0, c[u] + GRAIN * entry - falls[sent]);
        if (c[u] >= inForce(limit[u], verdicts[silo ? u % gang : 0])) {
          shut[u] = ban;
          c[u] = 0;
          limit[u] = redraw(rng.float32());
        }
      }
      const offered = tenants * accounts;
      tally.offered += offered;
      tally.accepted += passed;
      tally.ones += ones;
      tally.zeros += zeros;
      // Silos share nothing, so that there is no log to steal.
      tally.found += silo ? 0 : found;
      tally.mistaken += silo ? 0 : mistaken;
      return offered - passed;
    },
  };
}

/** A column a tenant, the attacker's first; a square an account: red banned, grey cooling down. Above, the score. */
export function picture(p: SplitTask, { cooling, banned, score, limit }: World, labels: Scene["labels"]): Scene {
  const each = accountsPerScore(p);
  const shapes = Array.from(cooling, (left, w): Shape => {
    const tenant = Math.floor(w / p.accounts);
    const unit = Math.floor(w / each);
    const calm = tenant === 0 ? "attacker" : "benign";
    const tone = banned[unit] > 0 ? "bad" : left > 0 ? "neutral" : calm;
    const h = 0.2 + 0.7 * Math.min(1, limit[unit] > 0 ? score[unit] / limit[unit] : 1);
    return { kind: "rect", x: tenant, y: (w % p.accounts) + 0.9 - h, w: 0.8, h, tone };
  });
  return {
    title: "height: score; red: banned; grey: cooling",
    width: p.tenants + 1,
    height: p.accounts,
    labels,
    shapes,
  };
}
