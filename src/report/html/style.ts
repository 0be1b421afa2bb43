import { DARK, DRAWING, LIGHT } from "../chart/style.ts";

const variables = (theme: Readonly<Record<string, string>>) =>
  Object.entries(theme)
    .map(([name, colour]) => `--${name}:${colour}`)
    .join(";");

/** How far along the heat ramp a class h0 … h20 lies: 20 is the strongest. */
const heat = Array.from({ length: 21 }, (_, i) => {
  // Not to the end of the ramp: black on it in the light, white in the dark, stays easy to read.
  return `.h${i}{background:color-mix(in srgb,var(--heat) ${Math.round(3.6 * i)}%,var(--bg))}`;
}).join("");

/** The one stylesheet of all pages. */
export const STYLE = `
:root{color-scheme:light;${variables(LIGHT)}}
@media(prefers-color-scheme:dark){:root:not([data-theme=light]){color-scheme:dark;${variables(DARK)}}}
:root[data-theme=dark]{color-scheme:dark;${variables(DARK)}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--bg);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans",sans-serif;overflow-wrap:anywhere}
.top,main,footer{max-width:66rem;margin:0 auto;padding:0 1.25rem}
.top{display:flex;align-items:center;gap:1rem;padding-top:1rem;color:var(--muted);font-size:.9rem}
.top nav{flex:1;display:flex;gap:1rem;flex-wrap:wrap}
.brand{font-weight:650;letter-spacing:.02em;color:var(--ink);text-decoration:none}
.top nav a{text-decoration:none}.top nav a:hover,.top nav a[aria-current]{text-decoration:underline;text-underline-offset:.3em}.top nav a[aria-current]{color:var(--ink)}
.local{display:flex;flex-wrap:wrap;gap:.1rem .9rem;max-width:66rem;margin:.6rem auto 0;padding:0 1.25rem;font-size:.82rem}.local a{color:var(--muted)}
blockquote{margin:.75rem 0;padding-left:.9rem;border-left:4px solid var(--line);color:var(--muted)}
main img{display:block;max-width:100%;height:auto;border:1px solid var(--line);border-radius:8px;background:#fcfcfb}
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(16rem,1fr));gap:1rem;margin:1.25rem 0}
.cards a{display:block;border:1px solid var(--line);border-radius:8px;padding:.8rem 1rem;text-decoration:none;color:var(--ink)}
.cards a:hover{border-color:var(--accent)}.cards b{display:block;color:var(--accent)}.cards small{display:block;color:var(--muted);font-size:.85rem;line-height:1.45}
.cards img{margin-bottom:.6rem;width:100%;aspect-ratio:8/5;object-fit:contain;padding:.5rem}
footer{color:var(--muted);font-size:.85rem;padding-top:2rem;padding-bottom:3rem}
h1{font-size:2rem;line-height:1.15;margin:1.5rem 0 .5rem;letter-spacing:-.015em}
.next{margin-top:5rem;padding-top:1.5rem;border-top:3px solid var(--line)}
li{max-width:46rem}
h2{font-size:1.3rem;line-height:1.25;margin:3rem 0 .5rem;letter-spacing:-.01em}
h3{font-size:1rem;margin:1.75rem 0 .25rem}
p{margin:.5rem 0;max-width:46rem}
.lede{font-size:1.2rem;line-height:1.4;color:var(--ink);max-width:44rem}
.note,figcaption{color:var(--muted);font-size:.9rem;max-width:46rem}
a{color:var(--accent)}
code,pre{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:.86em}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
.js{display:none}.scripted .js{display:inline-block}
button{font:inherit;font-size:.85rem;color:var(--ink);background:var(--soft);border:1px solid var(--line);border-radius:6px;padding:.15rem .6rem;cursor:pointer}
button:hover{border-color:var(--muted)}
.theme{font-size:1.05rem;line-height:1;padding:.4rem .5rem;border-radius:50%}
.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(13rem,1fr));gap:1px;margin:1.5rem 0;background:var(--line);border:1px solid var(--line);border-radius:8px;overflow:hidden}
.facts>div{background:var(--bg);padding:.8rem 1rem}
.facts dt{color:var(--muted);font-size:.85rem}
.facts dd{margin:0;font-size:1.35rem;font-weight:600;font-variant-numeric:tabular-nums;letter-spacing:-.01em;line-height:1.3}
.facts small{display:block;font-size:.82rem;font-weight:400;color:var(--muted);letter-spacing:0;line-height:1.4}
.notice::first-letter{text-transform:uppercase}
.notice{border-left:4px solid var(--muted);background:var(--soft);padding:.6rem .9rem;border-radius:0 6px 6px 0;max-width:none}
.notice.warn{border-color:var(--ambiguous)}.notice.bad{border-color:var(--bad)}.notice.good{border-color:var(--good)}
.badge{display:inline-block;border:1px solid currentColor;border-radius:99px;padding:0 .5em;font-size:.8rem;line-height:1.45;white-space:nowrap;color:var(--muted)}
.badge.front{color:var(--front)}.badge.ambiguous,.badge.warn{color:var(--ambiguous)}.badge.good{color:var(--good)}.badge.bad{color:var(--bad)}
.scroll{overflow-x:auto;margin:1rem 0;max-width:100%}
.scroll.wide::before{content:"More columns than fit: scroll sideways →";position:sticky;left:0;display:block;width:max-content;max-width:100%;color:var(--muted);font-size:.82rem;padding-bottom:.25rem}
.scroll.more{mask-image:linear-gradient(to left,rgb(0 0 0/.12),#000 2.75rem)}
table{border-collapse:separate;border-spacing:0;font-size:.88rem;font-variant-numeric:tabular-nums;min-width:min(100%,24rem)}
th,td{overflow-wrap:normal;text-align:left;padding:.35rem .45rem;border-bottom:1px solid var(--line);vertical-align:top;font-weight:400}
th:first-child,td:first-child{padding-left:0}th:last-child,td:last-child{padding-right:.15rem}
.long{min-width:5.9rem}td.n,.heat th{white-space:nowrap}td.n small{white-space:normal}
.whole{white-space:nowrap}
thead th{color:var(--muted);font-size:.82rem;vertical-align:bottom;border-bottom:1px solid var(--muted)}
thead th:first-child,tbody th{position:sticky;left:0;background:var(--bg);z-index:1}
tbody th{font-weight:600}
.n{text-align:right}
td small,th small{display:block;color:var(--muted);font-size:.92em;font-weight:400}
thead button{all:unset;cursor:pointer}thead button:focus-visible{outline:2px solid var(--accent)}
th[aria-sort=descending] button::after{content:" ↓"}th[aria-sort=ascending] button::after{content:" ↑"}
tr.quiet td,tr.quiet th{color:var(--muted)}
tr.rule td,tr.rule th{border-top:2px solid var(--line)}
.heat td{text-align:center;padding:.3rem .35rem;border:1px solid var(--bg);min-width:2.6rem}
.heat thead th{text-align:center}.heat thead th:first-child{text-align:left}
.heat tbody th{font-weight:400}.heat th small{display:inline;margin-left:.35em}.heat thead small{display:block;margin:0;white-space:normal}
.heat a{display:block;color:inherit}
.heat .worst{font-weight:700;box-shadow:inset 0 0 0 2px var(--ink)}
${heat}
.figure{margin:1.25rem 0}
.figure svg{display:block;width:100%;height:auto;max-width:46rem}
.figure .narrow{display:none}
figcaption{margin-top:.4rem}
.saves{display:flex;gap:.4rem .6rem;flex-wrap:wrap;align-items:center;margin-top:.4rem;font-size:.85rem}
.many{display:grid;grid-template-columns:repeat(auto-fill,minmax(17.5rem,1fr));gap:.5rem 1.5rem}
.many .figure{margin:.5rem 0}
.mark{cursor:default;outline:none}
.mark.on .dot,.mark:focus-visible .dot{stroke-width:4}
.mark.on .bar{stroke-opacity:1}
.tip{position:absolute;z-index:9;max-width:min(20rem,calc(100vw - 1rem));background:var(--ink);color:var(--bg);font-size:.82rem;line-height:1.4;padding:.45rem .65rem;border-radius:6px;pointer-events:none;box-shadow:0 4px 18px rgb(0 0 0/.25);font-variant-numeric:tabular-nums}
.tip .first{font-weight:650}
.key{display:flex;flex-wrap:wrap;gap:.25rem 1.1rem;font-size:.85rem;color:var(--muted);margin:.25rem 0}
.key span{display:inline-flex;align-items:center;gap:.4rem}.key svg{width:26px;height:14px;flex:none}
.ramp{display:inline-flex;vertical-align:middle;border-radius:3px;overflow:hidden}.ramp i{width:12px;height:12px}
details{margin:.75rem 0}summary{cursor:pointer;color:var(--accent)}
.copy{position:relative;margin:.5rem 0}
.copy pre,pre{background:var(--soft);border:1px solid var(--line);border-radius:6px;padding:.65rem .8rem;overflow-x:auto;margin:0}
.copy .js{position:absolute;top:.4rem;right:.4rem}.copy pre{padding-right:5rem;white-space:pre-wrap;overflow-wrap:anywhere}
.hash{overflow-wrap:anywhere}
${DRAWING}
@media(max-width:40rem){body{font-size:15px}h1{font-size:1.6rem}.lede{font-size:1.08rem}.top,.local,main,footer{padding-left:1rem;padding-right:1rem}.figure .wide{display:none}.figure .narrow{display:block}.figure svg{max-width:none}.heat tbody th small{display:none}}
@media(max-width:40rem){.top{flex-wrap:wrap;justify-content:space-between;gap:.4rem .9rem}.top nav{order:3;flex-basis:100%;gap:.2rem .9rem}thead th.n{min-width:5rem}.heat thead th{min-width:0}th,td{padding:.3rem .4rem}table{font-size:.84rem}.whole{white-space:normal}}
@media print{.js,.theme{display:none!important}details{display:block}.scroll{overflow:visible;mask-image:none!important}.scroll::before{display:none!important}}
`.trim();
