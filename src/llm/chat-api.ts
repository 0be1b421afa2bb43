import { z } from "zod";
import { InputError } from "../data/errors.ts";
import type { Ask, Backend, Completion } from "./backend.ts";

// OpenAI's chat API, which most servers of models speak, by plain `fetch`: one request is all that is needed of it.

/** What waits. Tests bring one that does not. */
export interface Clock {
  /** @throws the signal's reason once it aborts */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
  /** A signal that aborts after so long. */
  timeout(milliseconds: number): AbortSignal;
}

export interface ChatApiOptions {
  /** Where `/chat/completions` is: "http://localhost:8080/v1". */
  readonly url: string;
  /** Sent as a bearer token; written nowhere. */
  readonly key?: string;
  /** Whether the server is asked to hold answers to the schema (`response_format`). Default true. */
  readonly schema?: boolean;
  /** Laid over the body of every request, for servers with ways of their own; null leaves a key out. */
  readonly request?: Readonly<Record<string, unknown>>;
  /** Milliseconds that one answer may take. Default two minutes. */
  readonly patience?: number;
  /** Times that a call is sent again after a rate limit, a server's fault or a cut connection. Default 8. */
  readonly resends?: number;
  readonly clock?: Clock;
  /** Told of every call that is to be sent again: why, and after how many milliseconds. */
  onResend?(why: string, wait: number): void;
}

const MAX_BODY = 1 << 22;
/** A server that asks for more than this is not waited for. */
const LONGEST_WAIT = 3_600_000;

const answerSchema = z.object({
  choices: z
    .array(z.object({ message: z.object({ content: z.string().nullish(), refusal: z.string().nullish() }) }))
    .min(1),
  // An answer that was paid for is kept, however its server counts.
  usage: z
    .object({ prompt_tokens: z.number().min(0), completion_tokens: z.number().min(0) })
    .nullish()
    .catch(null),
});

const realClock: Clock = {
  sleep: (milliseconds, signal) =>
    new Promise((resolve, reject) => {
      const stop = () => {
        clearTimeout(timer);
        reject(signal.reason as Error);
      };
      const timer = setTimeout(() => {
        signal.removeEventListener("abort", stop);
        resolve();
      }, milliseconds);
      if (signal.aborted) stop();
      else signal.addEventListener("abort", stop, { once: true });
    }),
  timeout: (milliseconds) => AbortSignal.timeout(milliseconds),
};

/** A fault that may pass; `wait` where the server says how long, in milliseconds. */
class Passing extends Error {
  readonly wait: number | undefined;
  constructor(message: string, wait?: number) {
    super(message);
    this.wait = wait;
  }
}

/** @throws InputError for a URL that is none */
export function chatApi(options: ChatApiOptions): Backend {
  const {
    schema = true,
    request = {},
    patience = 120_000,
    resends = 8,
    clock = realClock,
    onResend = () => {},
  } = options;
  const { url, shown, secrets } = endpoint(options.url);
  // Of a file with an end of line, say: what is sent has none.
  const key = options.key?.trim();
  if (key) secrets.push(key);
  /** What a server says may repeat what it was sent. */
  const plain = (text: string) =>
    secrets
      .reduce((rest, secret) => rest.replaceAll(secret, "…"), text)
      .replace(/\p{C}+/gu, " ")
      .slice(0, 300);

  async function send(ask: Ask): Promise<Completion> {
    const patient = clock.timeout(patience);
    let response: Response;
    let body: string;
    try {
      response = await fetch(url, {
        method: "POST",
        headers: { "content-type": "application/json", ...(key && { authorization: `Bearer ${key}` }) },
        body: JSON.stringify({ ...requestOf(ask, schema), ...request }, (_, value) => value ?? undefined),
        redirect: "error",
        signal: AbortSignal.any([ask.signal, patient]),
      });
      body = await readBody(response);
    } catch (error) {
      ask.signal.throwIfAborted();
      if (error instanceof InputError) throw error;
      if (patient.aborted) throw new Passing(`no answer in ${patience / 1000} s`);
      const { message, cause } = error as Error;
      throw new Passing(plain(cause instanceof Error ? `${message}: ${cause.message}` : message));
    }
    if (response.ok) return readAnswer(body, ask);
    const said = `${response.status} ${plain(body)}`;
    if (response.status === 429 || response.status === 408 || response.status >= 500) {
      throw new Passing(said, retryAfter(response.headers));
    }
    const hint =
      response.status === 401 || response.status === 403
        ? " Is the key in the environment variable that --key-env names?"
        : response.status === 400 && schema
          ? " If it does not know schemas, try --no-schema."
          : "";
    throw new InputError(`${shown} refuses: ${said}.${hint}`);
  }

  return {
    async complete(ask) {
      for (let sent = 0; ; sent++) {
        try {
          return await send(ask);
        } catch (error) {
          if (!(error instanceof Passing)) throw error;
          const wait = error.wait ?? Math.min(60_000, 1000 * 2 ** sent);
          if (sent >= resends) throw new InputError(`${shown}: ${error.message}, ${sent + 1} times in a row.`);
          if (wait > LONGEST_WAIT) {
            throw new InputError(`${shown}: ${error.message}; it asks to wait ${Math.round(wait / 60_000)} minutes.`);
          }
          onResend(error.message, wait);
          await clock.sleep(wait, ask.signal);
        }
      }
    },
  };
}

