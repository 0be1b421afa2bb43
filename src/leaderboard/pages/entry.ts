import type { Frontier } from "../../frontier/frontier.ts";
import { curves } from "../../frontier/results.ts";
import { interval, letter } from "../../report/frontier-text.ts";
import { type Content, html } from "../../report/html/html.ts";
import { page } from "../../report/html/page.ts";
import { copyable, details, download, facts, notice, section } from "../../report/html/parts.ts";
import { table } from "../../report/html/table.ts";
import { attackSection } from "../../report/sections/attacks.ts";
import { effortSection } from "../../report/sections/effort.ts";
import { frontierSection } from "../../report/sections/points.ts";
import { reproduceSection } from "../../report/sections/reproduce.ts";
import { estimated, summary } from "../../report/sections/summary.ts";
import { trainingSection } from "../../report/sections/training.ts";
import type { Estimate } from "../../stats/estimate.ts";
import type { Listed, Track } from "../ranking.ts";
import { beaten, byOthers, type EntryFile, encodeEntry } from "../schema.ts";
import { authorsOf, lowering, stateOf } from "./parts.ts";

/** Everything about an entry. */
export function entryPage(one: Listed, track: Track): string {
  const { entry, standing, claimed } = one;
  const { file, benchmark, plan, results } = entry;
  const { claim } = file;
  const rank = track.entries.indexOf(one) + 1;
  const { config } = benchmark;
  const manifest = {
    schema: 1 as const,
    name: claim.name,
    hash: claim.protocol.hash,
    given: claim.protocol.given,
    resolved: claim.protocol.resolved,
    versions: { masque: claim.masque },
    seeds: config.seeds,
    backend: config.backend,
  };
  return page({
    title: `${claim.name} · Masque leaderboard`,
    description: claim.result.question,
    navigation: [
      html`<a href="../index.html">Leaderboard</a>`,
      ...["frontier", "attacks", "effort", "evidence", "again"].map((id) => html`<a href="#${id}">${id}</a>`),
    ],
    body: [
      html`<h1>${claim.name}</h1>\n<p class="note">by ${authorsOf(file)} ${stateOf(file)}</p>`,
      file.status === "disputed" && notice("bad", html`<b>Disputed.</b> ${dispute(file)}`),
      one.shortfalls.length > 0 && notice("plain", html`<b>Not ranked:</b> ${one.shortfalls.join("; ")}.`),
      facts([
        [
          "Rank",
          one.shortfalls.length > 0 ? "none" : `${rank} of ${track.entries.length}`,
          html`on <a href="../index.html#${track.environment}">its track</a>`,
        ],
        [
          "Verified by others",
          byOthers(file).filter(({ outcome }) => outcome === "reproduced").length,
          "times; see evidence",
        ],
        ["External attacks", file.external?.attacks.length ?? 0, lowering(file) ?? "none was submitted yet"],
      ]),
      summary(standing),
      file.external && loweredSection(file, claimed, standing),
      frontierSection(standing, ""),
      attackSection(standing, ""),
      effortSection(standing, ""),
      controlSection(file),
      trainingSection(curves({ benchmark, plan, store: { read: (hash) => results.get(hash) } }), claim.name, ""),
      evidenceSection(file),
      reproduceSection(claimed, manifest, ""),
    ],
    footer: html`Made by Masque ${claim.masque}. Works without a network; nothing in it was fetched.`,
  });
}

function dispute(file: EntryFile): Content {
  const failed = file.records.filter(({ outcome }) => outcome === "disputed");
  if (failed.length > 0)
    return html`${failed.map(({ by }) => by).join(", ")} could not verify it: ${failed[0].mismatches[0]}`;
  return html`${lowering(file)}. Its figures are honest; stronger attacks exist than it met.`;
}

