/**
 * An SVG as PNG, `zoom` dots to a pixel of CSS (1/96 inch), with the fonts of this machine; undefined where the optional
 * package @resvg/resvg-js is not installed.
 */
export async function drawPng(svg: string, zoom: number): Promise<Uint8Array | undefined> {
  const name = "@resvg/resvg-js";
  let Resvg: typeof import("@resvg/resvg-js").Resvg;
  try {
    ({ Resvg } = (await import(name)) as typeof import("@resvg/resvg-js"));
  } catch {
    return undefined;
  }
  // Where a page's sans-serif is, on systems that have neither Helvetica nor Arial.
  const family = process.platform === "linux" ? "DejaVu Sans" : "Arial";
  const font = { defaultFontFamily: family, sansSerifFamily: family };
  const options = { fitTo: { mode: "zoom" as const, value: zoom }, font };
  return new Resvg(svg, options).render().asPng();
}
