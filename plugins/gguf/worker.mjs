// The thread in which the model runs. node-llama-cpp is asynchronous, an environment's step is not: whoever asks posts a
// request, sleeps on `signal`, and finds the reply in the port when it wakes.

import { workerData } from "node:worker_threads";
import { loadModel, sha256Of } from "./load.mjs";

const { port, signal, place, contexts: most } = workerData;

/** Candidates asked of the sampler, so that 16 are left when control tokens are dropped. */
const ASKED = 32;
/** No prompt and message together are longer; llama.cpp gives no context less. */
const LENGTH = 256;

const loaded = await loadModel(place).catch((error) => answer({ error: error.message }));
if (!loaded) process.exit(1); // ends this thread only
const { model } = loaded;
const contexts = [];
let clock = 0;

const answers = {
  about: async () => ({ sha256: await sha256Of(place.file), bos: model.tokens.bos }),
  tokens: ({ text }) => [...model.tokenize(text)],
  text: ({ tokens }) => model.detokenize(tokens),
  async laws({ prefixes }) {
    const laws = [];
    for (const prefix of prefixes) laws.push(await lawAfter(prefix));
    return laws;
  },
};

port.on("message", async ({ kind, ...request }) => {
  let reply;
  try {
    reply = { value: await answers[kind](request) };
  } catch (error) {
    reply = { error: error.message };
  }
  answer(reply);
});
answer({ value: "ready" });

function answer(reply) {
  port.postMessage(reply);
  Atomics.add(signal, 0, 1);
  Atomics.notify(signal, 0);
}

/**
 * The most likely next tokens and their probabilities. Every token of a prefix is evaluated alone: several at
 * once are rounded otherwise, and then a law would depend on what happened to be in memory.
 */
async function lawAfter(prefix) {
  if (prefix.length > LENGTH) throw new Error(`A text of ${prefix.length} tokens, where ${LENGTH} are the most`);
  const context = await contextFor(prefix);
  const { sequence } = context;
  const kept = Math.min(common(context.held, prefix), prefix.length - 1);
  if (kept < context.held.length) {
    context.held.length = 0; // should what follows fail, nothing is believed of this context
    await sequence.eraseContextTokenRanges([{ start: kept, end: sequence.nextTokenIndex }]);
    if (sequence.nextTokenIndex !== kept) throw new Error(`The context would not be cut at token ${kept}.`);
  }
  const options = { topK: ASKED, temperature: 1, topP: 1, minP: 0 };
  const ask = [prefix.at(-1), { generateNext: { probabilities: true, options } }];
  const told = await sequence.controlledEvaluate([...prefix.slice(kept, -1), ask]); // one by one: batchSize is 1
  context.held = [...prefix];
  return [...told.at(-1).next.probabilities].filter(([token]) => isText(token));
}

function isText(token) {
  const { control, unused, unknown } = model.getTokenAttributes(token);
  return !(control || unused || unknown || model.isEogToken(token));
}

/** The context that a prefix goes on from; else a new one while there are few, else the one that rested longest. */
async function contextFor(prefix) {
  let context = contexts.find(({ held }) => held.length > 0 && common(held, prefix) === held.length);
  if (!context && contexts.length < most) {
    const made = await model.createContext({
      contextSize: LENGTH,
      sequences: 1,
      batchSize: 1,
      threads: 1,
      flashAttention: false,
      swaFullCache: true,
    });
    context = { sequence: made.getSequence(), held: [], used: 0 };
    contexts.push(context);
  }
  context ??= contexts.reduce((oldest, one) => (one.used < oldest.used ? one : oldest));
  context.used = ++clock;
  return context;
}

function common(held, prefix) {
  let length = 0;
  while (length < held.length && length < prefix.length && held[length] === prefix[length]) length++;
  return length;
}
