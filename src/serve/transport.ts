import { lstatSync, readSync, rmSync, writeSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { InputError } from "../data/errors.ts";
import { BrokenStream, createReader, type Reader } from "./protocol.ts";
import { errorReply, type Session } from "./session.ts";

/** Answers the whole messages that a reader holds, in their order. @throws BrokenStream where its bytes are no messages. */
export async function answerAll(
  session: Session,
  reader: Reader,
  write: (reply: Buffer) => Promise<void>,
): Promise<void> {
  for (let message = reader.next(session.limit()); message; message = reader.next(session.limit())) {
    const reply = session.answer(message);
    await write(reply instanceof Promise ? await reply : reply);
  }
}

/**
 * Serves one client on two file descriptors until it closes its end. Reads and writes block: with nothing else to do,
 * that answers in about 60 % of the time that streams take.
 * @throws BrokenStream after telling the client, where the bytes are no messages.
 */
export async function serveDescriptors(session: Session, input: number, output: number): Promise<void> {
  const reader = createReader();
  const write = async (bytes: Buffer) => {
    for (let at = 0; at < bytes.length; ) {
      const done = orWait(() => writeSync(output, bytes, at));
      if (done === undefined) await soon();
      else at += done;
    }
  };
  try {
    for (;;) {
      const bytes = orWait(() => readSync(input, reader.room()));
      if (bytes === undefined) await soon();
      else if (bytes === 0) return;
      else reader.took(bytes);
      await answerAll(session, reader, write);
    }
  } catch (error) {
    if (isGone(error)) return;
    if (error instanceof BrokenStream) await write(errorReply({ environment: 0, tag: 0 }, error)).catch(() => {});
    throw error;
  }
}

/** Undefined where a descriptor that does not block has nothing, or no room. */
function orWait(act: () => number): number | undefined {
  try {
    return act();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EAGAIN") return undefined;
    if (code === "EOF") return 0;
    throw error;
  }
}

const soon = () => new Promise((resolve) => setTimeout(resolve, 1));

/** The client does not read any more: the end, no error. */
function isGone(error: unknown): boolean {
  return ["EPIPE", "ECONNRESET"].includes((error as NodeJS.ErrnoException).code ?? "");
}

/**
 * Serves the first client that connects to a Unix socket, until it goes; the socket's file is readable by its owner only
 * and is removed as soon as the client is there.
 * @throws InputError where the file cannot be made, as when there is one already.
 */
export function serveUnix(session: Session, path: string, ready: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    let own: number | undefined;
    const server = createServer((socket) => {
      server.close();
      if (isOwn(path, own)) rmSync(path, { force: true });
      serveSocket(session, socket).then(resolve, reject);
    });
    server.maxConnections = 1;
    server.once("error", (error) => reject(new InputError(`--unix ${path}: ${error.message}.`)));
    // Its file is made within the call, and is never open to others.
    const mask = process.umask(0o177);
    try {
      server.listen(path, ready);
      own = lstatSync(path, { throwIfNoEntry: false })?.ino;
    } finally {
      process.umask(mask);
    }
  });
}

/** Whether what lies at a path is the file that was made there. */
const isOwn = (path: string, inode: number | undefined): boolean =>
  inode !== undefined && lstatSync(path, { throwIfNoEntry: false })?.ino === inode;

async function serveSocket(session: Session, socket: Socket): Promise<void> {
  const reader = createReader();
  const write = (bytes: Buffer) =>
    // A copy: the memory of a reply is used again before the socket has taken all of it.
    new Promise<void>((resolve, reject) =>
      socket.write(Buffer.from(bytes), (error) => (error ? reject(error) : resolve())),
    );
  try {
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      for (let from = 0; from < chunk.length; ) {
        const room = reader.room();
        const taken = chunk.copy(room, 0, from);
        reader.took(taken);
        from += taken;
        await answerAll(session, reader, write);
      }
    }
  } catch (error) {
    if (isGone(error)) return;
    if (error instanceof BrokenStream) await write(errorReply({ environment: 0, tag: 0 }, error)).catch(() => {});
    throw error;
  } finally {
    socket.destroy();
  }
}
