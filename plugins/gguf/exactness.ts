import { innocentsOf, languageOf } from "../../envs/plain-talk/model.ts";
import { GEMMA, PROMPTS } from "./cover.ts";
import { findModel } from "./model.ts";

// Prints how far laws depend on how a text is evaluated, where none should: the total variation between laws, of a text's
// tokens one by one and of the same text in other ways. This is why worker.mjs evaluates as it does.

type Law = Map<number, number>;
interface Sequence {
  clearHistory(): Promise<void>;
  controlledEvaluate(tokens: readonly unknown[]): Promise<{ next: { probabilities: Law } }[]>;
}
interface Model {
  createContext(options: object): Promise<{ getSequence(): Sequence; dispose(): Promise<void> }>;
}

const TEXTS = 8;

export async function printExactness(): Promise<void> {
  const { loadModel } = await import(new URL("load.mjs", import.meta.url).href);
  const { model, llama }: { model: Model; llama: { dispose(): Promise<void> } } = await loadModel(findModel());
  const texts = textsOfBank();
  const settings = { contextSize: 256 * TEXTS, threads: 1, flashAttention: false, swaFullCache: true };
  const sequences = async (count: number, batchSize: number) => {
    const context = await model.createContext({ ...settings, sequences: count, batchSize });
    return { context, sequences: Array.from({ length: count }, () => context.getSequence()) };
  };

  /** Laws after each token of a message, token by token, `together` texts at a time. */
  const oneByOne = async (together: number) => {
    const { context, sequences: all } = await sequences(together, together);
    const laws: Law[][] = [];
    for (let from = 0; from < TEXTS; from += together) {
      const group = texts.slice(from, from + together);
      await Promise.all(all.map((one) => one.clearHistory()));
      const said: Law[][] = group.map(() => []);
      for (const [i, { prompt }] of group.entries())
        for (const token of prompt.slice(0, -1)) await lawAfter(all[i], [token]);
      for (let t = 0; t < group[0].message.length; t++) {
        const now = group.map(({ prompt, message }, i) =>
          lawAfter(all[i], [t === 0 ? prompt.at(-1)! : message[t - 1]]),
        );
        for (const [i, law] of (await Promise.all(now)).entries()) said[i].push(law);
      }
      laws.push(...said);
    }
    await context.dispose();
    return laws.flat();
  };
  /** The same, every text anew and at once. */
  const atOnce = async () => {
    const {
      context,
      sequences: [one],
    } = await sequences(1, 256);
    const laws: Law[] = [];
    for (const { prompt, message } of texts) {
      for (let t = 0; t < message.length; t++) {
        await one.clearHistory();
        laws.push(await lawAfter(one, [...prompt, ...message.slice(0, t)]));
      }
    }
    await context.dispose();
    return laws;
  };

  const alone = await oneByOne(1);
  for (const [title, laws] of [
    ["token by token, once more", await oneByOne(1)],
    ["the whole text at once", await atOnce()],
    ["2 texts side by side", await oneByOne(2)],
    ["4 texts side by side", await oneByOne(4)],
    ["8 texts side by side", await oneByOne(8)],
  ] as const) {
    const apart = laws.map((law, i) => variation(law, alone[i]));
    const mean = apart.reduce((a, b) => a + b) / apart.length;
    const count = (of: (tv: number) => boolean) => `${apart.filter(of).length} of ${apart.length}`;
    console.log(
      `${title.padEnd(26)} mean TV ${mean.toFixed(4)}, worst ${Math.max(...apart).toFixed(3)}; equal ${count((tv) => tv === 0)}, above .2 ${count((tv) => tv > 0.2)}`,
    );
  }
  await llama.dispose();
}

async function lawAfter(sequence: Sequence, tokens: readonly number[]): Promise<Law> {
  const options = { topK: 32, temperature: 1, topP: 1, minP: 0 };
  const last = [tokens.at(-1), { generateNext: { probabilities: true, options } }];
  return (await sequence.controlledEvaluate([...tokens.slice(0, -1), last])).at(-1)!.next.probabilities;
}

function variation(a: Law, b: Law): number {
  let apart = 0;
  for (const token of new Set([...a.keys(), ...b.keys()])) apart += Math.abs((a.get(token) ?? 0) - (b.get(token) ?? 0));
  return apart / 2;
}

function textsOfBank() {
  const talk = { tokens: 24, candidates: 16, choices: 16, redraw: 0, feedback: true, innocents: 200 };
  const { states, said } = innocentsOf(GEMMA, talk);
  const { token, stride } = languageOf(GEMMA, talk);
  return Array.from({ length: TEXTS }, (_, m) => ({
    prompt: PROMPTS[states[24 * m]].tokens,
    message: Array.from({ length: 24 }, (_, t) => token[states[24 * m + t] * stride + said[24 * m + t]]),
  }));
}
