/** Colours of one theme. Pairs that must be told apart differ in lightness or form too, not in hue alone. */
export const LIGHT = {
  bg: "#ffffff",
  ink: "#1b1f24",
  muted: "#57606c",
  line: "#d5dae1",
  soft: "#f4f6f8",
  accent: "#0a5ca8",
  front: "#0a5ca8",
  ambiguous: "#b45309",
  dominated: "#7a828d",
  beside: "#3f4650",
  theory: "#a1307c",
  heat: "#e8590c",
  bad: "#b33c00",
  good: "#0b6b53",
  s0: "#0a5ca8",
  s1: "#c2500b",
  s2: "#08765b",
  s3: "#a1307c",
  s4: "#86690b",
  s5: "#5b4bb5",
} as const;

export const DARK: Readonly<Record<keyof typeof LIGHT, string>> = {
  bg: "#13171c",
  ink: "#e8ebee",
  muted: "#a3adb8",
  line: "#353d47",
  soft: "#1c2229",
  accent: "#6bb5ff",
  front: "#6bb5ff",
  ambiguous: "#f0a24f",
  dominated: "#8d97a3",
  beside: "#c3cad2",
  theory: "#ee93cb",
  heat: "#d9480f",
  bad: "#ff9a5c",
  good: "#4cc9a4",
  s0: "#6bb5ff",
  s1: "#ff9a5c",
  s2: "#4cc9a4",
  s3: "#ee93cb",
  s4: "#dcbf4f",
  s5: "#b3a6ff",
};

/** How drawings look, wherever they stand. Colours are variables of the page, or are put in by `standalone`. */
export const DRAWING = `
.drawing text{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans","DejaVu Sans",sans-serif;font-size:12px;fill:var(--ink)}
.drawing .small{font-size:11px;fill:var(--muted)}
.drawing .title{font-size:15px;font-weight:600}
.drawing .strong{font-weight:600}
.drawing .frame{fill:none;stroke:var(--line);stroke-width:1}
.drawing .grid{fill:none;stroke:var(--line);stroke-width:1;stroke-opacity:.55}
.drawing .tradeoff{fill:none;stroke:var(--muted);stroke-width:1;stroke-dasharray:1 5;stroke-linecap:round}
.drawing .area{fill:var(--front);fill-opacity:.09;stroke:none}
.drawing .least{fill:var(--muted);fill-opacity:.16;stroke:none}
.drawing .stairs{fill:none;stroke:var(--front);stroke-width:1.5;stroke-opacity:.55}
.drawing .theory{fill:none;stroke:var(--theory);stroke-width:1.75;stroke-dasharray:6 4}
.drawing .cross{fill:none;stroke:var(--theory);stroke-width:1.75}
.drawing .bar{fill:none;stroke-width:1.75;stroke-opacity:.5}
.drawing .front{stroke:var(--front)}.drawing .ambiguous{stroke:var(--ambiguous)}.drawing .dominated{stroke:var(--dominated)}.drawing .beside{stroke:var(--beside)}
.drawing .dot{stroke-width:2;fill:var(--bg)}
.drawing .dot.front{fill:var(--front)}
.drawing .dot.ambiguous{fill:var(--bg)}
.drawing .zero{fill:none;stroke:var(--ink);stroke-width:1}
.drawing .halo{paint-order:stroke;stroke:var(--bg);stroke-width:3px;stroke-linejoin:round}
.drawing .leader{fill:none;stroke:var(--muted);stroke-width:1;stroke-opacity:.6}
.drawing .hit{fill:transparent;stroke:none}
.drawing .series{fill:none;stroke-width:1.75;stroke-linejoin:round;stroke-linecap:round}
.drawing .thin{stroke-width:1.25;stroke-opacity:.8}
.drawing path.band{stroke:none;fill-opacity:.16}
${[0, 1, 2, 3, 4, 5].map((i) => `.drawing .s${i}{stroke:var(--s${i})}.drawing .dot.s${i},.drawing .band.s${i}{fill:var(--s${i})}`).join("\n")}
`.trim();

const MARGIN = 14;

/** A drawing as a file of its own, in the light theme on white, with a margin. */
export function standalone(drawing: string): string {
  const style = DRAWING.replaceAll(/var\(--(\w+)\)/g, (_, name: keyof typeof LIGHT) => LIGHT[name]);
  const [head, w, h] = /^<svg class="drawing" viewBox="0 0 ([\d.]+) ([\d.]+)"/.exec(drawing)!;
  const [width, height] = [Number(w) + 2 * MARGIN, Number(h) + 2 * MARGIN];
  const open = drawing.indexOf(">") + 1;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" class="drawing" ` +
    `viewBox="${-MARGIN} ${-MARGIN} ${width} ${height}"${drawing.slice(head.length, open)}` +
    `<style>${style.replaceAll("\n", "")}</style>` +
    `<rect x="${-MARGIN}" y="${-MARGIN}" width="${width}" height="${height}" fill="${LIGHT.bg}"/>${drawing.slice(open)}\n`
  );
}
