import { closeSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { makeFolder } from "./files.ts";

// Event files as TensorBoard reads them: TFRecords of protobuf messages `Event` (tensorflow/core/util/event.proto), of which
// only scalars are written here.

/** CRC-32C (Castagnoli), as TFRecords have it. */
const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? (c >>> 1) ^ 0x82f63b78 : c >>> 1;
  return c >>> 0;
});

export function crc32c(bytes: Uint8Array): number {
  let c = 0xffffffff;
  for (const byte of bytes) c = TABLE[(c ^ byte) & 255] ^ (c >>> 8);
  return (c ^ 0xffffffff) >>> 0;
}

/** TFRecord masks its checksums, since data may hold checksums too. */
const masked = (bytes: Uint8Array): number => {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
};

/** One TFRecord: length, its checksum, data, their checksum. */
export function record(data: Uint8Array): Buffer {
  const out = Buffer.alloc(16 + data.length);
  out.writeBigUInt64LE(BigInt(data.length), 0);
  out.writeUInt32LE(masked(out.subarray(0, 8)), 8);
  out.set(data, 12);
  out.writeUInt32LE(masked(data), 12 + data.length);
  return out;
}

const varint = (value: number): number[] => {
  const bytes: number[] = [];
  let left = BigInt(value);
  for (; left > 127n; left >>= 7n) bytes.push(Number(left & 127n) | 128);
  return [...bytes, Number(left)];
};
const field = (number: number, wire: number) => varint((number << 3) | wire);
const bytesField = (number: number, bytes: Uint8Array) =>
  Buffer.from([...field(number, 2), ...varint(bytes.length), ...bytes]);
const double = (number: number, value: number) => {
  const out = Buffer.alloc(9);
  out[0] = field(number, 1)[0];
  out.writeDoubleLE(value, 1);
  return out;
};
const float = (number: number, value: number) => {
  const out = Buffer.alloc(5);
  out[0] = field(number, 5)[0];
  out.writeFloatLE(value, 1);
  return out;
};

/** The message `Event` of some scalars at a step, or of the file's version. */
export function event(wallTime: number, step: number, scalars: Readonly<Record<string, number>> | "version"): Buffer {
  const head = Buffer.concat([double(1, wallTime), Buffer.from([...field(2, 0), ...varint(step)])]);
  if (scalars === "version") return Buffer.concat([head, bytesField(3, Buffer.from("brain.Event:2"))]);
  const values = Object.entries(scalars).map(([tag, value]) =>
    bytesField(1, Buffer.concat([bytesField(1, Buffer.from(tag)), float(2, value)])),
  );
  return Buffer.concat([head, bytesField(5, Buffer.concat(values))]);
}

/** Writes scalars where TensorBoard finds them, one call a step, until it is closed. */
export interface EventWriter {
  write(step: number, scalars: Readonly<Record<string, number>>): void;
  close(): void;
}

/** Begins an event file in a folder. `now` tells the wall time in seconds. */
export function eventWriter(folder: string, now: () => number): EventWriter {
  makeFolder(folder);
  const name = `events.out.tfevents.${Math.floor(now())}.masque.${process.pid}`;
  const file = openSync(join(folder, name), "a");
  const put = (data: Buffer) => void writeSync(file, record(data));
  put(event(now(), 0, "version"));
  return {
    write: (step, scalars) => put(event(now(), step, scalars)),
    close: () => closeSync(file),
  };
}
