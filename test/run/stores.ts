import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { vi } from "vitest";
import { InputError } from "../../src/data/errors.ts";
import type { Bucket } from "../../src/run/objects/bucket.ts";

// Object stores to test on: one in memory, and an S3 server of one's own where the package and the server are there: npm install
// --prefix FOLDER @aws-sdk/client-s3, then NODE_PATH=FOLDER/node_modules; pip install 'moto[server]', and its moto_server on PATH
// or in MASQUE_MOTO_SERVER.

/** A bucket in memory, with a clock of its own; `heed` says which conditions it knows. */
export function memory({ heed = ["absent", "etag"] }: { readonly heed?: readonly string[] } = {}) {
  const objects = new Map<string, { bytes: Uint8Array; etag: string; modified: number }>();
  const at = { now: 1e12, writes: 0 };
  const bucket: Bucket = {
    place: "s3://memory/run",
    async list(folder) {
      const found = [...objects].filter(([key]) => key.startsWith(folder));
      return {
        objects: new Map(found.map(([key, { bytes, ...told }]) => [key, { ...told, size: bytes.length }])),
        now: at.now,
      };
    },
    async get(key, most) {
      const found = objects.get(key);
      if (found && found.bytes.length > most) throw new InputError(`${key}: ${found.bytes.length} bytes`);
      return found;
    },
    async put(key, data, condition) {
      const before = objects.get(key);
      if (condition && "absent" in condition && heed.includes("absent") && before) return undefined;
      if (condition && "etag" in condition && heed.includes("etag") && before?.etag !== condition.etag)
        return undefined;
      const etag = `"${at.writes++}"`;
      objects.set(key, { bytes: Buffer.from(data), etag, modified: at.now });
      return etag;
    },
    async remove(key) {
      objects.delete(key);
    },
  };
  return { bucket, objects, at };
}

export const hasPackage = (() => {
  try {
    createRequire(import.meta.url).resolve("@aws-sdk/client-s3");
    return true;
  } catch {
    return false;
  }
})();
const SERVER = process.env.MASQUE_MOTO_SERVER ?? "moto_server";
export const hasStore = hasPackage && spawnSync(SERVER, ["--help"]).status === 0;

export const SECRET = "open-sesame-and-more";
export const ENV = {
  AWS_ACCESS_KEY_ID: "AKIATOYTOYTOY",
  AWS_SECRET_ACCESS_KEY: SECRET,
  AWS_REGION: "us-east-1",
  AWS_MAX_ATTEMPTS: "2",
};

const servers: ChildProcess[] = [];

export interface Store {
  /** What programs find it by. */
  readonly env: Readonly<Record<string, string>>;
  /** Has this process and its children use it. */
  use(): void;
  kill(): void;
}

/** Starts a server with a bucket "toys". */
export async function startStore(): Promise<Store> {
  const server = spawn(SERVER, ["-p", "0", "-H", "127.0.0.1"], { stdio: ["ignore", "pipe", "pipe"] });
  servers.push(server);
  const endpoint = await new Promise<string>((resolve, reject) => {
    let said = "";
    for (const stream of [server.stdout, server.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => {
        said += text;
        const found = /Running on (http:\/\/127\.0\.0\.1:\d+)/.exec(said);
        if (found) resolve(found[1]);
      });
    server.on("close", () => reject(new Error(said)));
  });
  const made = await fetch(`${endpoint}/toys`, { method: "PUT" });
  if (made.status !== 200) throw new Error(`no bucket: ${made.status}`);
  const env = { ...ENV, AWS_ENDPOINT_URL_S3: endpoint };
  const use = () => {
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  };
  return { env, use, kill: () => void server.kill("SIGKILL") };
}

export function endStores(): void {
  for (const server of servers) server.kill("SIGKILL");
}
