import type { Counts, Environment } from "../env/define.ts";

/** What a copy of the world is told: when an episode begins, and when it has run to its end. */
export interface Worth {
  /** Before an episode is reset: what one more of each counter is worth in it. */
  begin(): ArrayLike<number>;
  /** After its last step. Episodes that are cut short by whoever trains would be taken for whole ones: they do not count. */
  end(counters: Readonly<Counts<string>>): void;
}

/**
 * An environment in which some roles earn, in every step, what the counters that it adds are worth, and others what they
 * ever did. Metrics are functions of counters: with their derivatives as worth, an episode's sum is the gradient of the metrics
 * themselves, whatever the environment.
 */
export function metricRewards(
  env: Environment,
  roles: readonly string[],
  worthIn: (context: Parameters<Environment["create"]>[0]) => Worth,
): Environment {
  const names = env.counters;
  const create: Environment["create"] = (context) => {
    const { params, counters, flat } = context;
    const worth = worthIn(context);
    let over = false;
    const world = {
      get t() {
        return context.world.t;
      },
      terminate() {
        over = true;
        context.world.terminate();
      },
    };
    const horizon = env.horizon(params);
    const inner = env.create({ ...context, world });
    const seen = new Float64Array(names.length);
    let slopes: ArrayLike<number> = seen;
    return {
      ...(inner.state && { state: (out: Float32Array) => inner.state!(out) }),
      reset() {
        over = false;
        slopes = worth.begin();
        inner.reset();
        for (let c = 0; c < names.length; c++) seen[c] = counters[names[c]];
      },
      step() {
        inner.step();
        let earned = 0;
        for (let c = 0; c < names.length; c++) {
          const now = counters[names[c]];
          if (now !== seen[c]) earned += slopes[c] * (now - seen[c]);
          seen[c] = now;
        }
        for (const role of roles) flat[role].rewards.fill(earned);
        const ended = over || world.t + 1 >= horizon || Object.values(flat).every(({ alive }) => !alive.includes(1));
        if (ended) worth.end(counters);
      },
    };
  };
  return { ...env, create };
}
