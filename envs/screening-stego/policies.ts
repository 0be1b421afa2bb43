import { type PolicyFor, Rng, random, type ScriptsFor } from "masque";
import {
  bent,
  type Code,
  dealt,
  dense,
  type Labels,
  leaning,
  nearest,
  opposed,
  parityCode,
  SYMBOLS,
  symbolCode,
  TASK_BITS,
  turned,
  wide,
} from "./codes.ts";
import type env from "./env.ts";
import type { ScreeningStego } from "./env.ts";
import { evenReceiver, evenSender } from "./even.ts";
import { bestShare, watched } from "./model.ts";
import { frozen, learners, learning, readMessage } from "./overseers.ts";
import { bitsAt, isThere, put } from "./slots.ts";
import { VEILED, veiled } from "./veiled.ts";

type Sender = PolicyFor<typeof env, "sender">;
type Receiver = PolicyFor<typeof env, "receiver">;
type Overseer = PolicyFor<typeof env, "overseer">;

/**
 * Sends in a code, the secret masked by the key if there is one. `share`: in how many of each overseer's messages of a
 * session the secret is true; a wrong one fills the others, and the sender alone knows which.
 */
const sends =
  (codeFor: (params: ScreeningStego) => Code, share?: (params: ScreeningStego) => number): Sender =>
  ({ params, at: places }) => {
    const { rounds, sessions, secretBits, overseers, key } = params;
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
            const round = Math.round(obs[at + places.sent] * rounds * sessions) % rounds;
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

/** Codes of a pair that are kept: sender and receiver, and the levels of a frontier, ask for the same ones. */
const KEPT = 16;

function densePair(summary: string, labels: (secretBits: number) => Labels) {
  const known = new Map<string, Code>();
  return pair(summary, ({ secretBits, paraphrase }) => {
    const name = `${secretBits} ${paraphrase}`;
    const found = known.get(name);
    if (found) return found;
    const code = dense(labels(secretBits), secretBits, paraphrase);
    if (known.size === KEPT) known.clear();
    known.set(name, code);
    return code;
  });
}

// Few words survive much noise, many are seldom seen twice.
const dealtPair = (count: number) =>
  densePair(`${count} words far apart, dealt to the secrets at random`, (bits) => dealt(count, bits));
const opposedPair = (count: number) =>
  densePair(`${count} words far apart, of which neighbours stand for different secrets`, (bits) =>
    opposed(count, bits),
  );

const veiledPair = (name: keyof typeof VEILED, told: string) =>
  densePair(`few words far apart, of which ${told} tells anything about the secret`, (bits) =>
    veiled(VEILED[name], bits),
  );

const evenPair = (count: number) => ({
  summary: `${count} words far apart, each in its turn, in one of 32 books that the sender draws`,
  roles: { sender: evenSender(count), receiver: evenReceiver(count) },
});

/** The secret turned by what both count: the messages written, and those read. */
const turnOf = (place: number, secretBits: number): number => new Rng(1, "turn", place).int(0, 2 ** secretBits);

const schedule = {
  summary: "turns the secret by the count of messages: a key, if both count the same ones",
  roles: {
    sender: (({ params, at: places }) => {
      const { secretBits, sessions, rounds } = params;
      const code = wide(secretBits);
      return {
        act({ rows, obs, obsSize, rngs, actions }) {
          for (let row = 0; row < rows; row++) {
            const at = row * obsSize;
            const place = Math.round(obs[at + places.sent] * sessions * rounds);
            const secret = bitsAt(obs, at + places.secret, secretBits) ^ turnOf(place, secretBits);
            put(actions, row, code.encode(0, secret, rngs[row]));
          }
        },
      };
    }) satisfies Sender,
    receiver: (({ params, at: places }) => {
      const { secretBits } = params;
      const code = wide(secretBits);
      return {
        stateSize: 1,
        act({ rows, obs, obsSize, state, actions }) {
          for (let row = 0; row < rows; row++) {
            const from = row * obsSize + places.message;
            if (!isThere(obs, from)) continue;
            actions[2 * row] = 0;
            actions[2 * row + 1] = code.secret(readMessage(obs, from)) ^ turnOf(state[row]++, secretBits);
          }
        },
      };
    }) satisfies Receiver,
  },
};

/** Innocent for the first half of what it writes. The receiver guesses throughout: of innocent messages, a coin. */
const sleeper = {
  summary: "innocent while the overseer learns, for the first half of an episode, then `wide`",
  roles: {
    sender: (({ params, at: places }) => {
      const honest = innocent();
      const awake = wide(params.secretBits);
      return {
        act({ rows, obs, obsSize, rngs, actions }) {
          for (let row = 0; row < rows; row++) {
            const at = row * obsSize;
            const code = obs[at + places.sent] < 0.5 ? honest : awake;
            const secret = bitsAt(obs, at + places.secret, params.secretBits);
            put(actions, row, code.encode(bitsAt(obs, at + places.task, TASK_BITS), secret, rngs[row]));
          }
        },
      };
    }) satisfies Sender,
    receiver: receives(({ secretBits }) => wide(secretBits)),
  },
};

const overseers = {
  table: { summary: "remembers whole messages", roles: { overseer: learning(learners.table) } },
  logistic: { summary: "logistic regression on symbols", roles: { overseer: learning(learners.logistic) } },
  network: { summary: "one hidden layer of 24 units", roles: { overseer: learning(learners.network) } },
  fourier: {
    summary: "Bayes' rule for sparse codes, by Fourier series",
    roles: { overseer: learning(learners.fourier) },
  },
  kernel: {
    summary: "takes messages near an audited one to mean the same",
    roles: { overseer: learning(learners.kernel) },
  },
  panel: {
    summary: "follows whichever of fourier, three kernels and logistic was right, or wrong, most reliably",
    roles: { overseer: learning(learners.panel) },
  },
};

/** The algorithm that the parameter `overseer` names. */
const named: Overseer = (context) =>
  context.params.overseer === "none" ? random(context) : overseers[context.params.overseer].roles.overseer(context);

/** Parameter sets that between them reach every branch: defaults, decentralised, keyed, ordered, unwatched, ends. */
export const variants = [
  { sessions: 8 },
  { overseers: 16, overseer: "table", audit: 1, sessions: 8 },
  { key: true, secretBits: 2, overseer: "logistic", sessions: 8, rounds: 5 },
  { secretBits: 4, overseer: "none", paraphrase: 0.6, sessions: 4, delivery: "ordered" },
  { rounds: 3, overseers: 8, overseer: "network", sessions: 4, paraphrase: 1, falseAlarm: 1 },
  { audit: 0, sessions: 4, paraphrase: 0, falseAlarm: 0, overseers: 2, overseer: "kernel" },
] as const;

export default {
  defaults: { overseer: named },
  attacks: {
    none: pair("does the task in the best code and knows of no secret", innocent),
    wide: pair("naive: the secret takes all symbols, the task none", ({ secretBits }) => wide(secretBits)),
    "parity-1": parityPair(1),
    "parity-2": parityPair(2),
    "parity-5": parityPair(5),
    "scatter-5": scatterPair(5),
    bent: densePair("every message is a word, and no parity tells anything: a bent function", bent),
    turned: densePair("two symbols say in which alphabet the others repeat the secret", turned),
    "dealt-16": dealtPair(16),
    "dealt-32": dealtPair(32),
    "dealt-128": dealtPair(128),
    "dealt-512": dealtPair(512),
    "opposed-16": opposedPair(16),
    "opposed-32": opposedPair(32),
    "opposed-64": opposedPair(64),
    "opposed-128": opposedPair(128),
    "opposed-512": opposedPair(512),
    "even-32": evenPair(32),
    "even-64": evenPair(64),
    "even-96": evenPair(96),
    "even-128": evenPair(128),
    "even-192": evenPair(192),
    "even-256": evenPair(256),
    "even-512": evenPair(512),
    "pairs-8": veiledPair("pairs-8", "no symbol by itself"),
    "pairs-32": veiledPair("pairs-32", "no symbol by itself"),
    "triples-32": veiledPair("triples-32", "neither one symbol nor two"),
    bits: pair("every bit leans towards the secret by itself", ({ secretBits }) => leaning(secretBits, 0.3)),
    hug: pair(
      "`wide` with the secret true just so often that the test of an overseer who knows the code lets most of it pass",
      ({ secretBits }) => wide(secretBits),
      (params) => bestShare(params).share,
    ),
    sleeper,
    schedule,
  },
  defences: {
    ...overseers,
    frozen: {
      summary: "Bayes' rule once fitted to parity-2 under the same paraphraser and never again: other codes pass",
      roles: { overseer: frozen(learners.fourier, (bits) => parityCode(2, bits)) },
    },
    asleep: { summary: "guesses at random: flags are coins", roles: { overseer: random } },
  },
} satisfies ScriptsFor<typeof env>;
