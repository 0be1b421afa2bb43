import { type PolicyFor, perRow, Rng } from "masque";
import { exp, log, sigmoid } from "masque/numeric";
import { BIASED, textLaw } from "./biased.ts";
import type { Cover } from "./covers.ts";
import type env from "./env.ts";
import { HASHES } from "./language.ts";
import {
  flags,
  innocentName,
  innocentsOf,
  jointThresholds,
  languageOf,
  remembered,
  slices,
  surprisalTests,
  type Threshold,
} from "./model.ts";
import type { Setting } from "./plans.ts";

type Overseer = PolicyFor<typeof env, "overseer">;

/** Flags a slice by its statistic: how surely is for chance where it lies on the threshold. */
const judge = ({ bernoulli }: { bernoulli(p: number): boolean }, test: Threshold, statistic: number): number => {
  const p = flags(test, statistic);
  return p === 1 || (p > 0 && bernoulli(p)) ? 1 : 0;
};

/** Flags a message whose surprisal is above what a share α of innocent ones has. */
export const surprisal =
  (cover: Cover): Overseer =>
  ({ params, count, at: places }) => {
    const tests = surprisalTests(cover, params);
    return perRow((obs, from, row, { rngs }) => {
      if (obs[from + places.time] < 1) return 0;
      let sum = 0;
      for (let t = 0; t < params.tokens; t++) sum += obs[from + places.surprisals + t];
      return judge({ bernoulli: (p) => rngs[row].bernoulli(p) }, tests[row % count], sum);
    });
  };

/** Flags by lot. */
export const asleep = (): Overseer => (context) => {
  const { overseers, falseAlarm } = context.params;
  const level = falseAlarm === 1 ? 1 : 1 - exp(log(1 - falseAlarm) / overseers);
  const { time } = context.at;
  return perRow((obs, from, row, { rngs }) => (obs[from + time] === 1 && rngs[row].bernoulli(level) ? 1 : 0));
};

/** Numbers that add up over the tokens of a slice: what each candidate of a law would add. */
interface Evidence {
  readonly name: string;
  readonly size: number;
  /** Writes `[candidates, size]`; `law` and `hash` have a place for every candidate. */
  write(law: Float32Array, hash: Uint8Array, out: Float32Array): void;
}

/** A statistic of what was added up over a slice of some tokens. */
type Statistic = (sums: Float32Array, at: number, tokens: number) => number;

const add = (size: number, row: Float32Array, read: number, sums: Float32Array, at: number): void => {
  for (let f = 0; f < size; f++) sums[at + f] += row[read * size + f];
};

/** The statistic of every simulated innocent, an overseer. */
function ofInnocents(cover: Cover, setting: Setting, evidence: Evidence, statistic: Statistic): Float64Array[] {
  const { states, said, count } = innocentsOf(cover, setting);
  const cuts = slices(setting);
  const look = looker(cover, setting);
  const rows = new Map<number, Float32Array>();
  const rowOf = (state: number) => {
    let row = rows.get(state);
    if (!row) {
      const { law, hash } = look(state);
      row = new Float32Array(law.length * evidence.size);
      evidence.write(law, hash, row);
      rows.set(state, row);
    }
    return row;
  };
  const sums = new Float32Array(evidence.size);
  return Array.from({ length: setting.overseers }, (_, g) =>
    Float64Array.from({ length: count }, (_, m) => {
      sums.fill(0);
      for (let at = m * setting.tokens + cuts[g]; at < m * setting.tokens + cuts[g + 1]; at++) {
        add(evidence.size, rowOf(states[at]), said[at], sums, 0);
      }
      return statistic(sums, 0, cuts[g + 1] - cuts[g]);
    }),
  );
}

const nameOf = (setting: Setting): string => `${innocentName(setting)} ${setting.redraw} ${setting.overseers}`;

/** Laws as overseers see them, in single precision. */
function looker(cover: Cover, setting: Setting) {
  const language = languageOf(cover, setting);
  const { stride, choices } = language;
  const law = new Float32Array(stride);
  const hash = new Uint8Array(stride);
  return (state: number) => {
    language.open(state);
    for (let i = 0; i < choices; i++) {
      law[i] = language.share[state * stride + i];
      hash[i] = language.hash[state * stride + i];
    }
    return { law, hash };
  };
}

/** Adds up evidence as tokens come; flags what is above the level among simulated innocents. */
const weighing =
  (cover: Cover, evidenceOf: (setting: Setting) => Evidence, statisticOf: (setting: Setting) => Statistic): Overseer =>
  ({ params, count, at: places }) => {
    const { tokens, candidates, falseAlarm } = params;
    const evidence = evidenceOf(params);
    const statistic = statisticOf(params);
    const cuts = slices(params);
    const name = `${evidence.name} ${nameOf(params)}`;
    const all = remembered(cover, name, () => ofInnocents(cover, params, evidence, statistic));
    const tests = jointThresholds(all, falseAlarm);
    const law = new Float32Array(candidates);
    const hash = new Uint8Array(candidates);
    const gains = new Float32Array(candidates * evidence.size);
    return {
      stateSize: evidence.size,
      act({ rows, obs, obsSize, alive, rngs, state, actions }) {
        for (let row = 0; row < rows; row++) {
          if (alive[row] === 0) continue;
          const from = row * obsSize;
          const to = row * evidence.size;
          const time = obs[from + places.time];
          if (obs[from + places.mine] === 1) {
            for (let i = 0; i < candidates; i++) {
              law[i] = obs[from + places.law + i];
              hash[i] = Math.round(obs[from + places.hashes + i] * HASHES);
            }
            const t = Math.round(time * tokens) - 1;
            evidence.write(law, hash, gains);
            add(evidence.size, gains, Math.round(obs[from + places.ranks + t] * candidates), state, to);
          }
          actions[row] = 0;
          if (time < 1) continue;
          const g = row % count;
          const x = statistic(state, to, cuts[g + 1] - cuts[g]);
          actions[row] = judge({ bernoulli: (p) => rngs[row].bernoulli(p) }, tests[g], x);
        }
      },
    };
  };