/**
 * Where requests go; how errors name that, without what a query may hold; and the query's values, which a server's own words
 * may repeat.
 */
function endpoint(given: string): { url: string; shown: string; secrets: string[] } {
  if (!URL.canParse(given))
    throw new InputError(`--url: got "${given}", expected an address such as http://localhost:8080/v1.`);
  const url = new URL(given);
  if (url.protocol !== "https:" && url.protocol !== "http:")
    throw new InputError(`--url: got "${given}", expected one that begins with http:// or https://.`);
  if (url.username || url.password) {
    throw new InputError(
      `--url: got a user or a password before "@${url.host}", expected none: a key comes from the environment variable that --key-env names.`,
    );
  }
  url.pathname = `${url.pathname.replace(/\/+$/, "")}/chat/completions`;
  const secrets = [...url.searchParams.values()].filter((value) => value !== "");
  return { url: url.href, shown: url.origin + url.pathname, secrets };
}

function requestOf({ model, messages, schema, temperature, maxTokens, seed }: Ask, held: boolean) {
  return {
    model,
    messages,
    temperature,
    max_tokens: maxTokens,
    seed,
    ...(held && { response_format: { type: "json_schema", json_schema: { name: "answer", strict: true, schema } } }),
  };
}

/** A body's text, of a size that an answer may have. */
async function readBody({ body }: Response): Promise<string> {
  if (!body) return "";
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > MAX_BODY) throw new Error(`an answer of more than ${MAX_BODY} characters`);
  }
  return text + decoder.decode();
}

/** An answer without text is an answer: of a model that refuses, say. One that is none of this API's may be a hiccup. */
function readAnswer(body: string, { messages }: Ask): Completion {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    throw new Passing("an answer that is no JSON");
  }
  const parsed = answerSchema.safeParse(json);
  if (!parsed.success) throw new Passing("an answer that is none of the chat API's");
  const { choices, usage } = parsed.data;
  const { content, refusal } = choices[0].message;
  const text = content || refusal || "";
  const asked = messages.reduce((sum, { content }) => sum + content.length, 0);
  const tokens = usage
    ? { prompt: usage.prompt_tokens, completion: usage.completion_tokens }
    : { prompt: tokensIn(asked), completion: tokensIn(text.length) };
  return { text, tokens };
}

/** About so many tokens have so many characters, where nobody counts them. */
export const tokensIn = (characters: number): number => Math.ceil(characters / 4);

/** Milliseconds to wait, from seconds or a date; a date is read against the server's own clock. */
function retryAfter(headers: Headers): number | undefined {
  const given = headers.get("retry-after")?.trim();
  if (!given) return undefined;
  if (/^\d+(\.\d+)?$/.test(given)) return 1000 * Number(given);
  const wait = Date.parse(given) - Date.parse(headers.get("date") ?? "");
  return Number.isFinite(wait) ? Math.max(0, wait) : undefined;
}
