import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import type { z } from "zod";
import { canonical, digest, pretty } from "../data/canonical.ts";
import { explainIssue, InputError } from "../data/errors.ts";
import { list, makeFolder, readText, writeAtomic } from "../data/files.ts";
import { parseJson } from "../data/json.ts";
import { loadPolicies, policyDigest, savePolicy } from "../policy/checkpoint.ts";
import type { PolicyData } from "../policy/data.ts";
import { inside } from "./bundle.ts";
import { isSigned, type Key, signStatement } from "./keys.ts";
import {
  type AttackFile,
  attackFileSchema,
  type EntryFile,
  keepersSchema,
  type Restatement,
  recordsSchema,
  type SignedRecord,
  type Statement,
  type VerificationStatement,
} from "./schema.ts";

const KEEPERS_FILE = "keepers.json";
const RECORDS_FILE = "records.json";
export const ATTACK_FILE = "attack.json";
const ATTACKS = "attacks";
/** Where recorded games lie: their statements are numbered with all others. */
export const RECORDED = "recorded";
const MAX_RECORDS = 1 << 24;
const MAX_SMALL = 1 << 18;

/** An attack that keepers accepted. */
export interface AcceptedAttack {
  readonly folder: string;
  readonly file: AttackFile;
  readonly policies: Readonly<Record<string, PolicyData>>;
}

/** A folder of entries, its keepers, and the attacks that they accepted. */
export interface Board {
  readonly folder: string;
  /** Names of keepers by public key. */
  readonly keepers: ReadonlyMap<string, string>;
  readonly attacks: readonly AcceptedAttack[];
  /** What in the folder cannot be used, and why. */
  readonly problems: readonly { readonly folder: string; readonly why: string }[];
}

/** Reads a board. What is damaged or not signed is a problem, and stops nothing. @throws InputError for damaged keepers. */
export function openBoard(folder: string): Board {
  const keepers = readKeepers(folder);
  const attacks: AcceptedAttack[] = [];
  const problems: { folder: string; why: string }[] = [];
  for (const name of list(join(folder, ATTACKS))) {
    const at = join(folder, ATTACKS, name);
    try {
      const attack = readAttack(at);
      const accepted = signedIn(at, keepers).some(
        ({ statement }) => statement.kind === "attack" && statement.attack === attack.file.id,
      );
      if (!accepted) throw new InputError("no keeper of this board accepted it");
      if (!isRetracted(signedIn(at, keepers), attack.file.id)) attacks.push(attack);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      problems.push({ folder: at, why: error.message });
    }
  }
  return { folder, keepers, attacks, problems };
}

function readKeepers(folder: string): Map<string, string> {
  const path = join(folder, KEEPERS_FILE);
  if (!existsSync(path)) return new Map();
  const { keepers } = readFile(inside(folder, KEEPERS_FILE), keepersSchema, MAX_SMALL);
  return new Map(keepers.map(({ name, key }) => [key, name]));
}

function readFile<T>(path: string, schema: z.ZodType<T>, limit: number): T {
  const json = parseJson(readText(path, limit), path);
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new InputError(`${path}: ${explainIssue(parsed.error.issues[0], json, () => [])}`);
}

/** Adds a keeper's key to a board. @throws InputError where another keeper is called so. */
export function addKeeper(folder: string, name: string, key: Key): void {
  makeFolder(folder);
  const keepers = readKeepers(folder);
  for (const [known, called] of keepers) {
    if (called === name && known !== key.public)
      throw new InputError(`${folder} has another keeper "${name}" already.`);
  }
  keepers.set(key.public, name);
  const file = { schema: 1, keepers: [...keepers].map(([key, name]) => ({ name, key })) };
  writeAtomic(join(folder, KEEPERS_FILE), pretty(keepersSchema.parse(file)));
}

/** The keeper of a key on a board. @throws InputError for a key that is none's. */
export function keeperOf({ folder, keepers }: Pick<Board, "folder" | "keepers">, key: Key): string {
  const name = keepers.get(key.public);
  if (name !== undefined) return name;
  throw new InputError(
    `${folder}/${KEEPERS_FILE} does not know this key: masque leaderboard keeper ${folder} --key … --name …`,
  );
}

/** Records beside an entry or an attack that one of the keepers signed; others are nobody's word. */
export function signedIn(folder: string, keepers: Board["keepers"]): SignedRecord[] {
  if (!existsSync(join(folder, RECORDS_FILE))) return [];
  const { records } = readFile(inside(folder, RECORDS_FILE), recordsSchema, MAX_RECORDS);
  return records.filter((record) => isKept(record, keepers));
}

const isKept = (record: SignedRecord, keepers: Board["keepers"]): boolean =>
  keepers.get(record.key) === record.statement.by && isSigned(record);

/** Adds a signed record beside an entry or an attack. @throws InputError, before it writes, where the file is full */
export function addRecord(folder: string, statement: Statement, key: Key, keepers: Board["keepers"]): void {
  const path = join(folder, RECORDS_FILE);
  const records = existsSync(path) ? readFile(inside(folder, RECORDS_FILE), recordsSchema, MAX_RECORDS).records : [];
  const signed = signStatement(statement, key);
  const file = (before: readonly SignedRecord[]) => canonical({ schema: 1, records: [...before, signed] });
  const fits = (json: string) =>
    Buffer.byteLength(json) <= MAX_RECORDS && recordsSchema.safeParse(JSON.parse(json)).success;
  let json = file(records);
  // Whoever fills the file with records that no keeper signed keeps no keeper from withdrawing what lies there.
  if (!fits(json)) json = file(records.filter((one) => isKept(one, keepers)));
  if (!fits(json))
    throw new InputError(`${path} could not be read with one more statement: it is full. Nothing was signed.`);
  writeAtomic(path, json);
}

