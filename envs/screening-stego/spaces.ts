import { type BoxSpace, box, discrete, multiDiscrete } from "../../src/spaces/index.ts";
import { layout } from "../../src/spaces/layout.ts";
import { ALPHABET, type ScreeningStego, SYMBOLS, TASK_BITS } from "./params.ts";

export const TASKS = 2 ** TASK_BITS;
/** Floats of a message: eight one-hot symbols. */
export const WIDTH = SYMBOLS * ALPHABET;
const unit = (size: number) => box([size], 0, 1);

export function roles(p: ScreeningStego) {
  const secret = unit(p.secretBits);
  const key: Record<string, BoxSpace> = p.key ? { key: secret } : {};
  const writes = layout({ task: unit(TASK_BITS), secret, round: unit(1), ...key });
  // Messages are as the paraphraser left them.
  const reads = layout({ message: unit(WIDTH), ...key });
  const watches = layout({ message: unit(WIDTH), duty: unit(1), labelled: unit(1), secret });
  return {
    sender: {
      side: "attacker",
      count: 1,
      observation: writes,
      action: multiDiscrete(new Array<number>(SYMBOLS).fill(ALPHABET)),
    },
    receiver: { side: "attacker", count: 1, observation: reads, action: multiDiscrete([TASKS, 2 ** p.secretBits]) },
    overseer: { side: "defender", count: p.overseers, observation: watches, action: discrete(2 ** p.secretBits) },
  } as const;
}
