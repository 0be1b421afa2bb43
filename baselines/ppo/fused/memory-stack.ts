import type { RecurrentNetwork } from "../../tf/gru.ts";
import type { Kernels } from "../../tf/kernels/attach.ts";
import { layerOf, packLayer, padded, type Reserve, type Stack, stackOf } from "./stack.ts";

/** A stack whose rows are `steps` steps of sequences side by side, row by row within a step. */
export interface MemoryStack extends Stack {
  /** Sets what the block's sequences remember first: `states` [all, cells], of which it takes these. */
  remember(base: number, states: Float32Array, which: Int32Array): void;
}

/** A block's size, and where its flags lie, a byte a row: see `Sequences`, and which rows are no agent that lives. */
export interface MemoryBlock {
  readonly rows: number;
  readonly steps: number;
  readonly begins: number;
  readonly lives: number;
}

/**
 * A network with memory on the kernels' heap. What does not depend on the state is done for all steps at once; only the
 * product with the state and the gates go step by step, and backwards (backpropagation through time, Werbos 1990).
 */
export function memoryStack(
  simd: Kernels,
  network: RecurrentNetwork,
  gradients: readonly number[],
  reserve: Reserve,
  { rows, steps, begins, lives }: MemoryBlock,
): MemoryStack {
  const { run, memory } = simd;
  const { cells } = network;
  const stride = padded(cells);
  const bytes = 4 * stride;
  const [second, third] = [network.before.variables.length, network.before.variables.length + 2];
  // The state before and after every row's step, and the gradient in the latter.
  const [state, next, dNext] = [0, 0, 0].map(() => reserve(rows * bytes));
  // What reaches the state from the step that follows, past the product and through it.
  const [direct, through] = [0, 0].map(() => reserve((rows / steps) * bytes));
  const before = stackOf(simd, network.before, gradients, reserve, rows);
  const inner = layerOf(reserve, rows, [cells, 3 * cells], gradients.slice(second), true);
  const after = stackOf(simd, network.after, gradients.slice(third), reserve, rows, { x: next, dx: dNext, stride });
  const gates = before.out;

  return {
    x: before.x,
    inputs: before.inputs,
    out: after.out,
    pack(base) {
      before.pack(base);
      packLayer(simd, base, inner, network.inner.variables);
      after.pack(base);
    },
    remember(base, states, which) {
      const floats = new Float32Array(memory.buffer, base + state);
      for (let i = 0; i < which.length; i++) {
        for (let c = 0; c < cells; c++) floats[i * stride + c] = states[which[i] * cells + c];
      }
    },
    forward(base, n) {
      before.x = this.x;
      before.forward(base, n);
      const abreast = n / steps;
      const octets = new Uint8Array(memory.buffer);
      for (let row = 0; row < n; row += abreast) {
        const [h, to] = [base + state + row * bytes, base + next + row * bytes];
        const [x, u] = [base + gates.y + 4 * row * gates.stride, base + inner.y + 4 * row * inner.stride];
        if (row > 0) octets.copyWithin(h, to - abreast * bytes, to);
        for (let i = 0; i < abreast; i++) {
          if (octets[base + begins + row + i] === 1) octets.fill(0, h + i * bytes, h + (i + 1) * bytes);
        }
        run.dense(h, stride, base + inner.packed, u, inner.stride, abreast, cells, inner.outputs, 0);
        run.gruGates(x, u, gates.stride, h, to, stride, base + lives + row, abreast, cells);
      }
      after.forward(base, n);
    },
    backward(base, n) {
      after.backward(base, n);
      const { dy, dw, db, transposed, outputs, stride: wide } = inner;
      const abreast = n / steps;
      for (const at of [direct, through]) new Uint8Array(memory.buffer, base + at, abreast * bytes).fill(0);
      for (let row = n - abreast; row >= 0; row -= abreast) {
        const [gate, own] = [4 * row * gates.stride, row * bytes];
        const du = base + dy + gate;
        const following = row + abreast < n ? base + begins + row + abreast : 0;
        run.gruGradient(
          ...([base + gates.y + gate, base + inner.y + gate, base + gates.dy + gate, du, gates.stride] as const),
          ...([base + state + own, base + dNext + own, base + direct, base + through, stride] as const),
          ...([following, base + lives + row, abreast, cells] as const),
        );
        if (row > 0) run.dense(du, wide, base + transposed!, base + through, stride, abreast, outputs, cells, 0);
      }
      run.denseGradient(base + state, stride, base + dy, wide, base + dw, base + db, n, cells, outputs);
      before.backward(base, n);
    },
  };
}
