import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Hostile } from "./entries.ts";

const TOY = `schema: 1
name: toy
environment: { id: toy-v0, params: { steps: 3 } }
defence: { knobs: { wall: [0, 0.5] } }
portfolio: [none, random]
seeds: { root: 7, runs: 2 }
episodes: { select: 6, test: 12 }
`;

const config = (name: string, reason: RegExp, text: string | Uint8Array): Hostile => [
  name,
  reason,
  (folder) => writeFileSync(join(folder, "config.yaml"), text),
];
const changed = (name: string, reason: RegExp, from: string, to: string): Hostile =>
  config(name, reason, TOY.replace(from, to));
const laughs = ["&a0 [x, x, x, x, x, x, x, x, x]"];
for (let i = 1; i < 12; i++)
  laughs.push(
    `&a${i} [${Array(9)
      .fill(`*a${i - 1}`)
      .join(", ")}]`,
  );

/** Benchmark files. */
export const CONFIGS: readonly Hostile[] = [
  config("a billion laughs", /alias/i, `${TOY}question: [${laughs.join(", ")}]\n`),
  config("an alias of itself", /alias|nested|anchor|Maximum|question/i, `${TOY}question: &a [*a]\n`),
  config("a hundred thousand lists deep", /nested/, `${TOY}question: ${"[".repeat(6e4)}`),
  config("maps a thousand deep", /nested|deep/, `${TOY}question: ${"{a: ".repeat(1000)}1${"}".repeat(1000)}\n`),
  config("a function", /tag/i, `${TOY}question: !!js/function "function () { process.exit() }"\n`),
  config("an object of another language", /tag/i, `${TOY}question: !!python/object/apply:os.system ["true"]\n`),
  config("a key twice", /unique|twice|duplicate/i, `${TOY}schema: 1\n`),
  config("a key twice, deep inside", /unique|twice|duplicate/i, TOY.replace("root: 7", "root: 7, root: 8")),
  config("__proto__", /__proto__/, `${TOY}__proto__: { polluted: 1 }\n`),
  config("constructor", /constructor/, TOY.replace("steps: 3", "steps: 3, constructor: { prototype: 1 }")),
  config("a merge key", /<</, `${TOY}<<: { name: other }\n`),
  config("a key that is a list", /./, `${TOY}? [a, b]\n: 1\n`),
  config("two documents", /document/i, `${TOY}---\n${TOY}`),
  config(
    "binary",
    /no text file/,
    Uint8Array.from({ length: 5000 }, (_, i) => (i * 131) & 255),
  ),
  config("a NUL byte", /no text file/, `${TOY}question: "\0"\n`),
  config("two megabytes of spaces", /expected at most/, TOY + " ".repeat(2e6)),
  config(
    "a hundred thousand numbers",
    /knobs|expected at most/,
    TOY.replace("[0, 0.5]", `[${Array(6e4).fill(0).join(",")}]`),
  ),
  config(
    "a hundred thousand keys",
    /expected at most|unknown key/,
    TOY + Array.from({ length: 1e4 }, (_, i) => `k${i}: 1\n`).join(""),
  ),
  config("a list, no benchmark", /expected/, "[1, 2]\n"),
  config("nothing", /./, ""),
  changed("a name that is a path", /name/, "name: toy", "name: ../../../tmp/x"),
  changed("an environment by path", /Unknown environment/, "toy-v0", "../../../evil"),
  changed("an environment called __proto__", /Unknown environment/, "toy-v0", "__proto__"),
  changed("NaN for a level", /knobs/, "[0, 0.5]", "[.nan]"),
  changed("an infinite level", /wall/, "[0, 0.5]", "[.inf]"),
  changed("an infinite parameter", /steps/, "steps: 3", "steps: .inf"),
  changed("a level twice", /twice/, "[0, 0.5]", "[0, 0.0]"),
  changed("absurdly many runs", /runs/, "runs: 2", "runs: 1e9"),
  changed("a negative number of episodes", /episodes/, "select: 6", "select: -6"),
  changed("half an episode", /episodes/, "select: 6", "select: 0.5"),
  changed("an unsafe whole number", /root/, "root: 7", "root: 1e300"),
  changed("a policy by path", /cannot name an attack/, "[none, random]", "[{ policy: ../secret.txt }]"),
  changed("a policy by absolute path", /policy/, "[none, random]", "[{ name: x, policy: /etc/passwd }]"),
  changed("a policy with a NUL in its path", /policy/, "[none, random]", '[{ name: x, policy: "a\\0b" }]'),
  changed("a policy that is a device", /policy/, "[none, random]", "[{ name: x, policy: /dev/zero }]"),
  changed("a baseline by path", /Unknown baseline/, "[none, random]", "[{ baseline: ../../evil, budget: 1 }]"),
  changed(
    "a baseline called constructor",
    /Unknown baseline/,
    "[none, random]",
    "[{ baseline: constructor, budget: 1 }]",
  ),
  changed("a script called toString", /Unknown attack/, "[none, random]", "[{ scripted: toString }]"),
  changed("a dial beyond its range", /vigour is 2/, "[none, random]", "[{ scripted: climb, set: { vigour: 2 } }]"),
  changed("NaN for a dial", /vigour/, "[none, random]", "[{ scripted: climb, set: { vigour: .nan } }]"),
  changed("an infinite dial", /vigour/, "[none, random]", "[{ scripted: climb, set: { vigour: .inf } }]"),
  changed("a dial that is a text", /vigour/, "[none, random]", '[{ scripted: climb, set: { vigour: "1" } }]'),
  changed("a dial called toString", /Unknown dial/, "[none, random]", "[{ scripted: climb, set: { toString: 1 } }]"),
  changed("a dial called __proto__", /__proto__/, "[none, random]", "[{ scripted: climb, set: { __proto__: 1 } }]"),
  changed(
    "a dial that steers a terminal",
    /Unknown dial/,
    "[none, random]",
    '[{ scripted: climb, set: { "\\e[2J": 1 } }]',
  ),
  changed("a search of toString", /Unknown attack/, "[none, random]", "[{ search: toString, budget: 100 }]"),
  changed("a search of what has no dials", /no dials/, "[none, random]", "[{ search: none, budget: 100 }]"),
  changed("an absurd search", /budget/, "[none, random]", "[{ search: climb, budget: 1e300 }]"),
  changed("a defence called constructor", /Unknown defence/, "knobs:", "policy: constructor, knobs:"),
  changed("a knob called __proto__", /__proto__/, "wall:", "__proto__:"),
  changed("an absurd budget", /budget/, "[none, random]", "[{ baseline: toy-learner, budget: 1e300 }]"),
  changed("a metric called constructor", /metric/, "seeds:", "axes: { utility: constructor }\nseeds:"),
  ...[
    "constructor.constructor('return process')()",
    "import('fs')",
    "access; process.exit()",
    "zeros(1e5, 1e5)",
    "f(x) = f(x)",
    "access[1]",
    '"a" + "b"',
    "access == 1 ? 1 : 2",
    "1e999",
    `${"(".repeat(5000)}access${")".repeat(5000)}`,
    `access${" + access".repeat(5000)}`,
    "__proto__",
    "toString",
  ].map((formula) =>
    config(`the formula ${formula.slice(0, 50)}`, /score/, `${TOY}score: ${JSON.stringify(formula)}\n`),
  ),
];
