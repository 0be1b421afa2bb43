export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Placed extends Box {
  /** Whether it stands so far from its mark that a line should lead there. */
  readonly far: boolean;
}

const LINE = 13;

/** About how wide a text is, in pixels, in a sans-serif of `size`: fonts differ, so it errs to the wide side. */
export function textWidth(text: string, size = 12): number {
  let ems = 0;
  for (const character of text) {
    if (/[iljtfrI.,:;'|!()[\] ]/.test(character)) ems += 0.33;
    else if (/[mwMW@%—]/.test(character)) ems += 0.9;
    else ems += /[A-Z]/.test(character) ? 0.68 : 0.57;
  }
  return ems * size;
}

// Where a label may stand about its mark, best first: a direction and how far.
const PLACES = [9, 20, 34].flatMap((distance) =>
  [
    [1, -1],
    [1, 0],
    [1, 1],
    [0, -1],
    [-1, -1],
    [-1, 0],
    [-1, 1],
    [0, 1],
  ].map(([dx, dy]) => ({ dx, dy, distance })),
);

/**
 * Places one label at each mark, one after the other, where it covers least of labels, marks and bars already there.
 * @returns the labels' boxes, in pixels, in the order given
 */
export function placeLabels(
  marks: readonly { readonly x: number; readonly y: number; readonly text: string }[],
  bars: readonly Box[],
  within: Box,
): Placed[] {
  const dots = marks.map(({ x, y }) => ({ x: x - 6, y: y - 6, width: 12, height: 12 }));
  const taken: Box[] = [];
  return marks.map(({ x, y, text }) => {
    const width = textWidth(text);
    let best: Placed | undefined;
    let least = Number.POSITIVE_INFINITY;
    for (const [rank, { dx, dy, distance }] of PLACES.entries()) {
      const reach = dx !== 0 && dy !== 0 ? distance * 0.75 : distance;
      const left = x + dx * reach - (dx < 0 ? width : dx === 0 ? width / 2 : 0);
      const box = { x: left, y: y + dy * reach - (dy < 0 ? LINE - 2 : dy === 0 ? LINE / 2 : 2), width, height: LINE };
      const cost =
        40 * cover(box, taken) + 12 * cover(box, dots) + 3 * cover(box, bars) + 60 * outside(box, within) + rank * 1.5;
      if (cost < least) {
        least = cost;
        best = { ...box, far: distance > 9 };
      }
    }
    taken.push(best!);
    return best!;
  });
}

/** Area that a box shares with others, in lines of text squared. */
function cover(box: Box, others: readonly Box[]): number {
  let sum = 0;
  for (const other of others) {
    const width = Math.min(box.x + box.width, other.x + other.width) - Math.max(box.x, other.x);
    const height = Math.min(box.y + box.height, other.y + other.height) - Math.max(box.y, other.y);
    if (width > 0 && height > 0) sum += (width * height) / (LINE * LINE);
  }
  return sum;
}

function outside(box: Box, within: Box): number {
  const over =
    Math.max(0, within.x - box.x) +
    Math.max(0, box.x + box.width - within.x - within.width) +
    Math.max(0, within.y - box.y) +
    Math.max(0, box.y + box.height - within.y - within.height);
  return over / LINE;
}
