import type { Agent, Focus } from "../agents.ts";
import type { Axes } from "../entries.ts";
import type { Course, Frame } from "../player.ts";
import type { Connection } from "./connection.ts";
import { byId, el, plain, show, terms } from "./dom.ts";
import type { Reply } from "./messages.ts";
import { sync } from "./sync.ts";
import { isDark } from "./theme.ts";

/** The player: a scene, its timeline, who did what. */
export interface Stage {
  /** Says that what is shown is about to be another episode's: the scene is `aria-busy` until that one's first picture. */
  expect(): void;
  /** Shows the step again, as the page looks now. */
  refresh(): void;
  /** Shows an episode that the worker has opened, from a step on. */
  open(connection: Connection, course: Course, axes: Axes, step: number): void;
}

type Seen = Reply & { readonly kind: "frame" };

/** Wires the player's controls; `moved` hears of the step that is shown, when it comes to rest. */
export function makeStage(moved: (step: number) => void): Stage {
  const [scene, drawn, play, where] = ["scene", "drawn", "play", "where"].map((id) => byId(id));
  const marks = byId<HTMLCanvasElement>("marks");
  const slider = byId<HTMLInputElement>("timeline");
  const canvas = typeof OffscreenCanvas === "undefined" ? null : marks.getContext("bitmaprenderer");
  let connection: Connection | undefined;
  let course: Course | undefined;
  let axes: Axes | undefined;
  let agent: string | undefined;
  let playing = false;
  let expecting = false; // an episode
  let waiting = false; // a frame is asked for: the next is asked for when it comes
  let ready: Seen | undefined; // came while playing, and is drawn when the screen takes its next picture
  let wanted: number | undefined;
  let target = 0; // the step that was last asked for, shown or on its way
  let width = scene.clientWidth;
  // Told, not asked: a question in the middle of a frame lays the page out once more. Out of sight it has no width.
  // A picture is made for its width.
  new ResizeObserver(([{ contentRect }]) => {
    if (contentRect.width === 0 || contentRect.width === width) return;
    width = contentRect.width;
    seek(target);
  }).observe(scene);

  const seek = (to: number) => {
    if (!course) return;
    wanted = target = Math.max(0, Math.min(course.steps, to));
    slider.value = String(target);
    if (!waiting) ask();
  };
  const ask = () => {
    if (wanted === undefined || !connection) return;
    waiting = true;
    const asked = wanted;
    wanted = undefined;
    const look = { agent, width: Math.max(280, Math.min(760, Math.round(width))) };
    const ratio = Math.min(3, (devicePixelRatio * width) / look.width);
    const screen = canvas ? { ratio, dark: isDark() } : undefined;
    connection.ask("frame", { kind: "frame", step: asked, ...look, screen }, (reply) => {
      waiting = false;
      if (reply.kind === "frame" && playing) keep(reply);
      else if (reply.kind === "frame") draw(reply);
      if (reply.kind === "error") where.textContent = reply.message;
      if (wanted !== undefined) ask();
    });
  };

  const keep = (next: Seen | undefined) => {
    ready?.painted?.close();
    ready = next;
  };

  const draw = ({ frame, painted }: Seen) => {
    marks.hidden = painted === undefined;
    if (painted) canvas?.transferFromImageBitmap(painted);
    // Escaped by the renderer; the page's policy lets no script in besides.
    sync(drawn, frame.svg ?? "This environment draws nothing.");
    scene.classList.toggle("begun", frame.step > 0);
    const words = frame.labels.map(([name, value]) => (name ? `${name} ${value}` : value)).join(", ");
    scene.setAttribute("aria-label", `Step ${frame.step}: ${words}`);
    scene.setAttribute("aria-busy", String(expecting));
    const values = axes ? [axes.utility, axes.security].map((name) => `${name} ${told(frame.metrics[name])}`) : [];
    sync(where, [new Text(`step ${frame.step} of ${course?.steps ?? 0}`)]);
    slider.setAttribute("aria-valuetext", `step ${frame.step}, so far ${values.join(", ")}`);
    const caption = frame.labels.flatMap(([name, value]) => (name === "" ? [String(value)] : [])).join("; ");
    sync(byId("caption"), [new Text(caption)]);
    sync(byId("labels"), terms(frame.labels.filter(([name]) => name !== "step" && name !== "")));
    sync(byId("counters"), terms(frame.counters));
    sync(byId("agents"), agentList(frame.agents, frame.more));
    sync(byId("focus"), frame.focus ? focusTable(frame.focus) : []);
    drawCurve(frame.step, frame.metrics);
  };

  const agentList = (agents: readonly Agent[], more: number) => [
    ...agents.map(({ name, did, alive, side }) => {
      const says = did === "" ? name : `${name}: ${plain(did)}`;
      const look = { class: `${side}${alive ? "" : " dead"}`, "aria-pressed": String(name === agent) };
      return el("button", { type: "button", "data-name": name, title: says, ...look }, says);
    }),
    ...(more > 0 ? [el("span", { class: "note" }, `and ${more} more`)] : []),
  ];
  for (const kind of ["focusin", "pointerover", "click"])
    byId("agents").addEventListener(kind, ({ target: at }) => {
      const name = (at as HTMLElement).dataset.name;
      if (name === undefined || name === agent) return;
      agent = name;
      seek(target);
    });

  const drawCurve = (at: number, metrics: Frame["metrics"]) => {
    if (!course || !axes) return;
    const { steps, curves } = course;
    const holder = byId("curve");
    if (holder.dataset.of !== course.trace + steps) {
      holder.dataset.of = course.trace + steps;
      const path = (name: string, look: string) => `<path class="${look}" d="${line(curves[name] ?? [], steps)}"/>`;
      const key = (look: string) =>
        `<span><svg viewBox="0 0 26 14"><path class="${look}" d="M2 7H24"/></svg><span class="${look}"></span></span>`;
      holder.innerHTML = `<div class="key">${key("u")}${key("s")}</div><svg viewBox="0 0 1000 100" preserveAspectRatio="none"><path class="edge" d="M0 2H1000M0 98H1000"/>${path(axes.utility, "u")}${path(axes.security, "s")}<path class="now" d=""/></svg>`;
    }
    holder.querySelector(".now")?.setAttribute("d", `M${((1000 * at) / Math.max(1, steps)).toFixed(1)} 0V100`);
    for (const [look, name] of [
      ["u", axes.utility],
      ["s", axes.security],
    ])
      sync(holder.querySelector(`.key span.${look}`)!, [new Text(`${name} so far ${told(metrics[name])}`)]);
  };

  let last = 0;
  let owed = 0;
  const tick = (now: number) => {
    if (!playing || !course) return;
    owed += (Math.min(250, now - last) / 1000) * Number(byId<HTMLSelectElement>("speed").value);
    last = now;
    const whole = Math.floor(owed);
    const seen = ready;
    ready = undefined;
    if (whole > 0 && !waiting) {
      owed -= whole;
      seek(target + whole); // the worker plays while this page draws
    }
    if (seen) draw(seen);
    if (target >= course.steps) setPlaying(false);
    else requestAnimationFrame(tick);
  };
  const setPlaying = (on: boolean) => {
    if (on && target >= (course?.steps ?? 0)) seek(0);
    if (on && !playing)
      requestAnimationFrame((now) => {
        last = now;
        owed = 0.5; // in the middle of two steps: a frame that is a moment early or late loses none
        tick(now);
      });
    playing = on;
    if (!on && ready) draw(ready);
    ready = undefined;
    play.textContent = on ? "Pause" : "Play";
    // A reader who listens is told of an agent when the picture rests, not sixty times a second.
    byId("focus").setAttribute("aria-live", on ? "off" : "polite");
    play.setAttribute("aria-pressed", String(on));
    if (!on) moved(target);
  };
  const nudge = (by: number) => {
    if (playing) setPlaying(false);
    seek(target + by);
    moved(target);
  };
  for (const one of [play, scene]) one.addEventListener("click", () => setPlaying(!playing));
  byId("back").addEventListener("click", () => nudge(-1));
  byId("forward").addEventListener("click", () => nudge(1));
  slider.addEventListener("input", () => {
    if (playing) setPlaying(false);
    seek(Number(slider.value));
  });
  slider.addEventListener("change", () => moved(Number(slider.value)));
  document.addEventListener("keydown", (event) => {
    const at = event.target as HTMLElement;
    if (event.ctrlKey || event.altKey || event.metaKey || at.closest("select, pre")) return;
    if (event.key === " " && at.closest("button, summary, .mark")) return; // which it presses
    // The timeline, a slider, has arrows of its own.
    if (at.closest("input") && !(at === slider && event.key === " ")) return;
    const act = { " ": () => setPlaying(!playing), ArrowLeft: () => nudge(-1), ArrowRight: () => nudge(1) }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
  return {
    expect() {
      expecting = true;
      scene.setAttribute("aria-busy", "true");
    },
    refresh: () => seek(target),
    open(to, opened, named, from) {
      keep(undefined);
      [connection, course, axes, waiting, expecting, target] = [to, opened, named, false, false, from];
      if (playing) setPlaying(false); // which rests at the step of this episode, not at one of the last's
      scene.dataset.trace = opened.trace;
      slider.max = String(opened.steps);
      seek(from);
    },
  };
}

const told = (value: number | null | undefined) => (value === null || value === undefined ? "–" : value.toFixed(2));

/** A metric so far as a path in 1000 × 100, no finer than can be seen. */
function line(values: readonly (number | null)[], steps: number): string {
  const stride = Math.max(1, Math.floor(values.length / 500));
  let path = "";
  let pen = "M";
  for (
    let i = 0;
    i < values.length;
    i += i + stride < values.length || i === values.length - 1 ? stride : values.length - 1 - i
  ) {
    const value = values[i];
    if (value === null) pen = "M";
    else {
      path += `${pen}${((1000 * i) / Math.max(1, steps)).toFixed(1)} ${(98 - 96 * value).toFixed(1)}`;
      pen = "L";
    }
  }
  return path;
}

function focusTable({ name, saw, did }: Focus): HTMLElement[] {
  const rows = saw.map(({ name: part, says, values, size }) =>
    el(
      "tr",
      {},
      el("th", { scope: "row" }, part),
      el("td", {}, numbers(values, size), says ? el("small", {}, plain(says)) : null),
    ),
  );
  const deeds = did
    .slice(0, 12)
    .map(({ says, word }) =>
      el(
        "tr",
        {},
        el("th", { scope: "row" }, "did"),
        el("td", {}, plain(word), says ? el("small", {}, plain(says)) : null),
      ),
    );
  const head = el(
    "tr",
    {},
    el("th", { scope: "col" }, name),
    el("th", { scope: "col" }, did.length > 0 ? "saw before this step, and did" : "sees now"),
  );
  return [el("div", { class: "scroll" }, el("table", {}, el("thead", {}, head), el("tbody", {}, ...rows, ...deeds)))];
}

function numbers(values: readonly number[], size: number): string {
  const some = values.slice(0, 24).map((value) => show(value));
  return some.join("  ") + (size > some.length ? `  … ${size} numbers` : "");
}
