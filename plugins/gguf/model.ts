import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { MessageChannel, receiveMessageOnPort, Worker } from "node:worker_threads";
import { InputError } from "masque";

/** The weights that results are tied to: Gemma 3 270M, Q4_K_M. */
export const MODEL = {
  name: "gemma-3-270m-q4_k_m.gguf",
  sha256: "a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818",
  licence: "Gemma Terms of Use, https://ai.google.dev/gemma/terms",
} as const;

/** How to come by them. */
const FETCH = "scripts/language-model.sh fetches it";

/** Where a model lies, and the module of node-llama-cpp that runs it. */
export interface ModelPlace {
  readonly file: string;
  readonly library: string;
}

/**
 * The model that `MASQUE_GGUF` names, else the one where the script puts it, with node-llama-cpp from beside it, else from the
 * packages of this folder. @throws InputError where either is missing
 */
export function findModel(
  file = process.env.MASQUE_GGUF ?? join(import.meta.dirname, "fetched", MODEL.name),
): ModelPlace {
  if (!existsSync(file)) throw new InputError(`There is no GGUF model at ${file}: ${FETCH}.`);
  for (const from of [resolve(file), import.meta.filename]) {
    try {
      return { file, library: createRequire(from).resolve("node-llama-cpp") };
    } catch {} // not there: the next
  }
  throw new InputError(`There is no node-llama-cpp beside ${file}: ${FETCH}.`);
}

/** A model that is asked and answers at once: it runs in a thread of its own, and the caller sleeps meanwhile. */
export interface LanguageModel {
  readonly sha256: string;
  /** The token that every text begins with. */
  readonly bos: number;
  tokens(text: string): number[];
  text(tokens: readonly number[]): string;
  /** After each prefix, which begins with `bos`: at most 32 tokens and probabilities, likeliest first, of all tokens that are text. */
  laws(prefixes: readonly (readonly number[])[]): [token: number, probability: number][][];
  close(): void;
}

export interface ModelOptions {
  /** Texts kept in memory side by side, about 30 MB each: as many as copies are played together. */
  readonly contexts?: number;
}

/** Longer than loading takes, or the longest prefix, on a slow machine; then something has broken, and waiting longer helps nobody. */
const PATIENCE = 300_000;

/** @throws InputError where there is no model, or nothing to run it with. */
export function openModel({ contexts = 64 }: ModelOptions = {}): LanguageModel {
  const place = findModel();
  const signal = new Int32Array(new SharedArrayBuffer(4));
  const { port1, port2 } = new MessageChannel();
  const worker = new Worker(new URL("worker.mjs", import.meta.url), {
    workerData: { port: port2, signal, place, contexts },
    transferList: [port2],
    execArgv: [], // loaders of TypeScript are of no use to it
  });
  worker.unref();
  port1.unref();
  let seen = 0;
  const reply = (): unknown => {
    if (Atomics.wait(signal, 0, seen, PATIENCE) === "timed-out") {
      void worker.terminate();
      throw new InputError(
        `${place.file} did not answer in ${PATIENCE / 1000} s: scripts/language-model.sh says whether it loads.`,
      );
    }
    seen++;
    const { value, error } = receiveMessageOnPort(port1)!.message;
    if (error !== undefined) throw new InputError(`${place.file}: ${error.replace(/\.$/, "")}.`);
    return value;
  };
  const ask = (kind: string, request: object = {}): never => {
    port1.postMessage({ kind, ...request });
    return reply() as never;
  };
  reply();
  const { sha256, bos }: { sha256: string; bos: number } = ask("about");
  return {
    sha256,
    bos,
    tokens: (text) => ask("tokens", { text }),
    text: (tokens) => ask("text", { tokens }),
    laws: (prefixes) => ask("laws", { prefixes }),
    close: () => void worker.terminate(),
  };
}
