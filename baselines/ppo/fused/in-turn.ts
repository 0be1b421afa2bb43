import { heedChoice } from "masque/learn";

// Heads drawn in turn (see `heedChoice`), where the kernels of the independent ones are used: their logits are shifted before
// the loss, by what was drawn, and what the loss says of these logits is added up after it. Each row costs choices × heads
// additions, next to nothing beside a layer of the network.

/** What was drawn in a block of rows: `taken` `[heads, capacity]`, of which the first `rows` count. */
export interface Drawn {
  readonly sizes: readonly number[];
  readonly taken: Int32Array;
  readonly capacity: number;
  readonly rows: number;
}

/** Shifts the logits `[rows, stride]` of each head by what the heads before it drew. */
export function heedDrawn(
  { sizes, taken, capacity, rows }: Drawn,
  earlier: Float32Array,
  choices: number,
  logits: Float32Array,
  stride: number,
): void {
  for (let h = 0, first = 0; h < sizes.length; first += sizes[h++]) {
    for (let row = 0; row < rows; row++) {
      heedChoice(earlier, choices, first + taken[h * capacity + row], first + sizes[h], logits, row * stride);
    }
  }
}

/** Adds to the gradient `[choices, choices]` of `earlier` what `d` `[rows, stride]`, that of the shifted logits, says of it. */
export function blameDrawn(
  { sizes, taken, capacity, rows }: Drawn,
  gradient: Float32Array,
  choices: number,
  d: Float32Array,
  stride: number,
): void {
  for (let h = 0, first = 0; h < sizes.length; first += sizes[h++]) {
    for (let row = 0; row < rows; row++) {
      const at = (first + taken[h * capacity + row]) * choices;
      for (let k = first + sizes[h]; k < choices; k++) gradient[at + k] += d[row * stride + k];
    }
  }
}