/** What attacks of others left of it, point by point. */
function loweredSection(file: EntryFile, claimed: Frontier, standing: Frontier): Content {
  const lost = beaten(file.claim.result, file.external!.result);
  return section(
    "lowered",
    "What others' attacks left of it",
    table({
      label: "Security claimed and left",
      columns: [
        { head: "" },
        { head: "settings" },
        { head: `${claimed.axes.security} claimed`, numeric: true },
        { head: "left", numeric: true },
        { head: "worst attack now" },
        { head: "" },
      ],
      rows: claimed.points.map((point, i) => [
        letter(i),
        Object.entries(point.knobs)
          .map(([knob, value]) => `${knob} ${value}`)
          .join(", ") || point.defence,
        estimated(point.security),
        estimated(standing.points[i].security),
        standing.points[i].worstAttack,
        lost.includes(i) ? "beaten" : "",
      ]),
    }),
    table({
      label: "External attacks",
      class: "prose",
      columns: [{ head: "attack" }, { head: "by" }, { head: "policies" }],
      rows: file.external!.attacks.map(({ name, authors, policies }) => [
        name,
        authors.join(", ") || "anonymous",
        Object.entries(policies).map(([role, digest]) => html`${role} <code class="hash">${digest}</code> `),
      ]),
    }),
  );
}

function controlSection({ claim }: EntryFile): Content {
  const names = {
    noDefence: "no defence",
    lockdown: "lockdown",
    randomDefence: "random defence",
    honestOnly: "no defence, nobody attacks",
  } as const;
  return section(
    "controls",
    "Controls",
    table({
      label: "Controls",
      columns: [
        { head: "" },
        { head: `clean ${claim.result.axes.utility}`, numeric: true },
        { head: claim.result.axes.security, numeric: true },
      ],
      rows: Object.entries(names).map(([key, name]) => {
        const control = claim.controls[key as keyof typeof names];
        const show = (estimate: Estimate | undefined) => (estimate ? interval(estimate) : "not in this environment");
        return [name, show(control?.cleanUtility), show(control?.security)];
      }),
    }),
  );
}

function evidenceSection(file: EntryFile): Content {
  const { claim, external, records } = file;
  const { cells, policies } = claim.evidence;
  return section(
    "evidence",
    "Evidence",
    html`<p>Beside this entry lie the raw results of ${cells.cells} cells, every counter of every episode, and ${policies.length} trained policies. Anyone can execute all of it again:</p>`,
    copyable(`masque verify entries/${claim.name}`),
    records.length > 0
      ? table({
          label: "Verifications",
          class: "prose",
          columns: [{ head: "by" }, { head: "outcome" }, { head: "cells" }, { head: "trainings" }, { head: "machine" }],
          rows: records.map(({ by, outcome, cells, trainings, machine, mismatches }) => [
            by,
            html`${outcome}${mismatches.length > 0 && html`<small>${mismatches[0]}</small>`}`,
            `${cells[0]} of ${cells[1]}`,
            `${trainings[0]} of ${trainings[1]}`,
            machine,
          ]),
        })
      : html`<p class="note">Nobody has recorded a verification yet.</p>`,
    table({
      label: "Digests",
      class: "prose",
      columns: [{ head: "" }, { head: "SHA-256" }],
      rows: [
        ["entry", html`<code class="hash">${file.id}</code>`],
        ["track", html`<code class="hash">${claim.track}</code>`],
        ["raw results", html`<code class="hash">${cells.sha256}</code>`],
        ...(external
          ? [["raw results of external attacks", html`<code class="hash">${external.evidence.cells.sha256}</code>`]]
          : []),
        ["made on", `${claim.made.platform} ${claim.made.arch}, node ${claim.made.node}`],
      ],
    }),
    details(
      `Digests of the ${policies.length} policies`,
      html`<p>${policies.map((digest) => html`<code class="hash">${digest}</code> `)}</p>`,
    ),
    html`<p>${download(`${claim.name}.json`, encodeEntry(file), "application/json", "The entry as data")}</p>`,
  );
}
