import { box, discrete, layout } from "masque";
import { AGES } from "./model.ts";

/** What an intruder knows: of its own resource what it last found out, and what all of them believe. */
export const intruder = layout({
  lost: box([1], 0, 1, { says: "1 if it believes that it does not hold its resource" }),
  age: box([1], 0, 1, { says: `steps since it last knew that it held it, over ${AGES}, at most 1; 0 where lost` }),
  loud: box([1], 0, 1, { says: "1 if it came in loudly; 0 quietly, or where lost" }),
  share: box([1], 0, 1, { says: "share of the resources that intruders believe they hold" }),
  loss: box([1], 0, 1, { says: "1 if an intruder found in the last step that it had lost its resource" }),
  outcome: box([1], -1, 1, {
    says: "its last step: 1 it found or made its resource held, −1 it found or left it not held, 0 it waited",
  }),
  time: box([1], 0, 1, { says: "share of the episode's steps taken" }),
  outside: box([1], 0, 1, { says: "1 if intruders believe that they hold nothing" }),
});
export const act = discrete(4, {
  says: "what it does with its resource in this step",
  names: ["wait", "ping", "strike quietly", "strike loudly"],
});
/** What a warden sees of its resources: its own resets and scans, never who holds what. */
export const watch = (resources: number) =>
  layout({
    reset: box([resources], 0, 1, { says: `steps since the resource was last reset, over ${AGES}, at most 1` }),
    scan: box([resources], 0, 1, { says: `steps since it was last scanned, over ${AGES}, at most 1` }),
    result: box([resources], -1, 1, {
      says: "its scan in the last step: 1 alarm (and reset), −1 no alarm, 0 no scan",
    }),
    time: box([1], 0, 1, { says: "share of the episode's steps taken" }),
  });
