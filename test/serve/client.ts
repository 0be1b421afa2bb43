import { createReader, encode, HEADER, KIND, type Message } from "../../src/serve/protocol.ts";
import type { Session } from "../../src/serve/session.ts";
import { answerAll } from "../../src/serve/transport.ts";

export interface Reply {
  readonly kind: number;
  readonly environment: number;
  readonly tag: number;
  readonly body: Buffer;
}

/** Cuts bytes into replies. */
export function replies(bytes: Buffer): Reply[] {
  const found: Reply[] = [];
  for (let from = 0; from < bytes.length; ) {
    const end = from + HEADER + bytes.readUInt32LE(from);
    if (end > bytes.length) throw new Error(`a reply ends at ${end} of ${bytes.length} bytes`);
    const [kind, environment, tag] = [4, 8, 12].map((at) => bytes.readUInt32LE(from + at));
    found.push({ kind, environment, tag, body: Buffer.from(bytes.subarray(from + HEADER, end)) });
    from = end;
  }
  return found;
}

/** What a server answers to bytes that come in the given pieces; the error that ends it is thrown. */
export async function feed(
  session: Session,
  chunks: readonly Uint8Array[],
): Promise<{ replies: Reply[]; held: number }> {
  const reader = createReader();
  const written: Buffer[] = [];
  for (const chunk of chunks) {
    for (let from = 0; from < chunk.length; ) {
      const room = reader.room();
      const taken = Math.min(room.length, chunk.length - from);
      room.set(chunk.subarray(from, from + taken));
      reader.took(taken);
      from += taken;
      await answerAll(session, reader, async (reply) => void written.push(Buffer.from(reply)));
    }
  }
  return { replies: replies(Buffer.concat(written)), held: reader.size() };
}

export async function ask(session: Session, kind: number, body: Uint8Array | string, environment = 0): Promise<Reply> {
  const reader = { kind, environment, tag: 7, body: Buffer.from(body) } satisfies Message;
  const [reply] = replies(Buffer.from(await session.answer(reader)));
  return reply;
}

export const json = (reply: Reply) => JSON.parse(reply.body.toString("utf8"));

export const hello = encode(KIND.hello, 0, 1, JSON.stringify({ protocol: 1 }));

export function resetBody(seed?: number, episode?: number): Buffer {
  const body = Buffer.alloc(24);
  body.writeUInt32LE((seed === undefined ? 0 : 1) | (episode === undefined ? 0 : 2));
  body.writeDoubleLE(seed ?? 0, 8);
  body.writeDoubleLE(episode ?? 0, 16);
  return body;
}
