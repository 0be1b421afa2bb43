import { box, discrete, layout, multiDiscrete } from "masque";

/** Lengths are shown over this, cut to [−1, 1]. */
export const REACH = 8;
/** Drift is shown over this. */
export const FAR = 16;
/** Steps since the last hand-back are shown up to this many. */
export const LONG_AGO = 64;

/** What a device may report, in the order of its action's first component. */
export const TRUTH = 0;
export const LESS = 1;
export const MORE = 2;
export const ILLUSION = 3;
/** What the guard may say. */
export const HEED = 0;
export const FORCE = 1;
export const WAIVE = 2;

const share = (says: string) => box([1], 0, 1, { says });
const length = (says: string) => box([1], -1, 1, { says });

export const sees = {
  device: layout({
    reading: length("its own reading of the last step, over 8"),
    place: length("where the attackers' filter expects the load in the next step, over 8"),
    belief: length("where they expect the controller to expect it, over 8"),
    drift: length("open-loop effect Δ of their pushes since the last hand-back, over 16"),
    twin: share("1 while the twin runs"),
    phase: share("share of the detector's window that is done"),
    since: share("steps since the last hand-back, over 64"),
    manual: share("share of the phase by hand still to come; 0 while the robots are in control"),
    energy: share("what they reckon the window's energy to be so far, over four times its mean"),
    time: share("share of the episode's steps taken"),
  }),
  guard: layout({
    surprise: length("what the fused reading of the last step differed from its prediction by, in deviations, over 8"),
    watermark: length("watermark in that prediction, in deviations, over 8"),
    energy: share("energy of the last whole window over twice its threshold"),
    mark: length("projection on the watermark that it lacks, over twice its threshold"),
    spread: share("how far robots' readings lay apart, over twice its threshold; 0 where it is not tested"),
    phase: share("share of the window that is done"),
    alarm: share("1 where the last step's window alarmed: a phase by hand begins now, unless it is waived"),
    manual: share("share of the phase by hand still to come"),
    record: box([1], 0, 1, {
      says: "with `logbook`: how far the gauge found the load from where it was expected at the last take-over, over 8",
    }),
    time: share("share of the episode's steps taken"),
  }),
} as const;

export const acts = {
  device: multiDiscrete([4, 3], {
    components: [
      { says: "what it reports of its next reading", names: ["truth", "less B", "plus B", "the twin's"] },
      { says: "how it pushes the load", names: ["−D", "not", "+D"] },
    ],
  }),
  guard: discrete(3, {
    says: "who is in control",
    names: ["as the detector says", "the hand, from now on for L steps", "as before: alarms are waived"],
  }),
} as const;
