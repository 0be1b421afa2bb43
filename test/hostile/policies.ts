import { readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { encodeTensors } from "../../src/data/safetensors.ts";
import type { Hostile } from "./entries.ts";
import { type Loose, putWeights, tensors } from "./mutate.ts";

const base = (folder: string) => join(folder, "climber");
const read = (folder: string) => readFileSync(`${base(folder)}.json`, "utf8");
const text = (name: string, reason: RegExp, change: (text: string) => string): Hostile => [
  name,
  reason,
  (folder) => writeFileSync(`${base(folder)}.json`, change(read(folder))),
];
const meta = (name: string, reason: RegExp, change: (json: Loose) => void): Hostile =>
  text(name, reason, (t) => {
    const json = JSON.parse(t) as Loose;
    change(json);
    return JSON.stringify(json);
  });
const weights = (name: string, reason: RegExp, bytes: () => Uint8Array): Hostile => [
  name,
  reason,
  (folder) => putWeights(base(folder), bytes()),
];
/** A setting of a script, in the place of weights. */
const script = (name: string, reason: RegExp, change: Loose): Hostile =>
  meta(name, reason, (j) => {
    delete j.weights;
    Object.assign(j, { kind: "script", hidden: [], ...change });
  });
/** A mixture, in the place of weights. */
const mixture = (name: string, reason: RegExp, members: unknown, change: Loose = {}): Hostile =>
  meta(name, reason, (j) => {
    delete j.weights;
    Object.assign(j, { kind: "mixture", hidden: [], ...(members !== null && { mixture: members }), ...change });
  });
const member = { weight: 1, kind: "script", baseline: "x", script: { name: "climb" } };
const one = (shape: unknown, offsets: unknown = [0, 8], data = 8) =>
  tensors({ w0: { dtype: "F32", shape, data_offsets: offsets } }, data);
const numbers = (values: readonly number[]) => {
  const bytes = tensors(
    {
      b0: { dtype: "F32", shape: [3], data_offsets: [0, 12] },
      w0: { dtype: "F32", shape: [2, 3], data_offsets: [12, 36] },
    },
    36,
  );
  const view = new DataView(bytes.buffer);
  values.forEach((value, i) => {
    view.setFloat32(bytes.length - 36 + 4 * i, value, true);
  });
  return bytes;
};
const filled = (...shape: number[]) => ({ shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)) });
/** A layer from the toy's one number to its three choices. */
const plain = { w0: filled(1, 3), b0: filled(3) };
const apart = (networks: number) => ({ w0: filled(networks, 1, 3), b0: filled(networks, 3) });
/** Weights that are whole, under a description that they do not fit. */
const stored = (
  name: string,
  reason: RegExp,
  all: Parameters<typeof encodeTensors>[0],
  change: Loose = {},
): Hostile => [
  name,
  reason,
  (folder) => putWeights(base(folder), encodeTensors(all), (j) => Object.assign(j, { hidden: [], ...change })),
];

