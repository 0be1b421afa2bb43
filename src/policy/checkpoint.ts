import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { canonical, pretty, sha256, toJson } from "../data/canonical.ts";
import { explainIssue, firstIssue, InputError } from "../data/errors.ts";
import { readJson, readLimited, writeAtomic } from "../data/files.ts";
import { decodeTensors, encodeTensors, type Tensor } from "../data/safetensors.ts";
import { fromJSON } from "../spaces/index.ts";
import type { ActionSpace } from "../spaces/slot.ts";
import { type PolicyData, type PolicyMeta, policySchema } from "./data.ts";
import { membersOf, prefixOf } from "./mixture.ts";
import { headSizes } from "./networks.ts";

const MAX_META = 1 << 20;
const MAX_WEIGHTS = 1 << 28;

/** A policy's two files: `<base>.json` says what it is, `<base>.safetensors` holds its weights. Same data, same bytes. */
export interface Checkpoint {
  readonly json: string;
  readonly weights: Uint8Array;
}

/** @throws InputError if the data are no policy. */
export function encodePolicy(data: PolicyData): Checkpoint {
  const { tensors, ...meta } = data;
  const checked = checkPolicy(meta, tensors, `Policy of ${data.role}`);
  const weights = encodeTensors(tensors);
  return { json: pretty({ ...checked, weights: sha256(weights) }), weights };
}

/** SHA-256 that names a policy: of its description, defaults filled in, and its weights. */
export function policyDigest(data: PolicyData): string {
  const { tensors, ...meta } = data;
  return sha256(canonical({ meta: toJson(policySchema.parse(meta)), weights: sha256(encodeTensors(tensors)) }));
}

/** Writes `<base>.json` and `<base>.safetensors`, each atomically, the description last. */
export function savePolicy(base: string, data: PolicyData): void {
  const { json, weights } = encodePolicy(data);
  writeAtomic(`${base}.safetensors`, weights);
  writeAtomic(`${base}.json`, json);
}

/**
 * Reads a saved policy. Both files are data: nothing in them is executed. An automaton, a setting of a
 * script or a mixture of these may do without the second.
 * @param base path without `.json`
 * @throws InputError that says what is wrong: missing or oversized files, weights that are not those described, shapes
 *   that do not fit each other, numbers that are not finite.
 */
export function loadPolicy(base: string): PolicyData {
  const json = readJson(`${base}.json`, MAX_META);
  if (isWeightless(json)) return decodePolicy({ ...json, weights: sha256(NOTHING) }, NOTHING, base);
  return decodePolicy(json, readLimited(`${base}.safetensors`, MAX_WEIGHTS), base);
}

/** Weights of a policy that has none. */
const NOTHING = encodeTensors({});

/** Whether a description needs no weights beside it: people write automata, settings and mixtures of such by hand. */
const isWeightless = (json: unknown): json is object =>
  typeof json === "object" &&
  json !== null &&
  "kind" in json &&
  (json.kind === "automaton" || json.kind === "script" || json.kind === "mixture") &&
  !("weights" in json);

/** The same from what the files hold; `name` is what errors call it. */
export function decodePolicy(json: unknown, weights: Uint8Array, name: string): PolicyData {
  const { weights: expected, ...meta } = (typeof json === "object" && json !== null ? json : {}) as Record<
    string,
    unknown
  >;
  const got = sha256(weights);
  if (expected !== got) {
    throw new InputError(
      `${name}.safetensors: its SHA-256 is ${got}, but ${name}.json describes ${String(expected).slice(0, 64)}.`,
    );
  }
  const tensors = decodeTensors(weights, `${name}.safetensors`);
  return { ...checkPolicy(meta, tensors, `${name}.json`), tensors };
}

