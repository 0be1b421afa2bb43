import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InputError } from "../../data/errors.ts";
import { drawPng } from "../../report/png.ts";

/** Most frames of a film: a minute at ten a second. Longer episodes are shown in steps. */
export const FRAMES = 600;

/** Dots to a pixel, of pictures and of films. */
const SHARP = { png: 2, gif: 1, mp4: 1.5 } as const;
export type Moving = "gif" | "mp4";

/** A document as PNG. @throws InputError where the package that draws is not installed */
export async function still(svg: string, kind: keyof typeof SHARP = "png"): Promise<Uint8Array> {
  const png = await drawPng(svg, SHARP[kind]);
  if (png) return png;
  throw new InputError(
    `--${kind} needs the optional package @resvg/resvg-js: npm install @resvg/resvg-js. The page (--out FILE.html) needs nothing.`,
  );
}

/** Whether ffmpeg is here. @throws InputError that says how to get it */
export async function needFfmpeg(kind: Moving): Promise<void> {
  const code = await ffmpeg(["-version"]).catch(() => -1);
  if (code === 0) return;
  throw new InputError(
    `--${kind} needs ffmpeg, which is not on this machine's PATH: apt-get install ffmpeg, or brew install ffmpeg. --png and the page need none.`,
  );
}

/** Frames as a film. The same frames give the same bytes, with the same ffmpeg. */
export async function film(svgs: readonly string[], kind: Moving, rate: number, told: (done: number) => void) {
  const folder = mkdtempSync(join(tmpdir(), "masque-film-"));
  const out = join(folder, `film.${kind}`);
  // One palette for all frames: colours of a scene are few, and must not flicker.
  const palette = ["-filter_complex", "split[a][b];[a]palettegen=stats_mode=full[p];[b][p]paletteuse=dither=none"];
  const h264 = ["-c:v", "libx264", "-pix_fmt", "yuv420p", "-crf", "18", "-threads", "1", "-movflags", "+faststart"];
  const made = kind === "gif" ? palette : h264;
  const args = ["-f", "image2pipe", "-framerate", String(rate), "-i", "-", ...made];
  try {
    const code = await ffmpeg(["-loglevel", "error", "-y", ...args, out], async function* () {
      for (const [i, svg] of svgs.entries()) {
        yield await still(svg, kind);
        told(i + 1);
      }
    });
    if (code !== 0) throw new InputError(`ffmpeg could not make a ${kind}: it ended with code ${code}.`);
    return readFileSync(out);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs ffmpeg and returns its exit code. @throws where it is not there, or what feeds it fails */
async function ffmpeg(args: readonly string[], feed?: () => AsyncGenerator<Uint8Array>): Promise<number> {
  const child = spawn("ffmpeg", args, { stdio: ["pipe", "ignore", feed ? "inherit" : "ignore"] });
  const ended = new Promise<number>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve(code ?? -1));
  });
  // A broken pipe is told by the exit code.
  child.stdin.on("error", () => {});
  if (feed) {
    try {
      for await (const frame of feed()) {
        if (child.exitCode !== null) break;
        if (!child.stdin.write(frame)) await Promise.race([new Promise((go) => child.stdin.once("drain", go)), ended]);
      }
    } catch (error) {
      child.kill();
      await ended.catch(() => {});
      throw error;
    }
  }
  child.stdin.end();
  return ended;
}
