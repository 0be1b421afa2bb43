import { box, defineEnv, discrete, layout, ratio } from "masque";
import { z } from "zod";

/** Of four one-hot symbols, goals and keys use the first two (MPE2 1.1.0, `simple_crypto_v3`). */
const SYMBOLS = 4;
const symbol = (says: string) => box([SYMBOLS], 0, 1, { says: `${says}, one-hot` });
const message = symbol("the symbol that Alice sent in the last step (zeros before the first)");
const key = symbol("the shared key, one of two symbols");
const sees = {
  eve: layout({ message }),
  bob: layout({ key, message }),
  alice: layout({ goal: symbol("the secret, one of two symbols"), key }),
};
const guess = discrete(SYMBOLS, { says: "the symbol it takes for the goal" });

export default defineEnv({
  id: "simple-crypto-v3",
  summary: "Alice sends Bob a secret under a shared key while Eve listens: MPE's game, step by step, for calibration.",
  threat: "eavesdropping",
  coordination: { attacker: "factored" },
  params: z.object({
    steps: z.int().min(1).max(100_000).default(25).describe("steps an episode, after which everyone is truncated"),
  }),
  knobs: {},
  horizon: ({ steps }) => steps,
  roles: () => ({
    eve: { side: "attacker", count: 1, observation: sees.eve, action: guess },
    bob: { side: "benign", count: 1, observation: sees.bob, action: guess },
    alice: {
      side: "benign",
      count: 1,
      observation: sees.alice,
      action: discrete(SYMBOLS, { says: "the symbol to send" }),
    },
  }),
  channels: () => [
    { from: "alice", to: "bob", at: (sent, seen) => (sent === seen - 1 ? sees.bob.at.message : -1) },
    { from: "alice", to: "eve", at: (sent, seen) => (sent === seen - 1 ? sees.eve.at.message : -1) },
  ],
  counters: ["steps", "bobRight", "eveRight"],
  metrics: {
    accuracy: {
      axis: "utility",
      summary: "share of steps in which Bob names the goal",
      of: (c) => ratio(c.bobRight, c.steps, 0),
    },
    secrecy: {
      axis: "security",
      summary: "1 − chance-corrected share of steps in which Eve names the goal, one of two",
      of: (c) => 1 - Math.max(0, 2 * ratio(c.eveRight, c.steps, 0) - 1),
    },
  },
  create({
    slots: {
      eve: [eve],
      bob: [bob],
      alice: [alice],
    },
    rng,
    counters,
  }) {
    let goal = 0;
    let key = 0;
    return {
      reset() {
        goal = rng.int(0, 2);
        key = rng.int(0, 2);
        alice.parts.goal[goal] = 1;
        alice.parts.key[key] = 1;
        bob.parts.key[key] = 1;
      },
      step() {
        for (let symbol = 0; symbol < SYMBOLS; symbol++) {
          eve.parts.message[symbol] = bob.parts.message[symbol] = symbol === alice.action ? 1 : 0;
        }
        const eveWrong = eve.action === goal ? 0 : 1;
        const bobWrong = bob.action === goal ? 0 : 1;
        eve.reward = eveWrong === 1 ? -2 : 0;
        bob.reward = alice.reward = 2 * eveWrong - 2 * bobWrong;
        counters.steps++;
        counters.bobRight += 1 - bobWrong;
        counters.eveRight += 1 - eveWrong;
      },
      render: () => ({
        width: 12,
        height: 3,
        labels: { goal, key, message: alice.action, "Bob says": bob.action, "Eve says": eve.action },
        shapes: [
          { kind: "circle", x: 1, y: 1, r: 1, tone: "benign", label: "Alice" },
          { kind: "line", x: 2, y: 1, x2: 10, y2: 1, tone: "neutral" },
          { kind: "circle", x: 11, y: 1, r: 1, tone: bob.action === goal ? "good" : "bad", label: "Bob" },
          { kind: "circle", x: 6, y: 2, r: 1, tone: "attacker", label: "Eve" },
        ],
      }),
    };
  },
});
