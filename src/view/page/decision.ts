import type { Offer } from "../../people/words.ts";
import type { Question } from "../sitting.ts";
import { el, plain } from "./dom.ts";

/**
 * Draws one question after the other into a holder: what the agent sees, what it may do, `deck` below. One choice is a row of buttons,
 * which decide at once; several, and numbers, are set first. Digits press the buttons that bear them.
 */
export function drawQuestion(
  holder: HTMLElement,
  deck: HTMLElement,
  answer: (action: readonly number[]) => void,
): (question: Question) => void {
  const status = el("p", { class: "unseen", role: "status" });
  const head = el("p", { class: "turn" });
  const progress = el("progress", { max: 1, value: 0, "aria-label": "Episodes played" });
  const sees = el("dl", { class: "sees" });
  const choose = el("div", { class: "choose" });
  const before = el("ol", { class: "before" });
  const rules = el("div", { class: "rules" });
  const shown = el("details", {}, el("summary", {}, "The game"), rules);
  shown.open = true;
  holder.replaceChildren(
    status,
    progress,
    head,
    el(
      "div",
      { class: "split even" },
      el("section", {}, el("h3", {}, "What you see"), sees),
      el("section", {}, el("h3", {}, "What you do"), choose),
    ),
    deck,
    el("details", { class: "past" }, el("summary", {}, "Before"), before),
    shown,
  );
  holder.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || (event.target as HTMLElement).closest("input")) return;
    const button = choose.querySelector<HTMLButtonElement>(`button[data-key="${event.key}"]:not(:disabled)`);
    if (!button) return;
    event.preventDefault();
    button.click();
  });

  let last: readonly number[] = [];
  const give = (action: readonly number[]) => {
    last = action;
    for (const one of choose.querySelectorAll("button")) one.disabled = true;
    answer(action);
  };

  return (question) => {
    const { agent, episode, step } = question;
    const where = `Episode ${episode[0]} of ${episode[1]}, step ${step[0]} of at most ${step[1]}`;
    if (rules.textContent === "")
      rules.replaceChildren(...question.rules.split("\n\n").map((text) => el("p", {}, text)));
    progress.max = episode[1];
    progress.value = episode[0] - 1 + (step[0] - 1) / step[1];
    head.replaceChildren(el("b", {}, agent), ` ${where}`);
    sees.replaceChildren(
      ...question.sees.map(({ name, words, says, share }) =>
        el(
          "div",
          {},
          el("dt", {}, name, says ? el("small", {}, plain(says)) : null),
          el("dd", {}, words, share === undefined ? null : bar(share)),
        ),
      ),
    );
    before.replaceChildren(...question.before.toReversed().map((line) => el("li", {}, line.replace(/^- /, ""))));
    const focused = document.activeElement as HTMLElement | null;
    const key = holder.contains(focused) ? focused?.dataset.key : undefined;
    choose.replaceChildren(...controls(question, last, give));
    status.textContent = `${where}. ${question.sees.map(({ name, words }) => `${name} ${words}`).join("; ")}`;
    const again = choose.querySelector<HTMLElement>(
      key === undefined ? "button:not(:disabled), input" : `[data-key="${key}"]:not(:disabled)`,
    );
    again?.focus({ preventScroll: true });
  };
}

function bar(share: number): HTMLElement {
  const filled = el("i");
  filled.style.width = `${Math.round(100 * share)}%`;
  return el("span", { class: "share", "aria-hidden": "true" }, filled);
}

function controls(
  { offers, box }: Question,
  last: readonly number[],
  give: (action: readonly number[]) => void,
): HTMLElement[] {
  if (box) return numbers(box, last, give);
  if (offers.length === 1) return [row(offers[0], (value) => give([value]))];
  const chosen = offers.map(({ options }, i) =>
    options.some(({ value, allowed }) => allowed && value === last[i]) ? last[i] : undefined,
  );
  const act = el(
    "button",
    { type: "button", class: "main", "data-key": "Enter", click: () => give(chosen as number[]) },
    "Do it",
  );
  const ready = () => {
    act.disabled = chosen.includes(undefined);
  };
  ready();
  return [
    ...offers.map(({ says, options }, i) =>
      el(
        "fieldset",
        { class: "options" },
        el("legend", {}, says || `choice ${i + 1}`),
        ...options.map(({ value, word, allowed }) =>
          el(
            "label",
            {},
            el("input", {
              ...{ type: "radio", name: `choice-${i}`, value, disabled: !allowed, checked: chosen[i] === value },
              change: () => {
                chosen[i] = value;
                ready();
              },
            }),
            el("span", {}, word),
          ),
        ),
      ),
    ),
    act,
  ];
}

function row({ says, options }: Offer, give: (value: number) => void): HTMLElement {
  return el(
    "fieldset",
    { class: "options" },
    el("legend", {}, says || "the action"),
    ...options.map(({ value, word, allowed }, i) =>
      el(
        "button",
        { type: "button", "data-key": i < 9 ? i + 1 : `b${i}`, disabled: !allowed, click: () => give(value) },
        i < 9 && options.length > 1 ? el("kbd", { "aria-hidden": "true" }, i + 1) : null,
        word,
      ),
    ),
  );
}

function numbers(
  { says, low, high }: NonNullable<Question["box"]>,
  last: readonly number[],
  give: (action: readonly number[]) => void,
): HTMLElement[] {
  const values = low.map((least, i) => last[i] ?? (least + high[i]) / 2);
  const sliders = values.map((value, i) => {
    const out = el("span", {}, value.toPrecision(3));
    const slider = el("input", {
      ...{ type: "range", min: low[i], max: high[i], step: (high[i] - low[i]) / 200, value, id: `number-${i}` },
      input: () => {
        values[i] = Number(slider.value);
        out.textContent = values[i].toPrecision(3);
      },
    });
    return el(
      "div",
      { class: "knob" },
      el("label", { for: `number-${i}` }, `${says || "number"} ${values.length > 1 ? i + 1 : ""}`, out),
      slider,
    );
  });
  return [
    ...sliders,
    el("button", { type: "button", class: "main", "data-key": "Enter", click: () => give(values) }, "Do it"),
  ];
}