/** The number of a board's next statement. */
export function nextNumber({ folder, keepers }: Pick<Board, "folder" | "keepers">): number {
  let last = 0;
  for (const parent of [folder, join(folder, ATTACKS), join(folder, RECORDED)]) {
    for (const name of list(parent)) {
      try {
        for (const { statement } of signedIn(join(parent, name), keepers)) last = Math.max(last, statement.number);
      } catch (error) {
        if (!(error instanceof InputError)) throw error; // shown as bad where the board is built
      }
    }
  }
  return last + 1;
}

/** The board that an entry's folder lies in. */
export const boardOf = (entry: string): Board => openBoard(dirname(entry));

const isRetracted = (records: readonly SignedRecord[], id: string): boolean =>
  records.some(({ statement }) => statement.kind === "retraction" && statement.of === id);

/** What keepers said of an entry, under whatever id: it has another for every restatement. */
export interface Said {
  /** The number of its first verification. */
  readonly first: number | null;
  readonly latest: VerificationStatement | null;
  /** Why it was withdrawn, if it was. */
  readonly retracted: string | null;
  /** Those that led to the entry as it is, the latest first. */
  readonly restatements: readonly Restatement[];
  /** Its id before them: what seeds of verifications come from. */
  readonly origin: string;
  /** The id that it was restated to: then this is no longer what it states. */
  readonly restatedTo: string | null;
  /** The number of the last statement on it, 0 without any. */
  readonly last: number;
}

export function saidOf(folder: string, { id }: EntryFile, { keepers }: Pick<Board, "keepers">): Said {
  const statements = signedIn(folder, keepers).map(({ statement }) => statement);
  const all = statements.filter((one) => one.kind === "restatement").toSorted((a, b) => b.number - a.number);
  const restatements: Restatement[] = [];
  for (let from = all; ; ) {
    const origin = restatements.at(-1)?.of ?? id;
    const next = from.find(({ entry }) => entry === origin);
    if (!next) break;
    restatements.push(next);
    from = from.filter(({ number }) => number < next.number);
  }
  // An entry is one whichever way it is told: nobody gets rid of what was said of it by putting a former telling back.
  const ids = new Set([id]);
  for (let known = 0; known < ids.size; ) {
    known = ids.size;
    for (const { entry, of } of all) if (ids.has(entry) || ids.has(of)) ids.add(entry).add(of);
  }
  const own = statements.filter((one) => one.kind === "verification").filter(({ entry }) => ids.has(entry));
  const sorted = own.toSorted((a, b) => a.number - b.number);
  const gone = statements.find((one) => one.kind === "retraction" && ids.has(one.of));
  const told = all.find(({ entry }) => ids.has(entry));
  return {
    first: sorted[0]?.number ?? null,
    latest: sorted.at(-1) ?? null,
    retracted: gone?.kind === "retraction" ? gone.reason : null,
    restatements,
    origin: restatements.at(-1)?.of ?? id,
    restatedTo: told && told.entry !== id ? told.entry : null,
    last: Math.max(0, gone?.number ?? 0, told?.number ?? 0, sorted.at(-1)?.number ?? 0),
  };
}

/** Reads an attack with its policies. @throws InputError for what is not whole, or not what it says. */
export function readAttack(folder: string): AcceptedAttack {
  const file = readFile(inside(folder, ATTACK_FILE), attackFileSchema, MAX_SMALL);
  const { id, ...rest } = file;
  if (digest(rest) !== id) throw new InputError(`${folder}/${ATTACK_FILE}: its id is not the digest of the rest.`);
  const policies = loadPolicies(folder, Object.keys(file.policies));
  for (const [role, stated] of Object.entries(file.policies)) {
    if (!policies[role] || policyDigest(policies[role]) !== stated) {
      throw new InputError(`${folder}: the policy of ${role} is not the one that ${ATTACK_FILE} states.`);
    }
  }
  return { folder, file, policies };
}

/** Writes an accepted attack into a board's folder, with the keeper's statement. */
export function acceptAttack(
  board: Board,
  file: Omit<AttackFile, "schema" | "id">,
  policies: Readonly<Record<string, PolicyData>>,
  key: Key,
  found: { readonly nonce: string; readonly lowered: readonly string[] },
): string {
  const rest = { schema: 1 as const, ...file };
  const whole = attackFileSchema.parse({ ...rest, id: digest(rest) });
  const folder = join(board.folder, ATTACKS, file.name);
  if (existsSync(folder)) throw new InputError(`${folder} is there already. Choose another --name.`);
  const number = nextNumber(board);
  makeFolder(folder);
  for (const [role, data] of Object.entries(policies)) savePolicy(join(folder, role), data);
  writeAtomic(join(folder, ATTACK_FILE), canonical(whole));
  const by = keeperOf(board, key);
  addRecord(
    folder,
    { kind: "attack", number, by, attack: whole.id, ...found, lowered: [...found.lowered] },
    key,
    board.keepers,
  );
  return folder;
}
