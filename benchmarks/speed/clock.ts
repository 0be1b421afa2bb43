/** CPU seconds this process has used: on a shared machine they say more than the clock on the wall. */
export function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** Calls of `run` a CPU second: the best of `rounds` rounds of at least `seconds` each, after one round of warm-up. */
export function rate(
  run: () => void,
  { seconds = 0.4, rounds = 3 }: { seconds?: number; rounds?: number } = {},
): number {
  let best = 0;
  let batch = 1;
  for (let round = 0; round <= rounds; round++) {
    const start = cpuSeconds();
    let calls = 0;
    let spent = 0;
    while (spent < seconds) {
      for (let i = 0; i < batch; i++) run();
      calls += batch;
      spent = cpuSeconds() - start;
      // The clock itself costs about a microsecond: look at it a few hundred times a round at most.
      if (spent < seconds / 100) batch *= 2;
    }
    if (round > 0) best = Math.max(best, calls / spent);
  }
  return best;
}
