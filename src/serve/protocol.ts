import { InputError } from "../data/errors.ts";

/** The version of the protocol in docs/serve-protocol.md. A client of another one is refused in the handshake. */
export const PROTOCOL = 1;

/** What a message is about. Replies carry the kind of their request, or `error`. */
export const KIND = {
  hello: 1,
  describe: 2,
  make: 3,
  reset: 4,
  step: 5,
  state: 6,
  counters: 7,
  metrics: 8,
  render: 9,
  close: 10,
  words: 11,
  read: 12,
  error: 255,
} as const;

/** Bytes of a header: four little-endian u32: length of the body, kind, environment, tag. */
export const HEADER = 16;
/** Longest body of a message, unless an environment's actions take more. */
export const BODY_LIMIT = 1 << 20;
/** In the top bit of a reply's kind: some episode ended in this step, and the second half of the arrays is there. */
export const ENDED = 0x8000_0000;

/** The bytes are no message: where the next one begins is not known, so the connection ends. */
export class BrokenStream extends InputError {
  override name = "BrokenStream";
}

export interface Message {
  readonly kind: number;
  /** The number that `make` gave. */
  readonly environment: number;
  /** Comes back in the reply. */
  readonly tag: number;
  /** A view of the reader's memory, good until more bytes are read. */
  readonly body: Buffer;
}

/** Cuts a stream of bytes into messages. Memory grows with what was sent, never with what a header announces. */
export interface Reader {
  /** Where the next bytes are to be written; at least one byte long. Report how many with `took`. */
  room(): Buffer;
  took(bytes: number): void;
  /** The next whole message, if there is one. @throws BrokenStream for a body longer than `limit`. */
  next(limit: number): Message | undefined;
  /** Bytes of memory it holds. */
  size(): number;
}

const SMALLEST = 1 << 16;

export function createReader(): Reader {
  let memory = Buffer.allocUnsafeSlow(SMALLEST);
  let from = 0;
  let to = 0;
  return {
    room() {
      if (from === to) from = to = 0;
      if (to === memory.length) {
        // Full: move what is left to the front, into twice the memory if it fills more than half.
        const larger = to - from > memory.length / 2 ? Buffer.allocUnsafeSlow(2 * memory.length) : memory;
        memory.copy(larger, 0, from, to);
        to -= from;
        from = 0;
        memory = larger;
      }
      return memory.subarray(to);
    },
    took(bytes) {
      to += bytes;
    },
    next(limit) {
      if (to - from < HEADER) return undefined;
      const length = memory.readUInt32LE(from);
      if (length > limit) {
        throw new BrokenStream(
          `Got a message of ${length} bytes, expected at most ${limit}: the connection ends here.`,
        );
      }
      const end = from + HEADER + length;
      if (end > to) return undefined;
      const message = {
        kind: memory.readUInt32LE(from + 4),
        environment: memory.readUInt32LE(from + 8),
        tag: memory.readUInt32LE(from + 12),
        body: memory.subarray(from + HEADER, end),
      };
      from = end;
      return message;
    },
    size: () => memory.length,
  };
}

export function writeHeader(to: Buffer, length: number, kind: number, environment: number, tag: number): void {
  to.writeUInt32LE(length, 0);
  to.writeUInt32LE(kind, 4);
  to.writeUInt32LE(environment, 8);
  to.writeUInt32LE(tag, 12);
}

/** A message on its own memory: for everything but steps. */
export function encode(kind: number, environment: number, tag: number, body: Uint8Array | string): Buffer {
  const bytes = typeof body === "string" ? Buffer.from(body) : body;
  const message = Buffer.allocUnsafe(HEADER + bytes.length);
  writeHeader(message, bytes.length, kind >>> 0, environment, tag);
  message.set(bytes, HEADER);
  return message;
}
