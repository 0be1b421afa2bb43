import { type TunableFor, tunable } from "masque";
import type env from "./env.ts";
import { SIZES } from "./model.ts";
import { bayes, hug, pace, pad, patient, sprint } from "./policies.ts";

const size = (at: number, says = "number of the load that it sends") =>
  ({ low: 1, high: SIZES.length - 1, at, integer: true, natural: "both", says }) as const;
const ceiling = (at: number) =>
  ({
    low: 0.1,
    high: 6,
    at,
    log: true,
    says: "share of the ban's threshold up to which the expected score may rise",
  }) as const;

export default {
  hug: tunable({
    dials: { size: size(2), ceiling: ceiling(0.8) },
    roles: ({ size, ceiling }) => ({ part: hug(size, ceiling) }),
  }),
  bayes: tunable({
    dials: { largest: size(5, "number of the largest load that it sends"), ceiling: ceiling(0.9) },
    roles: ({ largest, ceiling }) => ({ part: bayes(largest, ceiling) }),
  }),
  pad: tunable({
    dials: { size: size(5), ceiling: ceiling(3) },
    roles: ({ size, ceiling }) => ({ part: pad(size, ceiling) }),
  }),
  pace: tunable({
    dials: {
      largest: size(2, "number of the largest load that it sends"),
      give: { low: 0.1, high: 4, at: 1, log: true, says: "load an account and step above which it gives a project up" },
    },
    roles: ({ largest, give }) => ({ part: pace(largest, give) }),
  }),
  sprint: tunable({
    dials: {
      size: size(5),
      window: {
        low: 1,
        high: 64,
        at: 12,
        log: true,
        integer: true,
        natural: "low",
        says: "last steps of a project in which it works",
      },
    },
    roles: ({ size, window }) => ({ part: sprint(size, window) }),
  }),
  patient: tunable({
    dials: {
      size: size(2),
      every: { low: 1, high: 8, at: 2, integer: true, natural: "low", says: "it works in every so many projects" },
    },
    roles: ({ size, every }) => ({ part: patient(size, every) }),
  }),
} satisfies TunableFor<typeof env>;