/** Policies by role: `path` names one policy, or a folder that holds `<role>.json` and `<role>.safetensors` each. */
export function loadPolicies(path: string, roles: readonly string[]): Record<string, PolicyData> {
  const base = path.replace(/\.(json|safetensors)$/, "");
  if (existsSync(`${base}.json`)) {
    const data = loadPolicy(base);
    return { [data.role]: data };
  }
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
    throw new InputError(
      `there is no policy ${path}: expected ${base}.json with ${base}.safetensors, or a folder of them.`,
    );
  }
  const found = roles.filter((role) => existsSync(join(path, `${role}.json`)));
  if (found.length === 0) {
    throw new InputError(
      `the folder ${path} holds no policy: expected ${roles.map((role) => `${role}.json`).join(", ")}.`,
    );
  }
  return Object.fromEntries(found.map((role) => [role, loadPolicy(join(path, role))]));
}

function checkPolicy(meta: unknown, tensors: Readonly<Record<string, Tensor>>, name: string): PolicyMeta {
  const parsed = policySchema.safeParse(meta);
  if (!parsed.success) {
    const issue = firstIssue(parsed.error.issues);
    throw new InputError(
      `${name}: ${explainIssue(issue, meta, () => [...Object.keys(policySchema.shape), "weights"])}`,
    );
  }
  const action = fromJSON(parsed.data.action);
  if (action.kind !== "box" && action.kind !== "discrete" && action.kind !== "multi-discrete") {
    throw new InputError(`${name}: actions of kind ${action.kind}; expected box, discrete or multi-discrete.`);
  }
  if ((parsed.data.kind === "mixture") !== (parsed.data.mixture !== undefined)) {
    throw new InputError(`${name}: \`mixture\` belongs to policies of that kind, which need it.`);
  }
  if (parsed.data.kind === "mixture") checkMembers({ ...parsed.data, tensors }, action, name);
  else checkShapes(parsed.data, action, tensors, name);
  return parsed.data;
}

/** A size that a tensor may have, and how errors say it. */
interface Width {
  fits(n: number): boolean;
  readonly said: string;
}
const exactly = (size: number): Width => ({ fits: (n) => n === size, said: `${size}` });
const atLeast = (size: number): Width => ({ fits: (n) => n >= size, said: `≥ ${size}` });
const vector = (width: Width) => (shape: readonly number[]) => shape.length === 1 && width.fits(shape[0]);

/** Holds every member of a mixture to what it says, as a policy by itself. */
function checkMembers(data: PolicyData, action: ActionSpace, name: string): void {
  const members = membersOf(data);
  if (data.joint !== members.some(({ joint }) => joint))
    throw new InputError(`${name}: joint is ${data.joint}; expected what its members are, true if any is.`);
  for (const [m, { tensors, ...meta }] of members.entries())
    checkShapes(meta, action, tensors, `${name}: member ${m} of the mixture`);
  const known = members.flatMap(({ tensors }, m) => Object.keys(tensors).map((tensor) => `${prefixOf(m)}${tensor}`));
  const extra = Object.keys(data.tensors).find((tensor) => !known.includes(tensor));
  if (extra !== undefined) throw new InputError(`${name}: tensor "${extra}" is no part of such a policy.`);
}

