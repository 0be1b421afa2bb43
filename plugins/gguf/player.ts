import { InputError } from "masque";
import type { Backend, Message, OpenBackend } from "../../src/llm/backend.ts";
import { findModel } from "./model.ts";

// A model on this machine as a player (docs/language-models.md): `--backend plugins/gguf/player.ts`. Any GGUF file will do. A base
// model knows no turns, so a conversation is written down as plain text; a grammar holds the answer to its schema.

/** Tokens of the longest conversation with its answer. */
const LENGTH = 8192;

/** What of node-llama-cpp is used. */
interface Loaded {
  readonly library: Library;
  readonly llama: Llama;
  readonly model: Model;
}
interface Llama {
  createGrammarForJsonSchema(schema: object): Promise<object>;
  dispose(): Promise<void>;
}
interface Model {
  tokenize(text: string): number[];
  readonly tokens: { readonly bos: number };
  createContext(options: object): Promise<{ getSequence(): { clearHistory(): Promise<void> } }>;
}
interface Library {
  LlamaCompletion: new (
    options: object,
  ) => { generateCompletion(prompt: readonly number[], options: object): Promise<string> };
}

/**
 * @param model a GGUF file's path; or any name, and then it is the one that `MASQUE_GGUF` names or the script fetched
 * @throws InputError where there is no such file, or nothing to run it with
 */
const open: OpenBackend = async ({ model: name }) => {
  const place = findModel(name.endsWith(".gguf") ? name : undefined);
  const { loadModel, sha256Of } = await import(new URL("load.mjs", import.meta.url).href);
  const { library, llama, model }: Loaded = await loadModel(place);
  const context = await model.createContext({ contextSize: LENGTH, sequences: 1, threads: 1, flashAttention: false });
  const contextSequence = context.getSequence();
  const writer = new library.LlamaCompletion({ contextSequence });
  const backend: Backend = {
    weights: await sha256Of(place.file),
    atOnce: 1,
    async complete({ messages, schema, temperature, maxTokens, seed, signal }) {
      const prompt = [model.tokens.bos, ...model.tokenize(`${messages.map(written).join("\n\n")}\n\nAnswer: `)];
      if (prompt.length + maxTokens > LENGTH) {
        throw new InputError(`The conversation has ${prompt.length} tokens, expected at most ${LENGTH - maxTokens}.`);
      }
      const grammar = await llama.createGrammarForJsonSchema(schema);
      await contextSequence.clearHistory(); // what is in memory must not change what is said
      const text = await writer.generateCompletion(prompt, { grammar, maxTokens, temperature, seed, signal });
      return { text, tokens: { prompt: prompt.length, completion: model.tokenize(text).length } };
    },
    close: () => llama.dispose(),
  };
  return backend;
};
export default open;

const written = ({ role, content }: Message) => (role === "assistant" ? `Answer: ${content}` : content);
