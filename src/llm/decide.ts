import { InputError } from "../data/errors.ts";
import { readReply } from "./action.ts";
import type { Message } from "./backend.ts";
import type { Caller, Manner } from "./calls.ts";
import type { Decide, Decision, Turn } from "./episode.ts";

/** Characters of an unusable answer that are shown to the model again. */
const SHOWN = 2000;

/** The conversation that follows an answer which is no action. */
export function askAgain(messages: readonly Message[], reply: string, error: string): Message[] {
  return [
    ...messages,
    { role: "assistant", content: reply.slice(0, SHOWN) },
    { role: "user", content: `That is no action: ${error}. Answer again, with the JSON object alone.` },
  ];
}

/** What answers come to: the first that is an action, of at most two; else the fallback, which is told apart for good. */
export async function decideBy(turn: Turn, ask: (messages: readonly Message[]) => Promise<string>): Promise<Decision> {
  const first = await ask(turn.messages);
  const read = readReply(turn.space, turn.legal, first);
  if ("action" in read) return { way: "valid", action: read.action };
  const second = readReply(turn.space, turn.legal, await ask(askAgain(turn.messages, first, read.error)));
  if ("action" in second) return { way: "repaired", action: second.action };
  return { way: "invalid", action: turn.fallback };
}

/** A model decides. */
export function byModel(
  caller: Caller,
  manners: Readonly<Record<string, Manner>>,
  episode: number,
  signal: AbortSignal,
): Decide {
  return (turn) => {
    const manner = manners[turn.role];
    if (!manner) throw new InputError(`No model plays ${turn.role}.`);
    const { schema } = turn;
    return decideBy(turn, async (messages) => (await caller.ask(manner, episode, { messages, schema, signal })).text);
  };
}
