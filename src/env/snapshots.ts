import type { RoleBuffers } from "./buffers.ts";

/** Copies of all observations of one copy of an environment, handed out piece by piece. */
export interface Snapshots {
  /** Copies everything as it is now. */
  take(): void;
  /** `size` floats of the last copy, from `from` on; roles lie one after the other. Never written to again. */
  read(from: number, size: number): Float32Array;
}

const CHUNK = 1 << 14;

/**
 * A typed array of its own costs about a microsecond beyond 64 bytes; views of a shared chunk cost a tenth. Chunks are
 * never written twice, so what was handed out stays what it was.
 */
export function snapshots(roles: readonly RoleBuffers[]): Snapshots {
  const total = roles.reduce((sum, { obs }) => sum + obs.length, 0);
  let chunk = new Float32Array(0);
  let memory = chunk.buffer;
  let base = 0;
  let used = 0;
  return {
    take() {
      if (used + total > chunk.length) {
        chunk = new Float32Array(Math.max(CHUNK, total));
        memory = chunk.buffer;
        used = 0;
      }
      base = used;
      for (let r = 0; r < roles.length; r++) {
        chunk.set(roles[r].obs, used);
        used += roles[r].obs.length;
      }
    },
    read: (from, size) => new Float32Array(memory, 4 * (base + from), size),
  };
}
