import { stringify } from "yaml";
import { type Json, restoreInfinity } from "../../data/canonical.ts";
import type { Frontier } from "../../frontier/frontier.ts";
import type { Manifest } from "../../run/folder.ts";
import { type Content, html, type Markup } from "../html/html.ts";
import { copyable, details, download, section } from "../html/parts.ts";
import { table } from "../html/table.ts";

/** What it takes to get the same numbers: the configuration as a file, the command, hashes and versions. */
export function reproduceSection(frontier: Frontier, manifest: Manifest, id: string): Markup {
  const { name } = manifest;
  const yaml = stringify(restoreInfinity(manifest.given as Json));
  const { masque, ...dependencies } = manifest.versions;
  const text = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));
  const rows: [string, Content][] = [
    ["config", html`<code class="hash">${frontier.config}</code>`],
    ["environment", html`${frontier.environment.id} <code class="hash">${frontier.environment.digest}</code>`],
    ["Masque", text(masque)],
    ["backend of trainings", text(manifest.backend)],
    ["seeds", text(manifest.seeds)],
    ["lock file", manifest.lock ? html`<code class="hash">${text(manifest.lock)}</code>` : "not known"],
  ];
  return section(
    `${id}again`,
    "Run it again",
    html`<p>Save the configuration as ${download(`${name}.yaml`, yaml, "text/yaml")}, then</p>`,
    copyable(`masque run ${name}.yaml --out runs/${name}-again`),
    html`<p>gives the same files, byte for byte (<code>host.json</code> apart): evaluations on any machine, trainings on the same backend and kind of machine. The configuration it prints must have the hash below.</p>`,
    details("The configuration", copyable(yaml)),
    details("The configuration with all defaults", copyable(stringify(restoreInfinity(manifest.resolved as Json)))),
    table({ label: "Hashes and versions", columns: [{ head: "" }, { head: "value" }], rows }),
    details(
      "Versions of dependencies",
      table({
        label: "Versions of dependencies",
        columns: [{ head: "package" }, { head: "version" }],
        rows: Object.entries(dependencies).map(([one, version]) => [one, text(version)]),
      }),
    ),
  );
}
