import { constant, type PolicyFor, perRow, random, type ScriptsFor } from "masque";
import { exp } from "masque/numeric";
import type env from "./env.ts";
import { above, HABIT, laxnessNats, refusalThreshold, SIZES } from "./model.ts";
import type { SplitTask } from "./params.ts";
import { plan } from "./plan.ts";

type Part = PolicyFor<typeof env, "part">;
type Overseer = PolicyFor<typeof env, "overseer">;

/** What a request of each load gets past refusals at a provider of that laxness, an account and step, cooldown included. */
export function passed({ refusal, cooldown }: SplitTask, laxness: number): number[] {
  const theta = refusalThreshold(refusal);
  return SIZES.map((load) => {
    const refused = above(theta + laxness, load);
    return (load * (1 - refused)) / (1 + cooldown * refused);
  });
}

/** The same load whenever the project is unfinished. */
export const always =
  (size: number): Part =>
  ({ at }) =>
    perRow((obs, from) => (obs[from + at.need] > 0 ? size : 0));

/** An innocent account: load 1 now and then. */
const innocent: Part = () => perRow((_obs, _from, row, { rngs }) => (rngs[row].bernoulli(HABIT) ? 2 : 0));

/** The least load that still meets the deadline in the mean; above `give` an account and step it gives the project up. */
export const pace =
  (largest: number, give: number): Part =>
  ({ params, at }) => {
    const rates = passed(params, 0);
    const most = SIZES[SIZES.length - 1];
    return perRow((obs, from) => {
      const wanted = obs[from + at.pace] * most;
      if (obs[from + at.need] === 0 || wanted > give) return 0;
      for (let size = 1; size < largest; size++) if (rates[size] >= wanted) return size;
      return largest;
    });
  };

/**
 * As few accounts as meet the deadline in the mean send one load while the expected score is below a share of the
 * threshold; all others send empty requests, which lower the score.
 */
export const pad =
  (size: number, ceiling: number): Part =>
  ({ params, at, count }) => {
    const [strict, lax] = [-1, 1].map((sign) => passed(params, sign * params.laxness)[size]);
    const rate = Math.max(1e-9, (strict + lax) / 2);
    const most = SIZES[SIZES.length - 1];
    return {
      act({ rows, obs, obsSize, actions }) {
        actions.fill(0);
        for (let first = 0; first < rows; first += count) {
          const from = first * obsSize;
          if (obs[from + at.expected] >= ceiling) continue;
          let left = Math.ceil((obs[from + at.pace] * most * count) / rate - 1e-6);
          for (let row = first; row < first + count && left > 0; row++) {
            if (obs[row * obsSize + at.cooling] > 0) continue;
            actions[row] = size;
            left--;
          }
        }
      },
    };
  };

/** One load while its own expected score is below a share of the threshold, else none. */
export const hug =
  (size: number, ceiling: number): Part =>
  ({ at }) =>
    perRow((obs, from) => (obs[from + at.need] > 0 && obs[from + at.expected] < ceiling ? size : 0));

/** Nothing until the last `window` steps of a project, then one load. */
export const sprint =
  (size: number, window: number): Part =>
  ({ params: { deadline }, at }) =>
    perRow((obs, from) => (obs[from + at.need] > 0 && Math.round(obs[from + at.left] * deadline) <= window ? size : 0));

/** One load, in every n-th project. */
export const patient =
  (size: number, every: number): Part =>
  ({ params: { projects, deadline }, at }) =>
    perRow((obs, from) => {
      const project = Math.floor(Math.round(obs[from + at.time] * projects * deadline) / deadline);
      return obs[from + at.need] > 0 && project % every === 0 ? size : 0;
    });

