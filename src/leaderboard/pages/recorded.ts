import { type Content, html } from "../../report/html/html.ts";
import { badge, section } from "../../report/html/parts.ts";
import { table } from "../../report/html/table.ts";
import { number } from "../../report/text.ts";
import { isRanked, type RecordedGame, type Recording } from "../recordings.ts";

const MEANING: Readonly<Record<Recording["state"], readonly ["good" | "warn" | "bad", string]>> = {
  reproduced: ["good", "a model of these weights did the same again on a keeper's machine"],
  recorded: ["warn", "a keeper played the tape again; that the model chose the actions is its author's word"],
  claimed: ["warn", "no keeper of this board has verified it"],
  disputed: ["bad", "a verification failed"],
  withdrawn: ["bad", "withdrawn by a keeper"],
};

/** Games that language models and people played, apart from entries: one fixed set of episodes each, and no attack was refitted to them. */
export function recordedSection(games: readonly RecordedGame[]): Content {
  return section(
    "recorded",
    "Recorded games",
    html`<p>Language models and people played these. A tape holds every action and a digest of every prompt; a keeper's verification plays it again: the score follows from the actions, on episodes that its author chose. Compare recordings of one game with each other only, and never with the tracks above, where attacks adapt and seeds are drawn afterwards.</p>`,
    games.map(gameTable),
  );
}

function gameTable({ attacking, security, recordings }: RecordedGame): Content {
  const [{ tape }] = recordings;
  const { environment, attack, defence, episodes, seed, players } = tape.game;
  const roles = Object.keys(players).join(", ");
  return [
    html`<h3>${environment.id}: ${roles}</h3>\n<p class="note">${episodes} episodes of seed ${seed}; attack ${attack}, defence ${defence}; ${security} is to be ${attacking ? "low" : "high"}.</p>`,
    table({
      label: `Recorded games of ${environment.id}`,
      columns: [
        { head: "rank" },
        { head: "recording" },
        { head: "state" },
        ...Object.keys(tape.metrics).map((name) => ({ head: name, numeric: true })),
        { head: "invalid answers", numeric: true, title: "decisions that a fallback played" },
      ],
      rows: recordings.map((one, i) => row(one, i, Object.keys(tape.metrics))),
    }),
  ];
}

function row(one: Recording, place: number, metrics: readonly string[]) {
  const { name, tape, state, said, validity } = one;
  const models = Object.entries(tape.game.players).map(([role, { model }]) => `${role} by ${model}`);
  const [tone, meaning] = MEANING[state];
  const why = said && said.mismatches.length > 0 ? said.mismatches[0] : meaning;
  return [
    isRanked(one) ? String(place + 1) : "–",
    html`${name}<small>${models.join(", ")}; recorded by ${tape.authors.join(", ") || "anonymous"}</small>`,
    badge(tone, state, why),
    ...metrics.map((metric) =>
      isRanked(one) && said?.metrics[metric] !== undefined ? number(said.metrics[metric], 3) : "–",
    ),
    `${number(100 * validity.invalid, 1)} %`,
  ];
}
