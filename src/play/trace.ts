import { canonical, sha256 } from "../data/canonical.ts";
import type { RoleBuffers } from "../env/buffers.ts";

/** Follows what is played: one rolling hash of two 32-bit lanes a copy. */
export interface Tracer {
  /** `[copies, 2]` */
  readonly lanes: Int32Array;
  /** Takes in the actions of the step to come; a dead agent's are ignored, whatever the buffer holds. */
  actions(): void;
  /** Takes in the rewards of the step just made. */
  rewards(): void;
  /** A copy begins another episode. */
  restart(copy: number): void;
}

/** Starting values and multipliers: the fractions of √2, √3, √5, √7, made odd where they multiply. */
const START = [0x6a09e667, 0xbb67ae85] as const;
const A = 0x3c6ef373;
const B = 0xa54ff53b;

/**
 * Makes a tracer for the buffers of all roles. Each word w changes a lane by l ← rotl(l ⊕ w, 13) · odd + c: a bijection of
 * the lane, so two traces that differ in one word never meet again by that word alone. Nothing is allocated by a step.
 */
export function createTracer(roles: readonly RoleBuffers[], copies: number): Tracer {
  const lanes = new Int32Array(2 * copies);
  const words = roles.map(({ actions, rewards, alive, count, actionSize }) => ({
    alive,
    count,
    actionSize,
    actions: new Int32Array(actions.buffer, actions.byteOffset, actions.length),
    rewards: new Int32Array(rewards.buffer, rewards.byteOffset, 2 * rewards.length),
  }));
  const restart = (copy: number) => lanes.set(START, 2 * copy);
  for (let copy = 0; copy < copies; copy++) restart(copy);
  return {
    lanes,
    restart,
    actions() {
      for (const { actions, alive, count, actionSize } of words) {
        for (let copy = 0, row = 0, at = 0; copy < copies; copy++) {
          let a = lanes[2 * copy];
          let b = lanes[2 * copy + 1];
          for (const end = row + count; row < end; row++) {
            for (const stop = at + actionSize; at < stop; at++) {
              const word = alive[row] === 1 ? actions[at] : -1;
              a ^= word;
              a = (Math.imul((a << 13) | (a >>> 19), A) + 0x1f83d9ab) | 0;
              b ^= word;
              b = (Math.imul((b << 17) | (b >>> 15), B) + 0x5be0cd19) | 0;
            }
          }
          lanes[2 * copy] = a;
          lanes[2 * copy + 1] = b;
        }
      }
    },
    rewards() {
      for (const { rewards, count } of words) {
        for (let copy = 0, at = 0; copy < copies; copy++) {
          let a = lanes[2 * copy];
          let b = lanes[2 * copy + 1];
          for (const end = at + 2 * count; at < end; at += 2) {
            // Both halves of the float64 in one word of each lane, folded in two ways.
            const low = rewards[at];
            const high = rewards[at + 1];
            a ^= low ^ Math.imul(high, B);
            a = (Math.imul((a << 13) | (a >>> 19), A) + 0x1f83d9ab) | 0;
            b ^= high ^ Math.imul(low, A);
            b = (Math.imul((b << 17) | (b >>> 15), B) + 0x5be0cd19) | 0;
          }
          lanes[2 * copy] = a;
          lanes[2 * copy + 1] = b;
        }
      }
    },
  };
}

/**
 * What names a played cell's play: SHA-256, cut to 32 digits, over the traces of its episodes in order and the digests of
 * the trained policies that played. So one changed weight changes it even where no action that was drawn changes.
 */
export function traceDigest(traces: Int32Array, policies: Readonly<Record<string, string>>): string {
  const bytes = new Uint8Array(traces.length * 4);
  const view = new DataView(bytes.buffer);
  traces.forEach((word, i) => {
    view.setInt32(4 * i, word, true);
  });
  return sha256(`${sha256(bytes)}${canonical(policies)}`).slice(0, 32);
}
