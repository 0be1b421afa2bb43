import { createHash } from "node:crypto";
import { InputError } from "../data/errors.ts";
import { masque } from "../data/package.ts";
import { html, raw, textOf } from "../report/html/html.ts";
import { brand, type Page } from "../report/html/page.ts";
import { encodeData, type PageData, type Replay } from "./data.ts";
import type { Parts } from "./parts.ts";
import { STYLE } from "./style.ts";

/** The playground of some environments, as `viewDocument` has it. */
export function playgroundDocument(parts: Parts, cards: Parts["cards"], site?: Page["site"]): string {
  const scripts = Object.fromEntries(cards.map(({ id, name }) => [id, parts.environments.get(name)!]));
  const data = { version: masque().version, cards, worker: parts.worker, scripts, replay: null };
  return viewDocument(parts.page, data, site);
}

/** A page of several episodes of one environment, which `?show=NAME` tells apart. */
export function episodesDocument(
  parts: Parts,
  card: Parts["cards"][number],
  replays: Readonly<Record<string, Replay>>,
  site?: Page["site"],
): string {
  const scripts = { [card.id]: parts.environments.get(card.name)! };
  const [replay] = Object.values(replays);
  const data = { version: masque().version, cards: [card], worker: parts.worker, scripts, replay, replays };
  return viewDocument(parts.page, data, site);
}

const hash = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

/**
 * The whole page: one file that asks for nothing, from disk or from anywhere. Its policy lets in this style, this script,
 * and workers that the script makes of the page's own data (`blob:`), which may compile WebAssembly.
 */
export function viewDocument(script: string, data: PageData, site?: Page["site"]): string {
  if (/<\/script|<!--/i.test(script)) throw new InputError("The page's script would end its own element.");
  const policy = [
    "default-src 'none'",
    `style-src ${hash(STYLE)}`,
    `script-src ${hash(script)} 'wasm-unsafe-eval'`,
    "worker-src blob:",
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  const title = data.replay ? `${data.replay.choice.environment}: a replay` : "Masque playground";
  return textOf(html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${raw(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="description" content="Move a defence's dial and watch the attack that beats it.">
<title>${title}</title>
<link rel="icon" href="data:,">
<style>${raw(STYLE)}</style>
</head>
<body>
<div class="top">${brand(site)}<nav>${site?.links}<label class="pick"><span class="unseen">Environment</span><select id="environment"></select></label></nav><button type="button" class="theme" id="theme" aria-label="Switch between light and dark">◐</button></div>
<main>
<h1 id="title">${title}</h1>
<p class="lede" id="summary"></p>
<p class="note" id="threat"></p>
<p class="notice warn" id="problem" role="alert" hidden></p>
<noscript><p class="notice warn">Everything here is computed by this page's script, which is switched off.</p></noscript>
<p class="enter" id="enter"><button type="button" id="take">Play it yourself</button> <span class="note">Take a role; scripts play the others.</span></p>
<section id="game" class="game" aria-labelledby="game-h" hidden>
<h2 id="game-h">Play</h2>
<div id="seat"></div>
</section>
<div class="split watching">
<section class="stage" aria-labelledby="stage-h">
<h2 id="stage-h">Watch</h2>
<p class="sides" id="playing"></p>
<p class="caption" id="caption"></p>
<div id="scene" class="scene" role="img" aria-label="The scene"><canvas id="marks" width="0" height="0" hidden></canvas><div id="drawn"></div></div>
<div class="curve" id="curve" aria-hidden="true"></div>
<input id="timeline" class="timeline" type="range" min="0" max="0" value="0" step="1" aria-label="Step of the episode">
<div class="deck" role="group" aria-label="Playback">
<button type="button" id="back" aria-label="One step back" title="One step back (←)">◀</button>
<button type="button" id="play" aria-pressed="false" title="Play or pause (space)">Play</button>
<button type="button" id="forward" aria-label="One step on" title="One step on (→)">▶</button>
<label>speed <select id="speed"><option>1</option><option>2</option><option selected>6</option><option>15</option><option>30</option><option>60</option></select> steps/s</label>
<span id="where"></span>
<label class="right">episode <input id="episode" type="number" min="0" max="4095" step="1" value="0"></label>
</div>
<dl class="said" id="labels"></dl>
<h3>Who did what</h3>
<p class="note">Point at an agent, or focus it, for what it saw and chose.</p>
<div class="agents" id="agents"></div>
<div class="focus" id="focus" aria-live="polite" aria-atomic="true"></div>
<details><summary>Counters so far</summary><dl class="said" id="counters"></dl></details>
</section>
<section class="setup" aria-labelledby="setup-h">
<h2 id="setup-h">Choose</h2>
<div id="controls"></div>
<div class="facts" id="metrics"></div>
<p class="note" id="progress"></p>
</section>
</div>
<section class="results watching" aria-labelledby="result-h">
<h2 id="result-h">What it costs, what it buys</h2>
<div class="split even">
<div id="frontier" class="figure"></div>
<div>
<p><button type="button" id="all">Try every attack at this setting</button></p>
<p class="note">Measures all scripts, the worst for the defence first. A click on one watches it.</p>
<div id="attacks"></div>
</div>
</div>
<h3>The same from a terminal, to the bit</h3>
<div class="copy"><pre tabindex="0"><code id="eval"></code></pre><button type="button" data-copy="eval">Copy</button></div>
<div class="copy"><pre tabindex="0"><code id="replay"></code></pre><button type="button" data-copy="replay">Copy</button></div>
<p><button type="button" id="share">Copy a link to this state</button> <span id="golden" class="note"></span></p>
</section>
</main>
<footer>Masque ${data.version}. Everything on this page is computed by it, in this browser, from seeds: nothing is sent or fetched, and nothing is recorded but what you play and save yourself.</footer>
<script type="application/json" id="data">${raw(encodeData(data))}</script>
<script>${raw(script)}</script>
</body>
</html>
`);
}
