import type { Card } from "../catalogue.ts";
import { type Choice, commandsOf, readFragment, SAVED, writeFragment } from "../choice.ts";
import { decodeData, type PageData } from "../data.ts";
import { type Connection, connect } from "./connection.ts";
import { byId, el } from "./dom.ts";
import { drawAttacks, drawFrontier, drawMetrics, type Results } from "./results.ts";
import { makeSeat } from "./seat.ts";
import { drawSetup } from "./setup.ts";
import { makeStage } from "./stage.ts";
import { makeTheme } from "./theme.ts";

// The page: a choice (in the address), a worker that plays it step by step, another that measures it. A change of the
// choice asks both anew; what they answer is drawn. Nothing else is kept.

const data: PageData = decodeData(byId("data").textContent ?? "");
const { cards } = data;
/** What the page's address calls the episode to show, of a page of several. */
const asked = new URLSearchParams(location.search).get("show");
const named = asked !== null && Object.hasOwn(data.replays ?? {}, asked) ? data.replays![asked] : undefined;
const replay = named ?? data.replay;
const brought = replay?.saved ?? null;
const saved = brought?.policies;
const recorded = replay?.recorded ?? undefined;
const NOTHING: Results = { one: null, theory: null, all: [] };

let card: Card;
let choice: Choice;
let results = NOTHING;
/** The setting that results are of, whatever the attack. */
let measured = "";
let playing: Connection | undefined;
let measuring: Connection | undefined;
let opening = false;

const stage = makeStage((step) => {
  if (step === choice.step) return;
  choice = { ...choice, step };
  keepAddress();
});

const seat = makeSeat(data, { now: () => ({ card, choice }), tell, moved: keepAddress });

const startOf = (one: Card): Choice => (replay?.choice.environment === one.id ? replay.choice : one.start);

/** Reads the address and shows what it says; what it says wrongly is told. */
function readAddress(): void {
  const fragment = decodeFragment(location.hash);
  const name = /^#?([^?]*)/.exec(fragment)?.[1] ?? "";
  const first = replay ? cards.find(({ id }) => id === replay.choice.environment)! : cards[0];
  const found = name === "" ? first : cards.find(({ id, name: short }) => id === name || short === name);
  const target = found ?? first;
  const names = (of: object, too = false) => [...Object.keys(of), ...(too ? [SAVED] : [])];
  const read = readFragment(fragment, startOf(target), target.fields, {
    attacks: names(target.attacks, brought?.attacks),
    defences: names(target.defences, brought?.defends),
    roles: target.roles,
  });
  const missing = found ? [] : [`There is no environment "${name.slice(0, 60)}" here.`];
  if (data.replays && asked !== null && !named)
    missing.push(`There is no episode "${asked.slice(0, 60)}" here: this is another.`);
  if (target !== card) open(target);
  // What somebody did belongs to one episode: of it only the step is to choose.
  choice = recorded && replay ? { ...replay.choice, step: read.choice.step } : read.choice;
  tell([...missing, ...read.problems].join(" "));
  drawSetup(card, choice, brought, change);
  start();
  if (read.role !== undefined && !recorded) seat.enter(read.role);
}

const decodeFragment = (text: string) => (text.includes("?") ? text : text.replaceAll("%3F", "?"));

function open(to: Card): void {
  playing?.end();
  measuring?.end();
  seat.close();
  opening = false;
  card = to;
  playing = connect(data, card.id, tell);
  measuring = connect(data, card.id, tell);
  byId<HTMLSelectElement>("environment").value = card.id;
  byId("title").textContent = replay ? `${card.id}, episode ${startOf(card).episode}` : card.id;
  byId("summary").textContent = card.summary;
  byId("threat").textContent = `Threat: ${card.threat}.`;
  document.title = `${card.id} · Masque`;
  const golden = byId("golden");
  golden.textContent = "Checking this browser's arithmetic…";
  measuring.ask("golden", { kind: "golden" }, (reply) => {
    if (reply.kind !== "golden") return;
    const { digest } = reply;
    golden.dataset.digest = digest;
    golden.textContent =
      card.golden === null
        ? "This environment has no golden trace to compare with."
        : digest === card.golden
          ? `This browser plays the environment's golden trace to the byte (${digest.slice(0, 12)}…).`
          : "This browser does not play the environment's golden trace to the byte: numbers here may differ. Please report it.";
  });
}

/** Opens the episode and measures anew. */
function start(): void {
  const { attack, defence } = choice;
  const setting = JSON.stringify({ ...choice, attack: "", episode: 0, step: 0 });
  // What was measured of other attacks still holds where only the attack is another.
  results = { ...NOTHING, ...(setting === measured && { all: results.all }) };
  measured = setting;
  const side = (of: string, name: string, says: string) => el("span", { class: of }, el("b", {}, name), says);
  byId("playing").replaceChildren(
    side(
      "attacker",
      "attackers",
      attack === "none" || recorded?.arm === "clean" ? " play along: no attack" : ` play ${attack}`,
    ),
    side("defender", "defence", ` ${defence}`),
    side("benign", "bystanders", ""),
    ...(recorded ? [el("b", {}, recorded.who)] : []),
  );
  byId<HTMLInputElement>("episode").value = String(choice.episode);
  watch();
  if (recorded) return;
  const opened = card;
  measuring?.ask("theory", { kind: "theory", choice }, (reply) => {
    if (reply.kind === "theory" && opened === card) update({ theory: reply.theory });
  });
  listen("measure", [choice.attack], (one) => update({ one }));
  update({});
}

