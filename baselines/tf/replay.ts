import { InputError, type Tensor } from "masque";
import { dataOf } from "./checkpoint.ts";

/**
 * The latest transitions, one row each: a ring of `capacity` rows of `inputs` numbers before and after, and of `choices`
 * choices that are allowed after.
 */
export function replay(capacity: number, inputs: number, choices: number) {
  const memory = {
    before: new Float32Array(capacity * inputs),
    after: new Float32Array(capacity * inputs),
    /** Allowed choices after; empty rows mean that nothing follows. */
    mask: new Uint8Array(capacity * choices),
    actions: new Int32Array(capacity),
    rewards: new Float32Array(capacity),
    /** 1 where the episode went on, or was cut: the next value counts. */
    goesOn: new Uint8Array(capacity),
    size: 0,
    next: 0,
    /** The row to write now. */
    claim(): number {
      const row = memory.next;
      memory.next = (row + 1) % capacity;
      memory.size = Math.min(capacity, memory.size + 1);
      return row;
    },
    /** The rows there are, as tensors; and back. */
    tensors(): Record<string, Tensor> {
      return Object.fromEntries(
        columns().map(([name, column, width]) => {
          const data = Float32Array.from(column.subarray(0, memory.size * width));
          return [name, { shape: [memory.size, width], data }];
        }),
      );
    },
    restore(tensors: Readonly<Record<string, Tensor>>, size: number, next: number): void {
      for (const [name, column, width] of columns()) {
        const data = dataOf(tensors, name);
        if (data.length !== size * width || size > capacity || next >= capacity)
          throw new InputError(`The checkpoint's replay has ${data.length} numbers of ${name}.`);
        // Choices are places in a network's outputs: kernels do not look where they write.
        const most = name === "actions" ? choices - 1 : name === "mask" || name === "goesOn" ? 1 : null;
        if (most !== null && !data.every((value) => Number.isInteger(value) && value >= 0 && value <= most))
          throw new InputError(`The checkpoint's replay has ${name} that are not whole numbers from 0 to ${most}.`);
        column.set(data);
      }
      memory.size = size;
      memory.next = next;
    },
  };
  const columns = () =>
    [
      ["before", memory.before, inputs],
      ["after", memory.after, inputs],
      ["mask", memory.mask, choices],
      ["actions", memory.actions, 1],
      ["rewards", memory.rewards, 1],
      ["goesOn", memory.goesOn, 1],
    ] as const;
  return memory;
}
