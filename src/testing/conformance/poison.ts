import { placeIn } from "../../env/finite.ts";

/** Runs with `Math.random` and the clocks poisoned. @throws Error that names the first one used, even if that was caught. */
export function poisoned(run: () => void): void {
  let used: string | undefined;
  const poison = (name: string) => () => {
    const error = new Error(`${name} was used`);
    used ??= `${name} was used (${placeIn(error) || "by what a library of its own does"})`;
    throw error;
  };
  class PoisonedDate extends Date {
    constructor(...given: [] | [number]) {
      if (given.length === 0) poison("new Date()")();
      super(...(given as [number]));
    }
    static override now = poison("Date.now");
  }
  const undo = [
    swap(Math, "random", poison("Math.random")),
    swap(performance, "now", poison("performance.now")),
    swap(process, "hrtime", Object.assign(poison("process.hrtime"), { bigint: poison("process.hrtime.bigint") })),
    swap(crypto, "getRandomValues", poison("crypto.getRandomValues")),
    swap(crypto, "randomUUID", poison("crypto.randomUUID")),
    swap(globalThis, "Date", PoisonedDate),
  ];
  let failure: unknown;
  try {
    run();
  } catch (error) {
    failure = error;
  } finally {
    for (const restore of undo) restore();
  }
  if (used !== undefined) throw new Error(`${used}: randomness comes from rng, time from world.t`);
  if (failure !== undefined) throw failure;
}

function swap(object: object, key: string, value: unknown): () => void {
  const own = Object.getOwnPropertyDescriptor(object, key);
  Object.defineProperty(object, key, { value, configurable: true, writable: true });
  return () => {
    if (own) Object.defineProperty(object, key, own);
    else Reflect.deleteProperty(object, key);
  };
}
