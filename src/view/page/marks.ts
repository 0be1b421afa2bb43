import { EDGE, FACE, placeOf, TONES } from "../../env/render-svg.ts";
import type { Scene } from "../../env/scene.ts";

/** Device pixels in one of the picture's, and the page's theme. */
export interface Screen {
  readonly ratio: number;
  readonly dark: boolean;
}

/** Device pixels of a circle's radius up to which it is kept: an environment may draw as many sizes as it likes. */
const KEPT = 32;

/**
 * Paints the marks of a scene into a picture of some pixels, as `renderSvg` would draw them, with its words left to that.
 * For scenes of many: a browser draws every shape of a part of an SVG anew when one of them changes, and of a thousand that
 * takes longer than a frame. Small circles are painted once for each tone, size and quarter of a pixel that they lie at,
 * and then copied. The painter throws where the browser cannot paint, or not a picture of that size.
 */
export function makeMarks(): (scene: Scene, width: number, height: number, screen: Screen) => ImageBitmap {
  const discs = new Map<string, OffscreenCanvas>();
  let canvas: OffscreenCanvas | undefined; // one for all pictures: a browser is slow to give those of each back
  const disc = (colour: string, r: number, x: number, y: number, line: number): OffscreenCanvas => {
    const key = `${colour} ${r} ${x} ${y} ${line}`;
    const known = discs.get(key);
    if (known) return known;
    if (discs.size > 4096) discs.clear(); // another window's, another theme's
    const side = 2 * Math.ceil(r + line + 1);
    const made = new OffscreenCanvas(side, side);
    circle(penOf(made, line), side / 2 + x, side / 2 + y, r, colour);
    discs.set(key, made);
    return made;
  };
  return (scene, width, height, { ratio, dark }) => {
    const { left, top, scale } = placeOf(scene, width);
    canvas ??= new OffscreenCanvas(1, 1);
    [canvas.width, canvas.height] = [Math.round(width * ratio), Math.round(height * ratio)];
    const line = EDGE * ratio;
    const pen = penOf(canvas, line);
    const px = (x: number) => ratio * (left + scale * x);
    const py = (y: number) => ratio * (top + scale * y);
    for (const shape of scene.shapes) {
      if (shape.kind === "text") continue;
      const colour = TONES[shape.tone][dark ? 1 : 0];
      const [x, y] = [px(shape.x), py(shape.y)];
      if (shape.kind === "circle") {
        const r = ratio * Math.max(2, shape.r * scale);
        const [u, v] = [Math.floor(x), Math.floor(y)];
        if (r > KEPT) circle(pen, x, y, r, colour);
        else {
          const made = disc(colour, to(r, 8), to(x - u, 4), to(y - v, 4), line);
          pen.drawImage(made, u - made.width / 2, v - made.height / 2);
        }
        continue;
      }
      pen.beginPath();
      if (shape.kind === "rect") {
        pen.rect(x, y, ratio * scale * shape.w, ratio * scale * shape.h);
        if (shape.w > 0 && shape.h > 0) fill(pen, colour); // an SVG shows no other
        continue;
      }
      pen.moveTo(x, y);
      pen.lineTo(px(shape.x2), py(shape.y2));
      pen.strokeStyle = colour;
      pen.stroke();
    }
    return canvas.transferToImageBitmap();
  };
}

const to = (x: number, parts: number) => Math.round(x * parts) / parts;

function penOf(canvas: OffscreenCanvas, line: number): OffscreenCanvasRenderingContext2D {
  const pen = canvas.getContext("2d")!;
  pen.lineWidth = line;
  return pen;
}

function circle(pen: OffscreenCanvasRenderingContext2D, x: number, y: number, r: number, colour: string): void {
  pen.beginPath();
  pen.arc(x, y, r, 0, 2 * Math.PI);
  fill(pen, colour);
}

/** A shape that has a face and an edge. */
function fill(pen: OffscreenCanvasRenderingContext2D, colour: string): void {
  pen.fillStyle = pen.strokeStyle = colour;
  pen.globalAlpha = FACE;
  pen.fill();
  pen.globalAlpha = 1;
  pen.stroke();
}
