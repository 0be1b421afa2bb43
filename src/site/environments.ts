import type { EnvironmentPlugin } from "../library/plugin.ts";
import { type Content, html, type Markup } from "../report/html/html.ts";
import type { Card } from "../view/catalogue.ts";
import { frameDocuments, pictureDocument } from "../view/frames.ts";
import { painterOf } from "../view/parts.ts";
import { openPlayer } from "../view/player.ts";
import { placesOf } from "../view/sitting.ts";
import { between } from "./map.ts";

/** An environment as a site shows it. */
export interface Shot {
  readonly name: string;
  readonly id: string;
  readonly summary: string;
  readonly threat: string;
  /** Where it is played. */
  readonly play: string;
  /** Roles that a person can take, where that page begins. */
  readonly roles: readonly string[];
  /** A picture as a `data:` address, and what it shows; null where it draws none. */
  readonly picture: { readonly source: string; readonly small: string; readonly says: string } | null;
}

/** How far into the episode the picture is: something has happened, and it is not over. */
const SHARE = 0.6;
/** Pixels of a picture in the gallery. */
const SMALL = 400;

/** A picture of an environment, as its page in the playground begins: the worst script, midway. */
export async function shotOf(plugin: EnvironmentPlugin, { start, text }: Card, play: string): Promise<Shot> {
  const { env, name } = plugin;
  const subject = { env, policies: await plugin.policies(), painter: await painterOf(plugin) };
  const player = openPlayer(subject, start);
  const roles = placesOf(subject, text ?? start.params).flatMap(({ role, seat }) => (seat ? [role] : []));
  const step = Math.ceil(SHARE * player.course.steps);
  const heading = `${env.id}: ${start.attack} against ${start.defence}`;
  const { svg } = player.frame(step, { width: SMALL });
  return {
    ...{ name, id: env.id, summary: env.summary, threat: env.threat, play, roles },
    picture:
      svg === null
        ? null
        : {
            source: dataUrl(frameDocuments(player, [step], heading)[0]),
            small: dataUrl(pictureDocument(svg)),
            says: `${heading}, step ${step} of ${player.course.steps}`,
          },
  };
}

/** An SVG carried inside a page. */
export const dataUrl = (svg: string): string => `data:image/svg+xml;base64,${Buffer.from(svg).toString("base64")}`;

/** All environments, with a picture each. */
export function gallery(shots: readonly Shot[]): Content {
  return [
    html`<h1>Environments</h1>\n<p class="lede">One threat each, with a closed form, a bound or an optimum that it is tested against.</p>\n`,
    html`<div class="cards">${shots.map(
      ({ name, id, threat, summary, picture }) =>
        html`<a href="${name}.html">${picture && html`<img alt="" loading="lazy" src="${picture.small}">`}<b>${id}</b>${summary}<small>${threat}</small></a>\n`,
    )}</div>\n`,
  ];
}

/** What stands under an environment's summary on its page. */
export function shown({ picture, play, roles }: Shot, page: string, entry: string | null): Markup {
  const taken = roles.map((role) => html` · <a href="${between(page, `${play}?role=${role}`)}">play the ${role}</a>`);
  return html`${picture && html`<img alt="${picture.says}" src="${picture.source}" width="800">\n`}<p><a href="${between(page, play)}">Watch it in the browser</a>${taken}${
    entry !== null && html` · <a href="${between(page, entry)}">on the leaderboard</a>`
  }</p>\n`;
}