/** Holds the tensors to what the description says, as far as it goes: agents and knobs are the environment's. */
function checkShapes(
  meta: PolicyMeta,
  action: ActionSpace,
  tensors: Readonly<Record<string, Tensor>>,
  name: string,
): void {
  const left = new Set(Object.keys(tensors));
  const wrong = (tensor: string, expected: string) => {
    const got = Object.hasOwn(tensors, tensor) ? `[${tensors[tensor].shape}]` : "none";
    const all = meta.networks === undefined ? expected : `[${meta.networks}, ${expected.slice(1)}`;
    return new InputError(`${name}: tensor "${tensor}" has shape ${got}, expected ${all}.`);
  };
  /** A tensor's shape in one network. */
  const shapeOf = (tensor: string): readonly number[] => {
    const { shape } = tensors[tensor];
    if (meta.networks === undefined) return shape;
    return shape[0] === meta.networks ? shape.slice(1) : [];
  };
  const take = (tensor: string, fits: (shape: readonly number[]) => boolean, expected: string): readonly number[] => {
    if (!left.delete(tensor) || !fits(shapeOf(tensor))) throw wrong(tensor, expected);
    return shapeOf(tensor);
  };
  if ((meta.kind === "automaton") !== (meta.automaton !== undefined)) {
    throw new InputError(`${name}: \`automaton\` belongs to policies of that kind, which need it.`);
  }
  if ((meta.kind === "script") !== (meta.script !== undefined)) {
    throw new InputError(`${name}: \`script\` belongs to policies of that kind, which need it.`);
  }
  if (meta.agentIds !== undefined && (meta.joint || (meta.kind !== "mlp" && meta.kind !== "gru"))) {
    throw new InputError(`${name}: \`agentIds\` belongs to networks of agents on their own.`);
  }
  if (meta.networks !== undefined && (meta.joint || meta.agentIds || (meta.kind !== "mlp" && meta.kind !== "gru"))) {
    throw new InputError(`${name}: \`networks\` are for agents on their own, who need no \`agentIds\` then.`);
  }
  const outputs = headSizes(action).reduce((sum, size) => sum + size, 0);
  if (meta.kind === "table") {
    const [states] = take("q", (shape) => shape.length === 2 && shape[1] === outputs, `[states, ${outputs}]`);
    take(
      "observations",
      (shape) => shape.length === 2 && shape[0] === states && shape[1] === meta.obsSize,
      `[${states}, ${meta.obsSize}]`,
    );
  } else if (meta.kind !== "automaton" && meta.kind !== "script") {
    const { squads, recurrent, encoder, hidden } = meta;
    if ((meta.kind === "gru") !== (recurrent !== undefined))
      throw new InputError(`${name}: \`recurrent\` is the cells of a gru, which needs them.`);
    if (encoder !== undefined && recurrent === undefined)
      throw new InputError(`${name}: \`encoder\` belongs to a gru, before which it stands.`);
    if (squads !== undefined && !meta.joint) throw new InputError(`${name}: squads are for joint policies only.`);
    const seen = squads === undefined ? meta.obsSize : 2 * meta.obsSize;
    /** Takes a matrix and its bias; returns how many columns they have. */
    const layer = (w: string, b: string, rows: Width, columns: Width): number => {
      const fits = (shape: readonly number[]) => shape.length === 2 && rows.fits(shape[0]) && columns.fits(shape[1]);
      const [, width] = take(w, fits, `[${rows.said}, ${columns.said}]`);
      take(b, vector(exactly(width)), `[${width}]`);
      return width;
    };
    const last: Width =
      meta.joint && squads === undefined
        ? { fits: (n) => n % outputs === 0, said: `agents · ${outputs}` }
        : exactly((squads ?? 1) * outputs);
    let from = atLeast(seen * (squads ?? 1) + (meta.agentIds ?? 0));
    const chain = (of: string, widths: readonly Width[]) => {
      for (const [i, width] of widths.entries()) from = exactly(layer(`w${of}${i}`, `b${of}${i}`, from, width));
    };
    if (recurrent !== undefined) {
      chain("e", (encoder ?? []).map(exactly));
      layer("wi", "bi", from, exactly(3 * recurrent));
      layer("wh", "bh", exactly(recurrent), exactly(3 * recurrent));
      from = exactly(recurrent);
    }
    chain("", [...hidden.map(exactly), last]);
    if (action.kind === "box") take("logStd", vector(from), `[${from.said}]`);
    if (left.has("earlier")) {
      if (action.kind === "box") throw new InputError(`${name}: tensor "earlier" belongs to choices, not to a box.`);
      const square = (shape: readonly number[]) => shape.length === 2 && shape.every(from.fits);
      take("earlier", square, `[${from.said}, ${from.said}]`);
    }
    if (left.has("mean")) {
      take("mean", vector(exactly(seen)), `[${seen}]`);
      take("std", vector(exactly(seen)), `[${seen}]`);
      if (tensors.std.data.some((deviation) => !(deviation > 0)))
        throw new InputError(`${name}: std is not positive throughout.`);
    }
  }
  const [extra] = left;
  if (extra !== undefined) throw new InputError(`${name}: tensor "${extra}" is no part of such a policy.`);
}
