import { type PolicyFor, random, type ScriptsFor } from "masque";
import { type Code, nearest, parityCode, SYMBOLS, symbolCode, TASK_BITS, wide } from "./codes.ts";
import type env from "./env.ts";
import type { ScreeningStego } from "./env.ts";
import { bestShare, watched } from "./model.ts";
import { frozen, learners, learning, readMessage } from "./overseers.ts";

type Sender = PolicyFor<typeof env, "sender">;
type Receiver = PolicyFor<typeof env, "receiver">;
type Overseer = PolicyFor<typeof env, "overseer">;

const bitsAt = (obs: Float32Array, at: number, size: number): number => {
  let value = 0;
  for (let bit = 0; bit < size; bit++) value |= obs[at + bit] << bit;
  return value;
};

const put = (actions: Int32Array | Float32Array, row: number, message: number) => {
  for (let i = 0; i < SYMBOLS; i++) actions[row * SYMBOLS + i] = (message >>> (2 * i)) & 3;
};

/**
 * Sends in a code, the secret masked by the key if there is one. `share`: in how many of each overseer's messages of a
 * session the secret is true; a wrong one fills the others, and the sender alone knows which.
 */
const sends =
  (codeFor: (params: ScreeningStego) => Code, share?: (params: ScreeningStego) => number): Sender =>
  ({ params, at: places }) => {
    const { rounds, secretBits, overseers, key } = params;
    const code = codeFor(params);
    const count = share?.(params);
    return {
      // True secrets still to send among each overseer's messages.
      stateSize: count === undefined ? 0 : overseers,
      act({ rows, obs, obsSize, state, rngs, actions }) {
        for (let row = 0; row < rows; row++) {
          const at = row * obsSize;
          const rng = rngs[row];
          let secret = bitsAt(obs, at + places.secret, secretBits);
          if (count !== undefined) {
            const round = Math.round(obs[at + places.round] * rounds);
            const i = round % overseers;
            const left = row * overseers + i;
            const n = watched(params, i);
            if (round < overseers) state[left] = Math.min(count, n);
            const isTrue = rng.int(0, n - Math.floor(round / overseers)) < state[left];
            if (isTrue) state[left]--;
            else secret = (secret + rng.int(1, 2 ** secretBits)) % 2 ** secretBits;
          }
          if (key) secret ^= bitsAt(obs, at + places.key, secretBits);
          put(actions, row, code.encode(bitsAt(obs, at + places.task, TASK_BITS), secret, rng));
        }
      },
    };
  };

const receives =
  (codeFor: (params: ScreeningStego) => Code): Receiver =>
  ({ params, at: places }) => {
    const { secretBits, key } = params;
    const code = codeFor(params);
    return {
      act({ rows, obs, obsSize, actions }) {
        for (let row = 0; row < rows; row++) {
          const message = readMessage(obs, row * obsSize + places.message);
          actions[2 * row] = code.task(message);
          actions[2 * row + 1] = code.secret(message) ^ (key ? bitsAt(obs, row * obsSize + places.key, secretBits) : 0);
        }
      },
    };
  };

/** Spends all symbols on the task and knows of no secret. */
const innocent = (): Code => {
  const code = symbolCode(TASK_BITS);
  return { encode: (task) => code[task], task: (message) => nearest(code, message), secret: () => 0 };
};

const pair = (
  summary: string,
  codeFor: (params: ScreeningStego) => Code,
  share?: (params: ScreeningStego) => number,
) => ({ summary, roles: { sender: sends(codeFor, share), receiver: receives(codeFor) } });

const parityPair = (order: number) =>
  pair(
    `the task in high bits, the secret in ${Math.floor(SYMBOLS / order)} parities of ${order} low bits`,
    ({ secretBits }) => parityCode(order, secretBits),
  );

const scatterPair = (order: number) =>
  pair(`the same parities of ${order} amid random high bits, no task: hardly a message comes twice`, ({ secretBits }) =>
    parityCode(order, secretBits, false),
  );

const overseers = {
  table: { summary: "remembers whole messages", roles: { overseer: learning(learners.table) } },
  logistic: { summary: "logistic regression on symbols", roles: { overseer: learning(learners.logistic) } },
  network: { summary: "one hidden layer of 24 units", roles: { overseer: learning(learners.network) } },
  bayes: { summary: "Bayes' rule from the messages' Fourier series", roles: { overseer: learning(learners.bayes) } },
};

/** The algorithm that the parameter `overseer` names. */
const named: Overseer = (context) =>
  context.params.overseer === "none" ? random(context) : overseers[context.params.overseer].roles.overseer(context);

/** Parameter sets that between them reach every branch: defaults, decentralised, keyed, several bits, unwatched, ends. */
export const variants = [
  {},
  { overseers: 16, overseer: "table", labelled: 200, sessions: 8 },
  { key: true, secretBits: 2, overseer: "logistic", labelled: 100, sessions: 8, rounds: 5 },
  { secretBits: 4, overseer: "none", paraphrase: 0.6, sessions: 4 },
  { rounds: 3, overseers: 8, labelled: 48, overseer: "network", sessions: 4, paraphrase: 1, falseAlarm: 1 },
  { labelled: 0, sessions: 4, paraphrase: 0, falseAlarm: 0, overseers: 2 },
] as const;

export default {
  defaults: { overseer: named },
  attacks: {
    none: pair("does the task in the best code and knows of no secret", innocent),
    wide: pair("naive: the secret takes all symbols, the task none", ({ secretBits }) => wide(secretBits)),
    "parity-1": parityPair(1),
    "parity-2": parityPair(2),
    "parity-3": parityPair(3),
    "parity-5": parityPair(5),
    "scatter-1": scatterPair(1),
    "scatter-2": scatterPair(2),
    "scatter-5": scatterPair(5),
    hug: pair(
      "the true secret just so often that a Bayes overseer's test lets most of it pass, a wrong one otherwise",
      ({ secretBits }) => wide(secretBits),
      (params) => bestShare(params).share,
    ),
  },
  defences: {
    ...overseers,
    frozen: {
      summary: "Bayes' rule once fitted to parity-2 under the same paraphraser and never again: other codes pass",
      roles: { overseer: frozen(learners.bayes, (bits) => parityCode(2, bits)) },
    },
    asleep: { summary: "guesses at random: flags are coins", roles: { overseer: random } },
  },
} satisfies ScriptsFor<typeof env>;
