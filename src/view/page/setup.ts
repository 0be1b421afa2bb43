import type { Card } from "../catalogue.ts";
import { type Brought, type Choice, type Field, readValue, SAVED, type Value } from "../choice.ts";
import { byId, el, show } from "./dom.ts";
import { BETWEEN, positionOf, valueAt } from "./levels.ts";

/**
 * Draws the controls of an environment at a choice. `change` hears of a new choice; while a knob is dragged of every value,
 * with `settled` false.
 */
export function drawSetup(
  card: Card,
  choice: Choice,
  brought: Brought | null,
  change: (to: Choice, settled: boolean) => void,
): void {
  let now = choice;
  const put = (part: Partial<Choice>, settled = true) => {
    now = { ...now, ...part };
    change(now, settled);
  };
  const set = (name: string, value: Value, settled = true) =>
    put({ params: { ...now.params, [name]: value } }, settled);
  const knobs = card.knobs.flatMap(({ name, grid }) => {
    const field = card.fields.find((one) => one.name === name);
    return field ? [knob(field, grid, Number(choice.params[name]), (value, settled) => set(name, value, settled))] : [];
  });
  const others = card.fields.filter(({ name }) => !card.knobs.some((one) => one.name === name));
  const whole = (name: "seed" | "episodes", says: string, low: number, high?: number): HTMLElement => {
    const field: Field = { name, kind: "whole", low, high, initial: choice[name], says };
    return control(field, choice[name], (value) => put({ [name]: value as number }));
  };
  const mine = (here = false): Record<string, string> =>
    here ? { [SAVED]: "the trained policies that this page brings along" } : {};
  byId("controls").replaceChildren(
    seat("attack", { ...mine(brought?.attacks), ...card.attacks }, choice.attack, (attack) => put({ attack })),
    seat("defence", { ...mine(brought?.defends), ...card.defences }, choice.defence, (defence) => put({ defence })),
    ...knobs,
    el(
      "details",
      {},
      el("summary", {}, "Everything else"),
      ...others.map((field) => control(field, choice.params[field.name], (value) => set(field.name, value))),
      whole("seed", "root of all randomness", 0, Number.MAX_SAFE_INTEGER),
      whole("episodes", "that the metrics are measured on", 1, 4096),
    ),
  );
}

function seat(
  what: "attack" | "defence",
  names: Readonly<Record<string, string>>,
  chosen: string,
  change: (name: string) => void,
): HTMLElement {
  const says = el("small", {}, names[chosen] ?? "");
  const select = el("select", {
    id: what,
    change: () => {
      says.textContent = names[select.value];
      change(select.value);
    },
  });
  select.append(...Object.keys(names).map((name) => el("option", { value: name }, name)));
  select.value = chosen;
  return el("div", { class: "seat" }, el("label", { for: what }, what), select, says);
}

/** A defence's dial: a slider through the levels of its grid, and evenly between them. */
function knob(
  field: Field,
  grid: readonly number[],
  value: number,
  change: (value: number, settled: boolean) => void,
): HTMLElement {
  const out = el("span", {}, show(value)); // no <output>: the slider itself tells its value
  const slider = el("input", {
    ...{ id: `knob-${field.name}`, type: "range", min: 0, max: (grid.length - 1) * BETWEEN, step: 1 },
    value: positionOf(grid, value),
    "aria-valuetext": show(value),
    input: () => told(false),
    change: () => told(true),
  });
  const told = (settled: boolean) => {
    const now = valueAt(grid, Number(slider.value), field.kind === "whole");
    out.textContent = show(now);
    slider.setAttribute("aria-valuetext", show(now));
    change(now, settled);
  };
  return el(
    "div",
    { class: "knob" },
    el("label", { for: `knob-${field.name}` }, field.name, out),
    slider,
    el(
      "div",
      { class: "ends" },
      el("span", {}, `off ${show(grid[0])}`),
      el("span", {}, `lockdown ${show(grid[grid.length - 1])}`),
    ),
    field.says ? el("small", {}, field.says) : null,
  );
}

function control(field: Field, value: Value, change: (value: Value) => void): HTMLElement {
  const { name, kind, choices = [], says } = field;
  const note = says ? el("small", {}, says) : null;
  if (kind === "choice" || kind === "flag") {
    const select = el("select", { change: () => change(readValue(field, select.value)) });
    select.append(...(kind === "flag" ? ["true", "false"] : choices).map((one) => el("option", {}, one)));
    select.value = String(value);
    return el("div", { class: "field" }, el("label", {}, name, select), note);
  }
  const input = el("input", {
    ...{ type: "text", inputmode: "decimal", size: 8, value: String(value) },
    change: () => {
      try {
        change(readValue(field, input.value.trim().replace("∞", "Infinity")));
        input.setCustomValidity("");
      } catch (error) {
        input.setCustomValidity((error as Error).message);
        input.reportValidity();
      }
    },
  });
  return el("div", { class: "field" }, el("label", {}, name, input), note);
}