/** Learns by Bayes' rule whether its provider is lax, and sends what gets past it fastest. */
export const bayes =
  (largest: number, ceiling: number): Part =>
  ({ params, at }) => {
    const steps = params.projects * params.deadline;
    const [strict, lax] = [-1, 1].map((sign) => passed(params, sign * params.laxness));
    const says = laxnessNats(params);
    return perRow((obs, from, row, { state }) => {
      const mine = 4 * row; // odds in nats, requests accepted and refused before, load sent
      const accepted = Math.round(obs[from + at.accepted] * steps);
      const refused = Math.round(obs[from + at.refused] * steps);
      if (accepted > state[mine + 1]) state[mine] += says[state[mine + 3]].accepted;
      else if (refused > state[mine + 2]) state[mine] += says[state[mine + 3]].refused;
      state[mine + 1] = accepted;
      state[mine + 2] = refused;
      const weight = 1 / (1 + exp(-state[mine]));
      let best = 0;
      let most = 0;
      if (obs[from + at.need] > 0 && obs[from + at.expected] < ceiling) {
        for (let size = 1; size <= largest; size++) {
          const rate = weight * lax[size] + (1 - weight) * strict[size];
          if (rate > most) [best, most] = [size, rate];
        }
      }
      state[mine + 3] = best;
      return best;
    }, 4);
  };

const LENIENT = 1;
const STRICT = 2;

/** Bans nobody until the highest score has passed the threshold's share `alarm`, then from a lower threshold. */
export const wary =
  (alarm: number): Overseer =>
  ({ at }) =>
    perRow((obs, from) => (obs[from + at.highest] < alarm ? LENIENT : STRICT));

/** The search of the evidence plays 54 scripts for 48 episodes of 128 steps. */
const SEARCHED = 54 * 48 * 128;

export default {
  defaults: { overseer: constant(0) },
  attacks: {
    none: { summary: "does as an innocent tenant does", roles: { part: innocent } },
    whole: { summary: "naive: load 3 until the project is complete", roles: { part: always(5) } },
    even: { summary: "load ½ until the project is complete", roles: { part: always(1) } },
    steady: { summary: "load 1 until the project is complete", roles: { part: always(2) } },
    pace: {
      summary: "the least load that still meets the deadline, 1 at most; what would need more is given up",
      tuningSteps: SEARCHED,
      roles: { part: pace(2, 1) },
    },
    hug: {
      summary: "load 1 while the expected score is below 80 % of the threshold",
      tuningSteps: SEARCHED,
      roles: { part: hug(2, 0.8) },
    },
    sprint: {
      summary: "nothing but empty requests, then load 3 in a project's last twelve steps",
      tuningSteps: SEARCHED,
      roles: { part: sprint(5, 12) },
    },
    patient: { summary: "load 1 in every other project", tuningSteps: SEARCHED, roles: { part: patient(2, 2) } },
    bayes: {
      summary: "what gets past its provider fastest, of whose laxness it learns, below 90 % of the threshold",
      tuningSteps: SEARCHED,
      roles: { part: bayes(5, 0.9) },
    },
    pad: {
      summary: "load 3 from as few accounts as meet the deadline; the others' empty requests lower the score",
      joint: true,
      tuningSteps: SEARCHED,
      roles: { part: pad(5, 3) },
    },
    plan: {
      summary: "mixes loads by a dynamic program, at the scores that it believes in (an insider: reads)",
      joint: true,
      roles: { part: plan },
    },
  },
  defences: {
    asleep: { summary: "bans nobody", roles: { overseer: constant(LENIENT) } },
    strict: { summary: "bans from a threshold lower by a half", roles: { overseer: constant(STRICT) } },
    wary: {
      summary: "bans nobody until the highest score is at 90 % of the threshold, then from the lower one",
      roles: { overseer: wary(0.9) },
    },
    shuffle: { summary: "draws one of the three for every step", roles: { overseer: random } },
  },
} satisfies ScriptsFor<typeof env>;

/** Parameter sets for conformance: defaults, decentralised, noised sums, one account, an insider, both ends. */
export const variants = [
  {},
  { oversight: "silo" },
  { oversight: "sum", sharing: 1, budget: 0.1 },
  { accounts: 1, tenants: 1, projects: 2, deadline: 4, size: 3, cooldown: 0, ban: 3, laxness: 0, budget: 0.3 },
  { accounts: 2, size: 14, insider: true, cooldown: 0, laxness: 0, sharing: 20 },
  { projects: 2, refusal: 0, budget: 0, sharing: 0 },
  { projects: 2, refusal: 1, budget: 1 },
] as const;
