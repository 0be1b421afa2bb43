import type { Context, Dynamics } from "../../src/env/define.ts";
import { Normals } from "../../src/random/ziggurat.ts";
import { picture } from "./picture.ts";
import { type Counter, LEAKS, type Roles } from "./spaces.ts";
import { sweeper } from "./sweep.ts";
import { BIT_GAIN, type LowAndSlow, SHIFT, thresholds } from "./thresholds.ts";

/** Readings are shown as x/8, clipped to [−1,1]. */
const READING = 8;

/**
 * A step: every free stream is read and scored, its own detector and the pooled one ring or do not, and streams that
 * are blocked serve a step. Leakers come first; nothing but their readings depends on that.
 */
export function dynamics({ params: p, flat, rng, counters, world }: Context<LowAndSlow, Roles, Counter>): Dynamics {
  const { leaker, monitor } = flat;
  const { streams, leakers, steps, cap, block } = p;
  const bits = p.messages === "bits";
  const shift = SHIFT; // locals: imported names are looked up in every use
  const gain = bits ? SHIFT * BIT_GAIN : SHIFT; // the pooled detector's δ
  const split = [thresholds(p), thresholds(p, 0), thresholds(p, 1)];
  // Scores are shown against the thresholds of `pooling`, or of the whole budget where it gives a detector nothing.
  const shown = (h: number, whole: number) => (h < Number.POSITIVE_INFINITY ? Math.max(h, 0.01) : whole);
  const ownScale = 1 / shown(split[0].own, split[1].own);
  const poolScale = 1 / shown(split[0].pooled, split[2].pooled);
  const reading = 1 / READING;
  const drift = (shift * shift) / 2;
  const leaks = Float64Array.from(LEAKS);
  const width = 6; // floats an observation
  const innocents = streams - leakers;

  const score = new Float64Array(streams);
  const serving = new Int32Array(streams); // steps of its block that a stream has still to serve; 0 when free
  const noise = new Float64Array(streams);
  const ringing = new Int32Array(streams);
  const normals = new Normals();
  const sweepUp = sweeper(p, score, serving, rng);
  let free = streams;
  let pooled = 0;

  return {
    reset() {
      normals.seed(rng);
      score.fill(0);
      serving.fill(0);
      free = streams;
      pooled = 0;
      for (let i = 0; i < leakers; i++) leaker.obs[i * width + 3] = 1;
      monitor.obs[0] = 1;
    },
    step() {
      const { actions, obs, rewards } = leaker;
      const scores = score;
      const left = serving;
      const xs = noise;
      const rings = ringing;
      const thieves = leakers;
      const all = streams;
      const delta = shift;
      const fall = drift;
      const signs = bits;
      const limits = split[monitor.actions[0]];
      const limit = limits.own;
      const watching = free;
      normals.fill(noise, watching);
      let drawn = 0;
      let leaked = 0;
      let sum = 0;
      let blocked = 0;
      let total = 0;
      let highest = 0;
      let alarms = 0;
      let freed = 0;
      for (let i = 0; i < thieves; i++) {
        if (left[i] > 0) {
          if (--left[i] === 0) freed++;
          obs[i * width] = 0;
          continue;
        }
        const leak = leaks[actions[i]];
        const x = xs[drawn++] + leak;
        leaked += leak;
        obs[i * width] = Math.max(-1, Math.min(1, x * reading));
        sum += signs ? (x > 0 ? 1 : -1) : x;
        const s = Math.max(0, scores[i] + delta * x - fall);
        scores[i] = s;
        total += s;
        highest = Math.max(highest, s);
        if (s >= limit) rings[alarms++] = i;
      }
      // The same for the innocent, who cannot leak and see nothing: most streams, so the loop that counts.
      for (let i = thieves; i < all; i++) {
        if (left[i] > 0) {
          if (--left[i] === 0) freed++;
          blocked++;
          continue;
        }
        const x = xs[drawn++];
        sum += signs ? (x > 0 ? 1 : -1) : x;
        const s = Math.max(0, scores[i] + delta * x - fall);
        scores[i] = s;
        total += s;
        highest = Math.max(highest, s);
        if (s >= limit) rings[alarms++] = i;
      }
      free += freed - alarms;
      for (let n = 0; n < alarms; n++) {
        left[rings[n]] = block;
        scores[rings[n]] = 0;
      }
      if (watching > 0) pooled = Math.max(0, pooled + gain * (sum / Math.sqrt(watching) - gain / 2));
      const rang = pooled >= limits.pooled ? 1 : 0;
      if (rang === 1) {
        free -= sweepUp(free);
        pooled = 0;
      }

      const damage = Math.min(cap, leaked) / cap;
      counters.steps++;
      counters.damage += damage;
      counters.innocent += innocents;
      counters.blocked += blocked;
      counters.ownAlarms += alarms;
      counters.poolAlarms += rang;

      let peers = 0;
      for (let i = 0; i < thieves; i++) if (left[i] === 0) peers++;
      const time = (world.t + 1) / steps;
      const peerShare = peers / thieves;
      const scale = ownScale;
      const served = 1 / block;
      for (let i = 0, at = 0; i < thieves; i++, at += width) {
        obs[at + 1] = Math.min(1, scores[i] * scale);
        obs[at + 2] = left[i] * served;
        obs[at + 3] = peerShare;
        obs[at + 4] = time;
        obs[at + 5] = rang;
        rewards[i] = damage;
      }
      const seen = monitor.obs;
      seen[0] = free / streams;
      seen[1] = Math.min(1, (total * ownScale) / Math.max(1, watching));
      seen[2] = Math.min(1, highest * ownScale);
      seen[3] = Math.min(1, pooled * poolScale);
      seen[4] = time;
      seen[5] = rang;
      monitor.rewards[0] = -damage - blocked / innocents;
    },
    render: () =>
      picture(p, { score, serving }, ownScale, {
        step: world.t,
        free,
        pooled: pooled * poolScale,
        damage: counters.damage,
      }),
  };
}