/** Opens the episode in the player. */
function watch(): void {
  // An episode that is still being opened, a long one perhaps, is not waited for.
  if (opening) {
    playing?.end();
    playing = connect(data, card.id, tell);
  }
  opening = true;
  stage.expect();
  playing?.ask("open", { kind: "open", choice, saved, recorded }, (reply) => {
    opening = false;
    // At the step of now: whoever moved the timeline meanwhile meant the episode that comes.
    if (reply.kind === "course") stage.open(playing!, reply.course, card.axes, choice.step);
    if (reply.kind === "error") tell(reply.message);
  });
  keepAddress();
}

function listen(lane: string, attacks: readonly string[], hear: (one: NonNullable<Results["one"]>) => void): void {
  const progress = byId("progress");
  let episodes = 0;
  let count = 0;
  const told = () =>
    attacks.length > 1 ? `${count} of ${attacks.length} attacks` : `${episodes} of ${choice.episodes} episodes`;
  progress.textContent = "Playing…";
  measuring?.ask(lane, { kind: "measure", choice, attacks, saved }, (reply) => {
    if (reply.kind === "progress") progress.textContent = `${told()}; ${Math.round(100 * reply.share)} % played`;
    if (reply.kind === "error") {
      progress.textContent = "";
      tell(reply.message);
    }
    if (reply.kind === "measured") {
      episodes = reply.one.episodes;
      count++;
      hear(reply.one);
    }
    if (reply.kind === "done")
      progress.textContent = `${choice.episodes} episodes, seed ${choice.seed}; 95 % intervals over episodes.`;
  });
}

function update(part: Partial<Results>): void {
  results = { ...results, ...part };
  drawMetrics(card, results);
  drawFrontier(card, choice, results, (point) => {
    const known = Object.entries(point.knobs).filter(([name]) => name in choice.params);
    const attack = point.script in card.attacks ? point.script : choice.attack;
    const defence = point.defence in card.defences ? point.defence : choice.defence;
    renew({ ...choice, params: { ...choice.params, ...Object.fromEntries(known) }, attack, defence });
  });
  drawAttacks(card, results, (attack) => renew({ ...choice, attack }));
  const commands = commandsOf(choice, card.defaults, { brought, clean: card.axes.arm === "clean" });
  for (const id of ["eval", "replay"] as const)
    byId(id).textContent =
      commands[id] ?? "no command prints this: they play run 0, and seat all of the saved policies or none";
}

/** A choice from elsewhere than the controls: they are drawn anew. */
function renew(to: Choice): void {
  choice = to;
  drawSetup(card, choice, brought, change);
  start();
}

let dragging: ReturnType<typeof setTimeout> | undefined;
/** A choice from the controls: the same moment of the same episode, seen otherwise. While a knob is dragged, not every value on its way is played. */
function change(to: Choice, settled: boolean): void {
  choice = { ...to, episode: choice.episode, step: choice.step };
  tell("");
  clearTimeout(dragging);
  if (settled) start();
  else dragging = setTimeout(start, 120);
}

function keepAddress(): void {
  history.replaceState(null, "", writeFragment(choice, startOf(card), seat.role()));
}

function tell(message: string): void {
  const problem = byId("problem");
  problem.textContent = message;
  problem.hidden = message === "";
}

makeTheme(() => stage.refresh());
document.body.classList.toggle("only", recorded !== undefined);
const environments = byId<HTMLSelectElement>("environment");
environments.append(...cards.map(({ id, name }) => el("option", { value: id }, name)));
environments.addEventListener("change", () => {
  history.pushState(null, "", `#${environments.value}`);
  readAddress();
});
byId<HTMLInputElement>("episode").addEventListener("change", (event) => {
  const episode = Math.max(0, Math.min(4095, Math.trunc(Number((event.target as HTMLInputElement).value)) || 0));
  choice = { ...choice, episode, step: 0 };
  watch();
  update({});
});
byId("all").addEventListener("click", () => {
  update({ all: [] });
  const names = Object.keys(card.attacks);
  listen("measure", names, (one) => {
    update({ all: [...results.all, one], ...(one.attack === choice.attack && { one }) });
  });
});
for (const button of document.querySelectorAll<HTMLButtonElement>("[data-copy]")) {
  const code = byId(button.dataset.copy!);
  button.addEventListener("click", () =>
    copy(code.textContent ?? "", button, () => {
      getSelection()?.selectAllChildren(code);
      return "Selected";
    }),
  );
}
byId("share").addEventListener("click", (event) =>
  copy(location.href, event.currentTarget as HTMLElement, () => "It is in the address bar"),
);

/** From a file the clipboard may be closed: then `other` helps, and says how. */
async function copy(text: string, button: HTMLElement, other: () => string): Promise<void> {
  const before = button.textContent;
  const done = await navigator.clipboard?.writeText(text).then(
    () => "Copied",
    () => undefined,
  );
  button.textContent = done ?? other();
  setTimeout(() => {
    button.textContent = before;
  }, 1500);
}

addEventListener("hashchange", readAddress);
readAddress();
