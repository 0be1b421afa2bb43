import { type TunableFor, tunable } from "masque";
import { AUSTEN } from "./austen.ts";
import { matching, whole } from "./codes.ts";
import type env from "./env.ts";
import { filling, hugging, tempered } from "./plans.ts";
import { speakers } from "./policies.ts";

const heat = (at: number) =>
  ({ low: 0.5, high: 3, at, log: true, says: "temperature of the law that it fills; 1 is the cover's" }) as const;
const confidence = {
  low: 0.3,
  high: 0.99,
  at: 0.6,
  says: "how likely a word's likeliest value must be before the next one begins",
} as const;

export default {
  "match-1": tunable({
    dials: { heat: heat(1), confidence },
    roles: ({ heat, confidence }) => speakers(AUSTEN, matching(tempered(heat), confidence)),
  }),
  hug: tunable({
    dials: {
      reserve: { low: 0, high: 2, at: 0.5, natural: "low", says: "bits of surprisal kept for every token to come" },
      confidence,
    },
    roles: ({ reserve, confidence }) => speakers(AUSTEN, matching(hugging(reserve), confidence)),
  }),
  "whole-1": tunable({
    dials: { heat: heat(1) },
    roles: ({ heat }) => speakers(AUSTEN, whole(tempered(heat))),
  }),
  fill: tunable({
    dials: {
      care: { low: 0.2, high: 4, at: 1, log: true, says: "bits kept for redraws, as a multiple of what is usual" },
    },
    roles: ({ care }) => speakers(AUSTEN, whole(filling(care))),
  }),
} satisfies TunableFor<typeof env>;
