import { InputError } from "./errors.ts";
import { parseJson } from "./json.ts";

/** Float32 numbers and their shape, row-major. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

const MAX_HEADER = 1 << 20;
const NAME = /^[A-Za-z][A-Za-z0-9_.-]{0,99}$/;

/**
 * Named float32 tensors in the safetensors format (https://huggingface.co/docs/safetensors): eight bytes of header
 * length, a JSON header, the numbers, little-endian. Names are sorted, so the same tensors are the same bytes.
 * @throws InputError for bad names, shapes that do not fit their data, and numbers that are not finite
 */
export function encodeTensors(tensors: Readonly<Record<string, Tensor>>): Uint8Array {
  const header: Record<string, { dtype: "F32"; shape: readonly number[]; data_offsets: [number, number] }> = {};
  const names = Object.keys(tensors).sort();
  let end = 0;
  for (const name of names) {
    const { shape, data } = tensors[name];
    checkTensor(name, shape, data);
    header[name] = { dtype: "F32", shape, data_offsets: [end, end + 4 * data.length] };
    end += 4 * data.length;
  }
  const json = JSON.stringify(header);
  // Padded with spaces, so that the numbers start at a multiple of eight.
  const text = new TextEncoder().encode(json.padEnd(Math.ceil(json.length / 8) * 8));
  const bytes = new Uint8Array(8 + text.length + end);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  for (const name of names) {
    const from = 8 + text.length + header[name].data_offsets[0];
    const { data } = tensors[name];
    for (let i = 0; i < data.length; i++) view.setFloat32(from + 4 * i, data[i], true);
  }
  return bytes;
}

/**
 * Reads what `encodeTensors` writes, and nothing else: other spellings of the same tensors are refused too, so that a
 * digest of the bytes is a digest of the tensors.
 * @throws InputError that names the file and what is wrong in it
 */
export function decodeTensors(bytes: Uint8Array, name: string): Record<string, Tensor> {
  const refuse = (why: string) => new InputError(`${name} is no safetensors file of a policy: ${why}.`);
  if (bytes.length < 8) throw refuse(`it has ${bytes.length} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = Number(view.getBigUint64(0, true));
  if (length > MAX_HEADER || 8 + length > bytes.length) throw refuse(`its header claims ${length} bytes`);
  let header: unknown;
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(8, 8 + length));
    header = parseJson(text, `${name}: its header`);
  } catch (error) {
    throw error instanceof InputError ? error : refuse("its header is no text");
  }
  if (typeof header !== "object" || header === null || Array.isArray(header)) throw refuse("its header is no object");
  const tensors: Record<string, Tensor> = {};
  let end = 0;
  for (const [key, entry] of Object.entries(header)) {
    const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as Record<string, unknown>;
    if (!NAME.test(key)) throw refuse("a tensor has a strange name");
    if (dtype !== "F32") throw refuse(`tensor "${key}" is not of type F32`);
    if (!isShape(shape)) throw refuse(`tensor "${key}" has no valid shape`);
    const size = 4 * shape.reduce((product, n) => product * n, 1);
    const from = 8 + length + end;
    if (!Array.isArray(offsets) || offsets[0] !== end || offsets[1] !== end + size || from + size > bytes.length) {
      throw refuse(`tensor "${key}" does not lie where its shape says`);
    }
    const data = new Float32Array(size / 4);
    for (let i = 0; i < data.length; i++) data[i] = view.getFloat32(from + 4 * i, true);
    tensors[key] = { shape, data };
    end += size;
  }
  const again = encodeTensors(tensors);
  if (again.length !== bytes.length || again.some((byte, i) => byte !== bytes[i])) {
    throw refuse("its bytes are not in the one order they should have");
  }
  return tensors;
}

function isShape(shape: unknown): shape is number[] {
  return (
    Array.isArray(shape) &&
    shape.length <= 4 &&
    shape.every((n) => Number.isInteger(n) && n >= 0 && n <= 1 << 26) &&
    shape.reduce((product: number, n: number) => product * n, 1) <= 1 << 26
  );
}

function checkTensor(name: string, shape: readonly number[], data: Float32Array): void {
  if (!NAME.test(name)) throw new InputError(`Tensor "${name.slice(0, 60)}": expected a name of letters and digits.`);
  if (!isShape(shape) || shape.reduce((product, n) => product * n, 1) !== data.length) {
    throw new InputError(`Tensor "${name}": ${data.length} numbers do not make the shape [${shape}].`);
  }
  const bad = data.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) throw new InputError(`Tensor "${name}": number ${bad} is ${data[bad]}, expected a finite one.`);
}
