/** Slider steps between two levels of a knob's grid. */
export const BETWEEN = 20;

/** The value at a slider's position; between levels to three digits, so that a command stays readable. */
export function valueAt(grid: readonly number[], position: number, whole = false): number {
  const at = Math.min(grid.length - 1, Math.floor(position / BETWEEN));
  const [from, to] = [grid[at], grid[Math.min(grid.length - 1, at + 1)]];
  const share = position / BETWEEN - at;
  if (share === 0 || !Number.isFinite(from) || !Number.isFinite(to)) return share < 0.5 ? from : to;
  const value = from + share * (to - from);
  return whole ? Math.round(value) : Number(value.toPrecision(3));
}

/** The slider's position for a value. */
export function positionOf(grid: readonly number[], value: number): number {
  const falling = grid[0] > grid[grid.length - 1];
  const at = grid.findIndex((level) => (falling ? level <= value : level >= value));
  if (at === 0) return 0;
  if (at < 0) return (grid.length - 1) * BETWEEN;
  const share = (value - grid[at - 1]) / (grid[at] - grid[at - 1]);
  return Math.round((at - 1 + (Number.isFinite(share) ? share : 1)) * BETWEEN);
}
