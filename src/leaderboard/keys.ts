import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
  verify,
} from "node:crypto";
import { existsSync, statSync, writeFileSync } from "node:fs";
import { canonical } from "../data/canonical.ts";
import { InputError } from "../data/errors.ts";
import { readText } from "../data/files.ts";
import { recordSchema, type SignedRecord, type Statement } from "./schema.ts";

/** What stands before the 32 bytes of an Ed25519 public key in DER (RFC 8410). */
const PREFIX = Buffer.from("302a300506032b6570032100", "hex");

/** A keeper's private key, and the public one in hexadecimal digits. */
export interface Key {
  readonly secret: KeyObject;
  readonly public: string;
}

/** Makes a key pair (Ed25519) and writes the private key, readable by its owner alone. @throws InputError if the file is there. */
export function makeKey(path: string): Key {
  if (existsSync(path)) throw new InputError(`${path} is there already; a key is never overwritten.`);
  const { privateKey } = generateKeyPairSync("ed25519");
  writeFileSync(path, privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600, flag: "wx" });
  return readKey(path);
}

/** Reads a private key. @throws InputError for anything else, and for one that others may read. */
export function readKey(path: string): Key {
  const text = readText(path, 1 << 14);
  let secret: KeyObject;
  try {
    secret = createPrivateKey(text);
  } catch {
    throw new InputError(`${path} holds no private key; make one with masque leaderboard keeper.`);
  }
  if (secret.asymmetricKeyType !== "ed25519") {
    throw new InputError(`${path} holds a key of the kind ${secret.asymmetricKeyType}; expected ed25519.`);
  }
  if (process.platform !== "win32" && (statSync(path).mode & 0o077) !== 0) {
    throw new InputError(`${path} may be read by others: chmod 600 it.`);
  }
  const der = createPublicKey(secret).export({ type: "spki", format: "der" });
  return { secret, public: Buffer.from(der.subarray(PREFIX.length)).toString("hex") };
}

export function signStatement(statement: Statement, key: Key): SignedRecord {
  const signature = sign(null, Buffer.from(canonical(statement)), key.secret).toString("hex");
  return recordSchema.parse({ statement, key: key.public, signature });
}

/** Whether a record was signed by the key that it names. */
export function isSigned({ statement, key, signature }: SignedRecord): boolean {
  try {
    const known = createPublicKey({
      key: Buffer.concat([PREFIX, Buffer.from(key, "hex")]),
      format: "der",
      type: "spki",
    });
    return verify(null, Buffer.from(canonical(statement)), known, Buffer.from(signature, "hex"));
  } catch {
    return false;
  }
}

/** A verifier's number: nobody can know it before, and it stands in what he signs. */
export const drawNumber = (): string => randomBytes(16).toString("hex");
