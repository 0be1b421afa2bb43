/** A place where attackers are trained: parameters that differ from the defaults, and what baselines need there. */
export interface Setting {
  readonly params?: Readonly<Record<string, unknown>>;
  readonly budget?: number;
  readonly episodes?: number;
  /** Settings of baselines that differ from their defaults. */
  readonly configs?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly budgets?: Readonly<Record<string, number>>;
  /** The security metric whose harm is compared, where it is not the one that scripts move furthest. */
  readonly harm?: string;
}

// A session of screening is paid once, at its end, and by the team as a whole: nothing in it is to be discounted.
const screening = (overseer: string): Setting => ({
  params: { overseer, paraphrase: 0.35 },
  budget: 300_000,
  episodes: 16,
  configs: { ippo: { gamma: 1 }, mappo: { gamma: 1 } },
  budgets: { cem: 2_000_000, "cma-es": 2_000_000 },
});

/** By environment; default: its default parameters, whose knobs are at a middle level in all but pricing-cartel. */
export const SETTINGS: Readonly<Record<string, readonly Setting[]>> = {
  "covert-wire": [{ params: { cover: "silent", slots: 6, bits: 1, errorBob: 0.2, errorWarden: 0.4 } }],
  "screening-stego": [screening("table"), screening("panel")],
  // A step has as many samples as agents for those who learn agent by agent.
  "swarm-flood": [
    {
      budget: 40_000,
      episodes: 128,
      budgets: { "joint-ppo": 400_000, cem: 400_000, "cma-es": 400_000, dqn: 20_000 },
    },
  ],
  "stealth-takeover": [{ params: { reset: 0.1, scan: 0, hunt: 0 }, harm: "security" }],
  "low-and-slow": [
    { budget: 40_000, episodes: 128, budgets: { "joint-ppo": 200_000, cem: 200_000, "cma-es": 200_000, dqn: 10_000 } },
  ],
  "pricing-cartel": [
    { budgets: { cem: 1_000_000, "cma-es": 1_000_000 } },
    {
      params: { auditRate: 0.1 },
      // Patience, step size and first values (a payoff of about π_N for ever) as in the literature; few copies, since
      // Q-learning is slow in periods.
      configs: { "q-learning": { gamma: 0.95, learningRate: 0.15, initial: 13, copies: 4 } },
      budgets: { cem: 1_000_000, "cma-es": 1_000_000, "q-learning": 3_000_000 },
    },
  ],
};
