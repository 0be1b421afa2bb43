export function reference({ wall }: { wall: number }) {
  return { access: 1 - wall * wall, closed: wall / 2 };
}
