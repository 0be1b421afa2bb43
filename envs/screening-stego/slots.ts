import { ALPHABET, SYMBOLS } from "./codes.ts";

// What bits and messages look like in observations and actions.

export const bitsAt = (obs: Float32Array, at: number, size: number): number => {
  let value = 0;
  for (let bit = 0; bit < size; bit++) value |= obs[at + bit] << bit;
  return value;
};

/** Whether there is a message: its first symbol is one-hot, or nothing at all. */
export const isThere = (obs: Float32Array, from: number): boolean => {
  for (let symbol = 0; symbol < ALPHABET; symbol++) if (obs[from + symbol] === 1) return true;
  return false;
};

/** Writes a packed message as a row's action. */
export const put = (actions: Int32Array | Float32Array, row: number, message: number): void => {
  for (let i = 0; i < SYMBOLS; i++) actions[row * SYMBOLS + i] = (message >>> (2 * i)) & (ALPHABET - 1);
};
