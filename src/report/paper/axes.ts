import type { Box } from "../chart/labels.ts";
import { type Scale, type Scales, short, ticks } from "../chart/plot.ts";
import { FAINT, type Item, line, MUTED, text } from "./drawing.ts";

/** Where curves are drawn, inside what axes need. */
export function innerBox(width: number, height: number, right = 8): Box {
  return { x: 38, y: 22, width: width - 38 - right, height: height - 22 - 34 };
}

/** From values to units. */
export function scales(x: Scale, y: Scale, inner: Box): Scales {
  const along = ({ domain: [low, high] }: Scale, value: number) => (value - low) / (high - low || 1);
  return {
    x: (value) => inner.x + along(x, value) * inner.width,
    y: (value) => inner.y + (1 - along(y, value)) * inner.height,
  };
}

/** Two axes with few ticks and what they measure: upwards above the axis, where it is read without turning one's head. */
export function axes(
  x: Scale & { readonly at?: readonly { readonly value: number; readonly name: string }[] },
  y: Scale,
  inner: Box,
): Item[] {
  const to = scales(x, y, inner);
  const floor = inner.y + inner.height;
  const axis = { colour: MUTED, width: 0.9 };
  const grid = { colour: FAINT, width: 0.6 };
  const across =
    x.at ??
    ticks(x.domain, inner.width < 320 ? 4 : 5).map((value) => ({ value, name: short(value).replace("-", "−") }));
  const up = ticks(y.domain, inner.height < 180 ? 4 : 5);
  return [
    ...up.map((value) => line(inner.x, to.y(value), inner.x + inner.width, to.y(value), grid)),
    ...across.map(({ value }) => line(to.x(value), floor, to.x(value), floor + 4, axis)),
    ...up.map((value) => line(inner.x - 4, to.y(value), inner.x, to.y(value), axis)),
    line(inner.x, inner.y, inner.x, floor, axis),
    line(inner.x, floor, inner.x + inner.width, floor, axis),
    ...across.map(({ value, name }) => text(to.x(value), floor + 15, name, { align: "middle", colour: MUTED })),
    ...up.map((value) => text(inner.x - 7, to.y(value) + 3.6, short(value), { align: "end", colour: MUTED })),
    text(0, inner.y - 9, y.title),
    text(inner.x + inner.width, floor + 29, x.title, { align: "end" }),
  ];
}
