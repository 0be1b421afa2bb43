import { InputError } from "../data/errors.ts";
import { renderSvg } from "../env/render-svg.ts";
import { renderText } from "../env/render-text.ts";
import type { VectorEnv } from "../env/vector.ts";
import type { Request } from "./requests.ts";

/** What of @resvg/resvg-js is used: an optional package, so its own types may not be there. */
interface Resvg {
  Resvg: new (
    svg: string,
    options?: { readonly font?: { readonly loadSystemFonts?: boolean; readonly defaultFontFamily?: string } },
  ) => { render(): { readonly width: number; readonly height: number; readonly pixels: Uint8Array } };
}

let resvg: Promise<Resvg> | undefined;

/**
 * A picture of one copy: UTF-8 text (terminal, SVG, the scene as JSON), or pixels: width and height as u32, then rows of
 * red, green, blue. What the environment does not draw is an empty text and a picture of 0 by 0.
 * @throws InputError for a copy that is not there, and for pixels where the rasteriser is not installed.
 */
export async function picture(vector: VectorEnv, { mode, copy, width }: Request<"render">): Promise<Uint8Array> {
  if (copy >= vector.copies) {
    throw new InputError(
      `${vector.environment}: render: got copy ${copy}, expected one from 0 to ${vector.copies - 1}.`,
    );
  }
  const scene = vector.render(copy);
  if (scene === undefined) return mode === "rgb" ? new Uint8Array(8) : new Uint8Array();
  if (mode === "scene") return Buffer.from(JSON.stringify(scene));
  if (mode === "text") return Buffer.from(renderText(scene, { width: Math.min(width, 200) }));
  const svg = renderSvg(scene, { width });
  return mode === "svg" ? Buffer.from(svg) : rasterise(svg);
}

async function rasterise(svg: string): Promise<Uint8Array> {
  const name = "@resvg/resvg-js";
  resvg ??= import(name) as Promise<Resvg>;
  let Class: Resvg["Resvg"];
  try {
    ({ Resvg: Class } = await resvg);
  } catch (error) {
    throw new InputError(
      `Pixels need the optional package ${name}, which does not load (${(error as Error).message.split("\n")[0]}). Run: npm install ${name}. Text and SVG work without it.`,
    );
  }
  const { width, height, pixels } = new Class(svg, { font: { loadSystemFonts: true } }).render();
  const bytes = new Uint8Array(8 + 3 * width * height);
  const sizes = new DataView(bytes.buffer);
  sizes.setUint32(0, width, true);
  sizes.setUint32(4, height, true);
  for (let i = 0, to = 8; i < pixels.length; i += 4) {
    bytes[to++] = pixels[i];
    bytes[to++] = pixels[i + 1];
    bytes[to++] = pixels[i + 2];
  }
  return bytes;
}
