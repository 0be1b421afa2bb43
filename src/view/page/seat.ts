import type { Crowd } from "../../people/sum.ts";
import type { Card } from "../catalogue.ts";
import type { Choice } from "../choice.ts";
import type { PageData } from "../data.ts";
import type { Place, Question } from "../sitting.ts";
import { type Connection, connect } from "./connection.ts";
import { drawQuestion } from "./decision.ts";
import { byId, el } from "./dom.ts";

// Somebody plays: a role is taken, questions are answered one by one, and a record is left to be saved. The game runs in a
// worker of its own; what the page shows is what the role sees.

const EPISODES = 4;

interface Around {
  /** What is chosen elsewhere on the page. */
  now(): { card: Card; choice: Choice };
  tell(message: string): void;
  /** Hears that a role was taken, or left. */
  moved(): void;
}

/** Wires the part of the page in which somebody plays. */
export function makeSeat(data: PageData, { now, tell, moved }: Around) {
  const [game, others, door] = [byId("game"), document.querySelectorAll<HTMLElement>(".watching"), byId("enter")];
  let worker: Connection | undefined;
  let record: { text: string; name: string } | undefined;
  let taken: string | undefined;

  const open = (on: boolean) => {
    game.hidden = !on;
    door.hidden = on;
    for (const one of others) one.hidden = on;
    if (!on) {
      worker?.end();
      worker = undefined;
      record = undefined;
      take(undefined);
    }
  };
  const take = (role: string | undefined) => {
    if (role === taken) return;
    taken = role;
    moved();
  };
  const back = el("button", { type: "button", click: () => open(false) }, "Back to watching");

  /** A role is chosen, at small parameters or at those of the page. */
  const lobby = () => {
    const { card, choice } = now();
    worker?.end();
    worker = connect(data, card.id, tell);
    record = undefined;
    const size = el("select", { change: () => ask() });
    if (card.text) size.append(el("option", { value: "small" }, "small, made for people"));
    size.append(el("option", { value: "page" }, "as the dials of this page stand"));
    const params = () => (size.value === "small" ? { ...card.text } : { ...choice.params });
    const places = el("fieldset", { class: "places" }, el("legend", {}, "Your role"));
    const episodes = el("input", { type: "number", min: 1, max: 100, step: 1, value: EPISODES });
    const label = el("input", {
      type: "text",
      size: 8,
      maxlength: 40,
      pattern: "[A-Za-z0-9_\\-]*",
      placeholder: "p07",
    });
    const begin = el("button", { type: "submit", class: "main" }, "Begin");
    const ask = () =>
      worker?.ask("places", { kind: "places", params: params() }, (reply) => {
        if (reply.kind === "error") tell(reply.message);
        if (reply.kind === "places") draw(reply.places);
      });
    const draw = (list: readonly Place[]) => {
      const seats = list.filter(({ seat }) => seat);
      const first =
        seats.find(({ role }) => role === taken) ?? seats.find(({ side }) => side === "defender") ?? seats[0];
      take(first?.role);
      places.replaceChildren(
        el("legend", {}, "Your role"),
        ...list.map(({ role, side, seat, why }) =>
          el(
            "label",
            { class: side },
            el("input", {
              ...{ type: "radio", name: "role", value: role, checked: role === first?.role, disabled: !seat },
              change: () => take(role),
            }),
            el("b", {}, role),
            el("small", {}, seat ? sideSays[side] : why),
          ),
        ),
      );
      begin.disabled = !first;
    };
    const form = el(
      "form",
      {
        class: "lobby",
        submit: (event) => {
          event.preventDefault();
          const role = places.querySelector<HTMLInputElement>("input:checked")?.value;
          if (role === undefined || !form.reportValidity()) return;
          play({ role, params: params(), episodes: Number(episodes.value), label: label.value });
        },
      },
      el(
        "p",
        {},
        `You see what the role sees and nothing else. Attackers other than you follow the script “${choice.attack}”; where you defend, every episode comes twice, once without attackers, and you are not told which.`,
      ),
      places,
      el("div", { class: "field" }, el("label", {}, "parameters", size)),
      el("div", { class: "field" }, el("label", {}, "episodes", episodes)),
      el(
        "div",
        { class: "field" },
        el("label", {}, "label of a study, if any", label),
        el("small", {}, "never a name: nothing about you is asked or kept"),
      ),
      el("p", { class: "deck" }, begin, back),
    );
    byId("seat").replaceChildren(form);
    ask();
  };

  const play = (sit: { role: string; params: Readonly<Record<string, unknown>>; episodes: number; label: string }) => {
    const { card, choice } = now();
    const { attack, defence, seed } = choice;
    const own = {
      attack: attack in card.attacks ? attack : card.start.attack,
      defence: defence in card.defences ? defence : "default",
    };
    const name = `play-${card.name}-${sit.role}${sit.label === "" ? "" : `-${sit.label}`}.json`;
    const saving = el("span", { class: "saving" });
    const stop = el(
      "button",
      { type: "button", click: () => worker?.ask("leave", { kind: "leave" }, () => {}) },
      "Stop here",
    );
    const board = el("div", { class: "board" });
    byId("seat").replaceChildren(board);
    const answer = (action: readonly number[]) => worker?.ask("act", { kind: "act", action }, () => {});
    const draw = drawQuestion(board, el("p", { class: "deck" }, stop, saving), answer);
    worker?.ask(
      "sit",
      { kind: "sit", sit: { ...sit, ...own, seed, digest: card.digest, version: data.version } },
      (reply) => {
        if (reply.kind === "error") {
          tell(reply.message);
          lobby();
        }
        if (reply.kind === "question") draw(reply.question as Question);
        if (reply.kind === "kept") {
          record = { text: reply.tape, name };
          saving.replaceChildren(save(record, `Save the ${reply.episodes} finished so far`));
        }
        if (reply.kind === "over") over(reply.crowd);
      },
    );
  };

  const over = (crowd: Crowd | null) => {
    const again = el("button", { type: "button", click: lobby }, "Play again");
    if (!crowd || !record) {
      byId("seat").replaceChildren(
        el("p", { role: "status" }, "No episode was finished: there is nothing to record."),
        el("p", { class: "deck" }, again, back),
      );
      return;
    }
    const { name } = record;
    byId("seat").replaceChildren(
      el("h3", { tabindex: -1, id: "outcome" }, "How it went"),
      outcome(crowd),
      el("p", { class: "deck" }, save(record, "Save the record"), again, back),
      el(
        "p",
        { class: "note" },
        `masque verify ${name} plays it again; masque replay ${name} shows it; masque people FILES sums up several.`,
      ),
    );
    byId("outcome").focus();
  };

  const enter = (role?: string) => {
    take(role);
    open(true);
    lobby();
  };
  byId("take").addEventListener("click", () => enter());
  const close = () => {
    taken = undefined;
    open(false);
  };
  return { enter, close, role: () => taken };
}