/** Trained policies. */
export const POLICIES: readonly Hostile[] = [
  text("cut off", /no JSON/, (t) => t.slice(0, 50)),
  text("nested without end", /nested more than 64/, () => '{"action":'.repeat(5e4)),
  text("two megabytes", /expected at most/, (t) => t + " ".repeat(2e6)),
  text("__proto__", /"__proto__" is not allowed/, (t) => t.replace("{", '{"__proto__":{"greedy":true},')),
  text("a key twice", /"role" stands twice/, (t) => t.replace('"role"', '"role":"keeper","role"')),
  meta("an unknown format", /format/, (j) => Object.assign(j, { format: 99 })),
  meta("code", /kind/, (j) => Object.assign(j, { kind: "javascript" })),
  meta("an unknown key", /unknown key "run"/, (j) => Object.assign(j, { run: "process.exit()" })),
  meta("a script that is a text", /script: got/, (j) => Object.assign(j, { script: "process.exit()" })),
  meta("layers beyond all bounds", /hidden/, (j) => Object.assign(j, { hidden: [1e9] })),
  meta("sixteen layers of eight thousand", /tensor "w0" has shape/, (j) =>
    Object.assign(j, { hidden: Array(16).fill(8192) }),
  ),
  meta("an observation beyond all bounds", /obsSize|tensor "w0"/, (j) => Object.assign(j, { obsSize: 1 << 24 })),
  meta("a quadrillion actions", /action|n:|numbers in all/, (j) => Object.assign(j.action, { n: 1e15 })),
  meta("a box of 2^40 numbers", /numbers in all/, (j) =>
    Object.assign(j, { action: { kind: "box", shape: [2 ** 20, 2 ** 20], low: 0, high: 1 } }),
  ),
  meta("spaces in spaces in spaces", /nested more than 16|nested more than 64/, (j) => {
    let space: unknown = { kind: "discrete", n: 2 };
    for (let i = 0; i < 30; i++) space = { kind: "tuple", spaces: [space] };
    j.action = space;
  }),
  meta("a hundred thousand heads", /heads|numbers|tensor|nvec/, (j) =>
    Object.assign(j, { action: { kind: "multi-discrete", nvec: Array(1e5).fill(2) } }),
  ),
  meta("weights of another digest", /SHA-256/, (j) => Object.assign(j, { weights: "0".repeat(64) })),
  meta("another role", /./, (j) => Object.assign(j, { role: "keeper" })),
  meta("a role that is a path", /./, (j) => Object.assign(j, { role: "../../secret" })),
  meta(
    "a controller of agents who may not see what the others see",
    /joint controller, but the attacker side is factored/,
    (j) => Object.assign(j, { joint: true }),
  ),
  meta("an infinite extra", /extra/, (j) => Object.assign(j, { extra: { x: "Infinity" } })),
  script("a script that is not said", /`script` belongs/, {}),
  script("a script called toString", /Unknown attack/, { script: { name: "toString", set: { vigour: 1 } } }),
  script("a script by path", /Unknown attack/, { script: { name: "../../evil", set: {} } }),
  script("a dial beyond its range", /vigour is 1.5/, { script: { name: "climb", set: { vigour: 1.5 } } }),
  script("a dial below its range", /idle is -1/, { script: { name: "climb", set: { idle: -1 } } }),
  script("an infinite dial", /script/, { script: { name: "climb", set: { vigour: "Infinity" } } }),
  script("a dial called toString", /Unknown dial/, { script: { name: "climb", set: { toString: 1 } } }),
  script("a dial called constructor", /"constructor" is not allowed/, {
    script: { name: "climb", set: { constructor: 1 } },
  }),
  script("a dial that steers a terminal", /Unknown dial/, { script: { name: "climb", set: { "\u001b[2J": 1 } } }),
  script("a script with code", /unknown key/, { script: { name: "climb", set: {}, run: "process.exit()" } }),
  script("a script that does not play its role", /./, {
    role: "keeper",
    script: { name: "climb", set: {} },
  }),
  mixture("a mixture that is not said", /`mixture` belongs/, null),
  mixture("a mixture of nobody", /mixture/, []),
  mixture("a thousand members", /mixture/, Array(1000).fill(member)),
  mixture("a mixture in a mixture", /kind/, [{ ...member, kind: "mixture", mixture: [member] }]),
  mixture("a member of weight 0", /weight/, [{ ...member, weight: 0 }]),
  mixture("a member of negative weight", /weight/, [{ ...member, weight: -1 }]),
  mixture("a member of infinite weight", /weight/, [{ ...member, weight: "Infinity" }]),
  mixture("a member for another role", /unknown key/, [{ ...member, role: "keeper" }]),
  mixture("a member with code", /unknown key/, [{ ...member, run: "process.exit()" }]),
  mixture("a member without weights", /member 0 of the mixture: tensor "w0" has shape none/, [
    { ...member, kind: "mlp", script: undefined },
  ]),
  mixture("a member that sees more than it says", /joint is false/, [{ ...member, joint: true }]),
  mixture("a member that is no script", /Unknown attack/, [member, { ...member, script: { name: "toString" } }]),
  mixture("a member that is not said", /member 1 of the mixture: `script` belongs/, [
    member,
    { ...member, script: undefined },
  ]),
  stored("networks of one controller", /`networks` are for agents on their own/, plain, { joint: true, networks: 2 }),
  stored("agents told apart in squads", /`agentIds` belongs to/, plain, { joint: true, squads: 1, agentIds: 2 }),
  stored("agents told apart twice", /`networks` are for agents on their own/, plain, { agentIds: 2, networks: 2 }),
  stored("more networks than agents", /tells 64 agents apart, got 2/, apart(64), { networks: 64 }),
  stored("networks of which one is missing", /tensor "w0" has shape \[2,1,3\], expected \[3,/, apart(2), {
    networks: 3,
  }),
  stored("squads without end", /tensor "w0" has shape/, plain, { joint: true, squads: 65536 }),
  stored("an encoder before no memory", /`encoder` belongs to a gru/, plain, { encoder: [4] }),
  stored("choices in turn of another size", /tensor "earlier" has shape \[2,2\]/, { ...plain, earlier: filled(2, 2) }),
  stored("choices in turn of a mixture's other member", /tensor "m0\.earlier" is no part/, {
    ...plain,
    "m0.earlier": filled(3, 3),
  }),
  weights("a header of 2^63 bytes", /header claims/, () => tensors("{}", 0, 2n ** 63n)),
  weights("a header longer than the file", /header claims/, () => tensors("{}", 0, 1000n)),
  weights("no header", /has 3 bytes/, () => Uint8Array.of(1, 2, 3)),
  weights("a header that is no JSON", /no JSON/, () => tensors("{{{{")),
  weights("a header nested without end", /nested more than 64/, () => tensors("[".repeat(1e5))),
  weights("a header with __proto__", /not allowed/, () =>
    tensors('{"__proto__":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}'),
  ),
  weights("a tensor twice", /"w0" stands twice/, () =>
    tensors(
      '{"w0":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"w0":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}',
      8,
    ),
  ),
  weights("a tensor of 2^40 numbers", /no valid shape/, () => one([2 ** 40], [0, 2 ** 42])),
  weights("a tensor whose size overflows", /no valid shape/, () => one([2 ** 26, 2 ** 26])),
  weights("a negative shape", /no valid shape/, () => one([-2])),
  weights("a shape that is a text", /no valid shape/, () => one("2")),
  weights("offsets outside the file", /does not lie/, () => one([2], [1e9, 1e9 + 8])),
  weights("offsets that overlap", /does not lie/, () =>
    tensors(
      {
        b0: { dtype: "F32", shape: [2], data_offsets: [0, 8] },
        w0: { dtype: "F32", shape: [2], data_offsets: [4, 12] },
      },
      12,
    ),
  ),
  weights("another type of numbers", /not of type F32/, () =>
    tensors({ w0: { dtype: "F64", shape: [1], data_offsets: [0, 8] } }, 8),
  ),
  weights("bytes left over", /not in the one order/, () => one([1], [0, 4], 8)),
  weights("a NaN", /NaN/, () => numbers([Number.NaN])),
  weights("an infinity", /Infinity/, () => numbers([1, Number.POSITIVE_INFINITY])),
  weights("a tensor named by a path", /strange name/, () =>
    tensors({ "../../x": { dtype: "F32", shape: [0], data_offsets: [0, 0] } }),
  ),
  [
    "weights so large that what comes of them is no number",
    /weights are so large that outputs overflow/,
    (folder) => {
      const large = (...shape: number[]) => ({ shape, data: new Float32Array(shape.at(-1)!).fill(3e38) });
      const bytes = encodeTensors({ w0: large(1, 1), b0: large(1), w1: large(1, 3), b1: large(3) });
      putWeights(base(folder), bytes, (j) => Object.assign(j, { hidden: [1], activation: "relu" }));
    },
  ],
  [
    "weights that are a device",
    /no plain file/,
    (folder) => {
      rmSync(`${base(folder)}.safetensors`);
      symlinkSync("/dev/zero", `${base(folder)}.safetensors`);
    },
  ],
  [
    "a table of observations without end",
    /tensor|numbers/,
    (folder) =>
      putWeights(base(folder), tensors({ q: { dtype: "F32", shape: [2 ** 26, 0], data_offsets: [0, 0] } }), (j) =>
        Object.assign(j, { kind: "table" }),
      ),
  ],
];
