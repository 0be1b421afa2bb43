import { resolve } from "node:path";
import { InputError } from "../data/errors.ts";
import { importDefault } from "../library/plugin.ts";
import type { Schema } from "./action.ts";

/** One message of a conversation. */
export interface Message {
  readonly role: "system" | "user" | "assistant";
  readonly content: string;
}

/** What a model is asked. */
export interface Ask {
  readonly model: string;
  readonly messages: readonly Message[];
  /** JSON Schema of the answer: a backend that can holds the model to it, token by token. */
  readonly schema: Schema;
  /** 0 takes the likeliest token. */
  readonly temperature: number;
  /** Tokens of the answer, at most. */
  readonly maxTokens: number;
  /** For sampling, where the backend has such a thing. */
  readonly seed: number;
  readonly signal: AbortSignal;
}

export interface Completion {
  /** What the model said, as it is: nobody relies on its form. */
  readonly text: string;
  readonly tokens: { readonly prompt: number; readonly completion: number };
}

/** What plays: a server, or a model on this machine. */
export interface Backend {
  /** SHA-256 of the weights where they lie on this machine; then a run can be repeated, and its tape be `reproduced`. */
  readonly weights?: string;
  /** Calls that may be under way at once; a model on this machine often takes one. */
  readonly atOnce?: number;
  /**
   * Asks once. Waits for what passes (rates, cut connections) by itself.
   * @throws an Error that says what went wrong where it does not pass: the run stops there, and can be resumed
   */
  complete(ask: Ask): Promise<Completion>;
  close?(): void | Promise<void>;
}

/** What a module that brings a backend exports by default. `model` is what the command line says, a path or a name. */
export type OpenBackend = (options: { readonly model: string }) => Backend | Promise<Backend>;

/** Opens the backend that a module of the user's own brings. @throws InputError for a module that brings none */
export async function openBackend(path: string, model: string): Promise<Backend> {
  const open = await importDefault(resolve(path));
  if (typeof open !== "function") {
    throw new InputError(`${path}: expected a default export ({ model }) => Backend, as docs/language-models.md says.`);
  }
  const backend = (await (open as OpenBackend)({ model })) as Partial<Backend> | undefined;
  if (typeof backend?.complete !== "function") {
    throw new InputError(
      `${path}: what it opens has no complete(); expected a Backend, as docs/language-models.md says.`,
    );
  }
  return backend as Backend;
}