const sideSays = {
  attacker: "attacks",
  defender: "defends",
  benign: "takes part in peace",
} as const;

function save({ text, name }: { text: string; name: string }, says: string): HTMLElement {
  // Made when it is wanted: a record grows with every episode.
  const link = el("a", { class: "save", download: name, href: "#" }, says);
  link.addEventListener("click", () => {
    link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  });
  return link;
}

/** The person beside the scripts of his side. */
function outcome({ metrics, scripts, episodes }: Crowd): HTMLElement {
  const names = Object.keys(metrics);
  const row = (name: string, of: Crowd["metrics"], look = "") =>
    el(
      "tr",
      { class: look },
      el("th", { scope: "row" }, name),
      ...names.map((metric) => {
        const { mean, low, high } = of[metric];
        const range = low === null || high === null ? "" : `[${low.toFixed(2)}, ${high.toFixed(2)}]`;
        return el("td", { class: "n" }, mean.toFixed(3), el("small", {}, range));
      }),
    );
  return el(
    "div",
    {},
    el(
      "p",
      {},
      `You, over ${episodes} episode${episodes === 1 ? "" : "s"}, beside the scripts of your side in the same. ${episodes > 1 ? "So few say little: in brackets stand 95 % intervals over episodes." : "One says next to nothing."}`,
    ),
    el(
      "div",
      { class: "scroll" },
      el(
        "table",
        { id: "compared" },
        el(
          "thead",
          {},
          el(
            "tr",
            {},
            el("th", { scope: "col" }, "who"),
            ...names.map((name) => el("th", { scope: "col", class: "n" }, name)),
          ),
        ),
        el("tbody", {}, row("you", metrics, "you"), ...scripts.map((one) => row(one.name, one.metrics))),
      ),
    ),
  );
}