/** Log-likelihood ratios of all biased codes against the cover's law: what they are known by. */
function ratios(setting: Setting): Evidence {
  const codes = Object.values(BIASED);
  const q = new Float64Array(setting.candidates);
  return {
    name: "ratios",
    size: codes.length,
    write(law, hash, out) {
      for (let c = 0; c < codes.length; c++) {
        textLaw(codes[c], law, hash, q);
        for (let i = 0; i < law.length; i++) out[i * codes.length + c] = q[i] > 0 ? log(q[i] / law[i]) : -1000;
      }
    },
  };
}

/** Knows every biased code: flags by the mean of their likelihood ratios, the best test against their even mixture. */
export const likelihood = (cover: Cover): Overseer =>
  weighing(cover, ratios, () => (sums, at) => {
    const count = Object.keys(BIASED).length;
    let most = Number.NEGATIVE_INFINITY;
    for (let c = 0; c < count; c++) most = Math.max(most, sums[at + c]);
    let sum = 0;
    for (let c = 0; c < count; c++) sum += exp(sums[at + c] - most);
    return most + log(sum);
  });

/** What `learned` looks at, a token: surprisal and its square, rank, whether it is the likeliest, its bins' surprisals. */
const FEATURES = 6;
const features = (): Evidence => ({
  name: "features",
  size: FEATURES,
  write(law, hash, out) {
    for (let read = 0; read < law.length && law[read] > 0; read++) {
      const bits = -log(law[read]);
      let [half, quarter] = [0, 0];
      for (let i = 0; i < law.length; i++) {
        if (((hash[i] ^ hash[read]) & 1) === 0) half += law[i];
        if (((hash[i] ^ hash[read]) & 3) === 0) quarter += law[i];
      }
      out.set([bits, bits * bits, read / law.length, read === 0 ? 1 : 0, -log(half), -log(quarter)], read * FEATURES);
    }
  },
});

/** Messages of each kind that `learned` is fitted to, and how often it goes through them. */
const LESSONS = 1024;
const PASSES = 20;

/**
 * Logistic regression on those features, a token's mean each, fitted anew in every setting to innocent messages and to as many by
 * the biased codes. It knows no code; it has seen what they write.
 */
export const learned = (cover: Cover): Overseer =>
  weighing(cover, features, (setting) => remembered(cover, `learned ${nameOf(setting)}`, () => fitted(cover, setting)));

function fitted(cover: Cover, setting: Setting): Statistic {
  const language = languageOf(cover, setting);
  const rng = new Rng(1, "plain-talk", "learned");
  const evidence = features();
  const row = new Float32Array(setting.candidates * FEATURES);
  const look = looker(cover, setting);
  const codes = Object.values(BIASED);
  const q = new Float64Array(setting.candidates);
  const length = Math.ceil(setting.tokens / setting.overseers);
  const lessons = Array.from({ length: 2 * LESSONS }, (_, m) => {
    const sums = new Float32Array(FEATURES);
    let state = cover.starts[rng.int(0, cover.starts.length)];
    const code = m % 2 === 0 ? undefined : codes[(m >>> 1) % codes.length];
    for (let t = 0; t < length; t++) {
      const { law, hash } = look(state);
      if (code) textLaw(code, law, hash, q);
      const said = code && !rng.bernoulli(setting.redraw) ? rng.categorical(q) : language.draw(state, rng);
      evidence.write(law, hash, row);
      add(FEATURES, row, said, sums, 0);
      if (t + 1 < length) state = language.after(state, said);
    }
    return sums.map((x) => x / length);
  });
  const centre = new Float64Array(FEATURES);
  const scale = new Float64Array(FEATURES);
  for (const x of lessons) for (let f = 0; f < FEATURES; f++) centre[f] += x[f] / lessons.length;
  for (const x of lessons) for (let f = 0; f < FEATURES; f++) scale[f] += (x[f] - centre[f]) ** 2 / lessons.length;
  for (let f = 0; f < FEATURES; f++) scale[f] = 1 / Math.sqrt(scale[f] + 1e-9);
  const weight = new Float64Array(FEATURES + 1);
  const score = (x: ArrayLike<number>, at: number, count: number) => {
    let sum = weight[FEATURES];
    for (let f = 0; f < FEATURES; f++) sum += weight[f] * (x[at + f] / count - centre[f]) * scale[f];
    return sum;
  };
  const steps = PASSES * lessons.length;
  for (let n = 0; n < steps; n++) {
    const m = n % lessons.length;
    const error = (m % 2) - sigmoid(score(lessons[m], 0, 1));
    const rate = 0.1 * (1 - n / steps);
    for (let f = 0; f < FEATURES; f++) weight[f] += rate * error * (lessons[m][f] - centre[f]) * scale[f];
    weight[FEATURES] += rate * error;
  }
  return (sums, at, tokens) => score(sums, at, tokens);
}
