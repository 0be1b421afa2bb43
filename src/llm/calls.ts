import { appendFileSync, closeSync, existsSync, openSync, readFileSync, truncateSync } from "node:fs";
import { z } from "zod";
import { canonical, digest } from "../data/canonical.ts";
import { InputError, show } from "../data/errors.ts";
import { parseJson } from "../data/json.ts";
import type { Ask, Backend, Completion } from "./backend.ts";

// Every answer that was ever paid for is a line of one file, written as it comes. The file is the run's transcript and its
// cache: a run that was killed asks again for nothing it has an answer to, and so goes on where it stopped.

const lineSchema = z.strictObject({
  key: z.string().regex(/^[0-9a-f]{64}$/),
  episode: z.int().min(0),
  messages: z.array(z.strictObject({ role: z.enum(["system", "user", "assistant"]), content: z.string() })).max(10),
  reply: z.string(),
  tokens: z.tuple([z.number().min(0), z.number().min(0)]),
});
export type Call = z.output<typeof lineSchema>;

/** What a call is but for its messages: the same model in the same mood. */
export interface Manner extends Omit<Ask, "messages" | "schema" | "signal"> {
  /** Digest of the words that are asked with. */
  readonly face: string;
  /** Whatever else changes answers: the backend's name, and how it is asked. */
  readonly backend: unknown;
}

/** Names an answer: the same model, asked the same words in the same way in the same episode. */
export function callKey(
  manner: Manner,
  episode: number,
  { messages, schema }: Pick<Ask, "messages" | "schema">,
): string {
  return digest({ ...manner, episode, messages, schema });
}

/** Reads calls, one a line, each with its end. @throws InputError for lines that are none */
export function parseCalls(text: string, name: string): Call[] {
  const lines = text.split("\n");
  if (lines.pop() !== "") throw new InputError(`${name}: its last line has no end.`);
  return lines.map((line, i) => {
    const parsed = lineSchema.safeParse(parseJson(line, `${name}, line ${i + 1}`));
    if (!parsed.success) throw new InputError(`${name}, line ${i + 1}: it is no call of a model.`);
    return parsed.data;
  });
}

/** What asks: from the file what was answered before, else the backend, at most so many calls at once. */
export interface Caller {
  ask(manner: Manner, episode: number, ask: Pick<Ask, "messages" | "schema" | "signal">): Promise<Completion>;
  /** Calls that were made now, and answers that were there. */
  readonly made: { calls: number; found: number };
}

/** @throws InputError for a file that holds something else */
export function openCalls(path: string, backend: Backend, atOnce: number): Caller {
  const answers = new Map<string, Promise<Completion>>();
  if (existsSync(path)) {
    const text = readFileSync(path, "utf8");
    // A process that was killed while it wrote leaves half a line.
    const whole = text.slice(0, text.lastIndexOf("\n") + 1);
    for (const { key, reply, tokens } of parseCalls(whole, path)) {
      answers.set(key, Promise.resolve({ text: reply, tokens: { prompt: tokens[0], completion: tokens[1] } }));
    }
    if (whole.length < text.length) truncateSync(path, Buffer.byteLength(whole));
  } else closeSync(openSync(path, "a"));
  const turns = queue(Math.max(1, Math.min(atOnce, backend.atOnce ?? atOnce)));
  const made = { calls: 0, found: 0 };
  return {
    made,
    async ask(manner, episode, ask) {
      const key = callKey(manner, episode, ask);
      const known = answers.get(key);
      if (known) {
        made.found++;
        return known;
      }
      // Kept before it is there: two who ask the same at once share one answer, as they would after a resumption.
      const answer = turns(async () => {
        ask.signal.throwIfAborted();
        const { model, temperature, maxTokens, seed } = manner;
        const completion = await backend.complete({ ...ask, model, temperature, maxTokens, seed });
        const { prompt, completion: said } = completion.tokens;
        const line = { key, episode, messages: ask.messages, reply: completion.text, tokens: [prompt, said] };
        // What could not be read again would keep the run from ever going on.
        if (!lineSchema.safeParse(line).success) {
          throw new InputError(
            `The backend answered with text ${show(completion.text)} and tokens ${show([prompt, said])}; expected a text and two numbers from 0.`,
          );
        }
        appendFileSync(path, `${canonical(line)}\n`);
        made.calls++;
        return completion;
      });
      answers.set(key, answer);
      answer.catch(() => answers.delete(key));
      return answer;
    },
  };
}

/** Runs at most `n` of the given jobs at once, in the order in which they came. */
function queue(n: number) {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async <T>(job: () => Promise<T>): Promise<T> => {
    if (running >= n) await new Promise<void>((go) => waiting.push(go));
    else running++;
    try {
      return await job();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running--;
    }
  };
}
