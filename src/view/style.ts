import { sceneRules } from "../env/render-svg.ts";
import { STYLE as PAGE } from "../report/html/style.ts";

/** Rules of scenes in the page's own theme: `:where` leaves their order to decide. */
const themed = (selector: string, dark: boolean) =>
  sceneRules(dark)
    .map((rule) => `${selector} .mq ${rule}`)
    .join("");

/** Reports' style, scenes' style, and what only a player needs. */
export const STYLE = `${PAGE}
${themed(":root", false)}
@media(prefers-color-scheme:dark){${themed(":root:not([data-theme=light])", true)}}
${themed(":root[data-theme=dark]", true)}
:root .mq .mq-back{fill:none!important}
:root .mq text.mq-on{stroke:none!important}
.top,main,footer{max-width:76rem}
.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
h1{margin-bottom:.25rem}
select,input[type=number],input[type=text]{font:inherit;font-size:.9rem;color:var(--ink);background:var(--bg);border:1px solid var(--line);border-radius:6px;padding:.2rem .4rem;max-width:100%}
input[type=number]{width:6.5rem}
input[type=range]{width:100%;accent-color:var(--accent);margin:0;height:1.6rem}
.pick select{font-size:1rem;font-weight:600}
.split{display:grid;grid-template-columns:minmax(0,1fr) minmax(0,22rem);gap:0 2.5rem;align-items:start}
.split.even{grid-template-columns:minmax(0,1fr) minmax(0,1fr)}
.split h2{margin-top:1.5rem}
.scene{min-height:9rem;border:1px solid var(--line);border-radius:8px;background:var(--soft);display:flex;align-items:center;justify-content:center;overflow:hidden}
#drawn{position:relative;width:100%;text-align:center}#marks{position:absolute;inset:0;width:100%;height:100%;object-fit:contain}
.scene svg{display:block;width:100%;height:auto;max-height:34rem}
.sides{display:flex;flex-wrap:wrap;gap:.1rem 1.1rem;color:var(--muted);font-size:.9rem}.sides b{color:var(--ink);font-weight:600}
.sides span::before{content:"";display:inline-block;width:.75em;height:.75em;margin-right:.4em;border-radius:2px;background:var(--line)}
.sides .attacker::before{background:var(--s1)}.sides .defender::before{background:var(--s5)}.sides .benign::before{background:var(--s0)}
.caption{min-height:1.55em}.caption::first-letter{text-transform:uppercase}
.scene{position:relative;cursor:pointer}.scene:not(.begun)::after{content:"▶ press Play";position:absolute;right:.9rem;bottom:.5rem;color:var(--accent);font-size:.9rem}
.curve>svg{display:block;width:100%;height:56px}
.curve{margin-top:.6rem}
.curve path{fill:none;stroke-width:1.75;vector-effect:non-scaling-stroke}
.curve .u{stroke:var(--s0)}.curve .s{stroke:var(--s1)}.curve .now{stroke:var(--ink);stroke-width:1;stroke-opacity:.5}
.curve .edge{stroke:var(--line);stroke-width:1}
.deck{display:flex;flex-wrap:wrap;gap:.5rem .75rem;align-items:center;font-size:.9rem}
.deck button{min-width:2.4rem;padding:.3rem .6rem}.deck #play{min-width:4.5rem;font-weight:600;color:var(--bg);background:var(--accent);border-color:var(--accent)}
.deck .right{margin-left:auto}
.deck #where{font-variant-numeric:tabular-nums;color:var(--muted)}
.said{display:flex;flex-wrap:wrap;gap:.15rem 1.1rem;margin:.75rem 0;font-size:.9rem}
.said div{display:flex;gap:.4em}.said dt{color:var(--muted);white-space:nowrap}.said dt:empty{display:none}.said dd{margin:0;font-variant-numeric:tabular-nums}
.agents{display:flex;flex-wrap:wrap;gap:.35rem;max-height:14rem;overflow:auto}
.agents button{text-align:left;font-size:.8rem;line-height:1.35;padding:.2rem .5rem;border-left:3px solid var(--line);border-radius:4px;max-width:14rem;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.agents .attacker{border-left-color:var(--s1)}.agents .defender{border-left-color:var(--s5)}.agents .benign{border-left-color:var(--s0)}
.agents .dead{opacity:.55}
.agents [aria-pressed=true]{outline:2px solid var(--accent)}
.focus{min-height:2rem;font-size:.88rem}
.focus table{margin:.5rem 0}.focus td{white-space:normal}
.cells{display:inline-flex;flex-wrap:wrap;gap:1px;max-width:22rem}
.cells i{width:7px;height:12px;border-radius:1px;background:var(--line)}
.knob{margin:1rem 0}.knob label,.field label{display:flex;justify-content:space-between;gap:.75rem;font-size:.95rem}
.knob label span{font-weight:600;font-variant-numeric:tabular-nums}
.knob small,.field small,.seat small{display:block;color:var(--muted);font-size:.82rem;line-height:1.4}
.ends{display:flex;justify-content:space-between;color:var(--muted);font-size:.78rem}
.copy button{position:absolute;top:.4rem;right:.4rem}
.setup .facts{grid-template-columns:1fr;margin:1.25rem 0 .5rem}.setup .facts b{font-size:1.05rem}
.seat{margin:.75rem 0}.seat select{width:100%}
.field{margin:.6rem 0}.field input[type=number],.field select{flex:none}
.facts b{font-variant-numeric:tabular-nums}
.facts .meter{position:relative;height:6px;border-radius:3px;background:var(--line);margin:.35rem 0 .15rem;overflow:hidden}
.facts .meter i{position:absolute;top:0;bottom:0;background:var(--s0)}.facts .security .meter i{background:var(--s1)}
.drawing .dot.here{stroke:var(--s1);fill:var(--s1)}.drawing .bar.here{stroke:var(--s1);stroke-opacity:1;stroke-width:2.5}
.drawing .theory-here{fill:none;stroke:var(--theory);stroke-width:2}
.drawing .mark{cursor:pointer}
#attacks table{width:100%}#attacks tr{cursor:pointer}#attacks .worst td,#attacks .worst th{font-weight:700;color:var(--bad)}
#attacks th small{white-space:normal}#attacks .n{font-variant-numeric:tabular-nums}#attacks .scroll{max-height:32rem;overflow:auto}#attacks thead th{position:sticky;top:0;z-index:2;background:var(--bg)}
[hidden],.only .setup,.only .results,.only .enter,.only .deck .right{display:none!important}
.only .split{grid-template-columns:minmax(0,1fr)}
.enter{margin:1rem 0 0}.enter button,.main{font-weight:600;color:var(--bg);background:var(--accent);border-color:var(--accent);padding:.4rem .9rem}
.main:disabled,.options button:disabled{opacity:.45;cursor:default}
.lobby{max-width:36rem}.lobby .field label{justify-content:flex-start;align-items:center;gap:.75rem}
.places,.options{border:1px solid var(--line);border-radius:8px;margin:1rem 0;padding:.5rem .9rem .8rem;min-width:0}
.places legend,.options legend{color:var(--muted);font-size:.9rem;padding:0 .3rem}
.places label{display:grid;grid-template-columns:auto 1fr;column-gap:.6rem;align-items:baseline;padding:.3rem 0}.places small{grid-column:2;color:var(--muted)}
.places .attacker b{color:var(--s1)}.places .defender b{color:var(--s5)}.places .benign b{color:var(--s0)}
.turn{font-size:1.05rem;margin:.6rem 0 0}.game progress{width:100%;height:6px;accent-color:var(--accent)}
.game h3{margin:.9rem 0 .2rem;font-size:1rem}
.sees{margin:.4rem 0}.sees div{display:grid;grid-template-columns:minmax(0,1.4fr) minmax(0,1fr);gap:.2rem 1rem;padding:.35rem 0;border-top:1px solid var(--line)}
.sees dt{font-weight:600}.sees small{display:block;font-weight:400;color:var(--muted);font-size:.8rem;line-height:1.35}.sees dd{margin:0;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
.share{display:block;height:6px;margin-top:.35rem;border-radius:3px;background:var(--line);overflow:hidden}.share i{display:block;height:100%;background:var(--accent)}
.options{display:flex;flex-wrap:wrap;gap:.5rem .6rem;margin-top:.4rem}.options button{min-height:2.6rem;min-width:2.8rem;padding:.4rem .8rem;text-align:left}
.options kbd{font:inherit;font-size:.75rem;color:var(--muted);margin-right:.5em}.options label{display:flex;gap:.35rem;align-items:center;min-height:2rem}
.before{font-size:.85rem;color:var(--muted);max-height:14rem;overflow:auto}.before{list-style:none;padding-left:0}
.rules{font-size:.9rem}.rules p{white-space:pre-line;margin:.5rem 0}
#compared .you th,#compared .you td{font-weight:700}#compared small{display:block;color:var(--muted)}
.save{font-weight:600}#outcome{outline:none}
@media(max-width:56rem){.split,.split.even{grid-template-columns:minmax(0,1fr)}.split h2{margin-top:2rem}}
@media(max-width:40rem){.deck .right{margin-left:0}.deck button{min-height:2.4rem}input[type=range]{height:2.2rem}.agents button{min-height:1.9rem}}
@media(prefers-reduced-motion:reduce){*{transition:none!important;animation:none!important}}
`.trim();
