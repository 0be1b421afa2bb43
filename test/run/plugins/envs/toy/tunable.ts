import { perRow, tunable } from "masque";

export default {
  climb: tunable({
    dials: {
      vigour: { low: 0, high: 1, at: 0, natural: "both", says: "share of steps in which they climb as no script does" },
      idle: { low: 0, high: 0.5, at: 0, natural: "low", says: "share of the others in which they rest" },
    },
    roles: ({ vigour, idle }) => ({
      climber: () =>
        perRow((_obs, _from, row, { rngs }) => (rngs[row].bernoulli(vigour) ? 2 : rngs[row].bernoulli(idle) ? 0 : 1)),
    }),
  }),
};
