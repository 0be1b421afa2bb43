import { createRequire } from "node:module";
import { InputError, StorageError } from "../../data/errors.ts";
import { printable } from "../../data/markup.ts";

// A bucket of S3 or of a service that speaks like it: an optional package, found at run time. Endpoint, region and credentials
// are the package's business, by its usual variables and files, and are neither read for anything else nor shown.

/** An object as listings and answers tell of it. Times are the service's own, in milliseconds. */
export interface Told {
  readonly etag: string;
  readonly modified: number;
  readonly size: number;
}

export type Condition = { readonly absent: true } | { readonly etag: string };

/** A part of a bucket: keys are given and taken without its prefix. */
export interface Bucket {
  /** As it may be shown. */
  readonly place: string;
  /** By key; also the service's clock when it answered. */
  list(folder: string): Promise<{ readonly objects: ReadonlyMap<string, Told>; readonly now: number }>;
  /** Undefined where there is none. @throws InputError where it has more than `most` bytes */
  get(key: string, most: number): Promise<{ readonly bytes: Uint8Array; readonly etag: string } | undefined>;
  /** Writes an object whole, or not at all; returns its tag, undefined where the condition does not hold. */
  put(key: string, data: string | Uint8Array, condition?: Condition): Promise<string | undefined>;
  remove(key: string): Promise<void>;
}

interface Answer {
  readonly $metadata: { readonly httpStatusCode?: number; date?: string };
  readonly ETag?: string;
  readonly ContentLength?: number;
  readonly Body?: { transformToByteArray(): Promise<Uint8Array>; destroy?(): void };
  readonly Contents?: readonly {
    readonly Key?: string;
    readonly ETag?: string;
    readonly Size?: number;
    readonly LastModified?: Date;
  }[];
  readonly NextContinuationToken?: string;
}
type Next = (args: unknown) => Promise<{ response: { headers?: Record<string, string> }; output: Answer }>;
interface Client {
  send(command: object): Promise<Answer>;
  readonly middlewareStack: { add(step: (next: Next) => Next, options: object): void };
}
type Command = new (input: object) => object;
interface S3 {
  readonly S3Client: new (options: object) => Client;
  readonly [command: `${string}Command`]: Command;
}

/** @throws InputError that says how to install it */
function loadS3(): S3 {
  try {
    return createRequire(import.meta.url)("@aws-sdk/client-s3") as S3;
  } catch (cause) {
    const [why] = (cause as Error).message.split("\n");
    throw new InputError(
      `--store needs the package @aws-sdk/client-s3, which does not load here (${why}). \`npm install @aws-sdk/client-s3\` ` +
        "installs it; without --store a run's folder is all that its workers share.",
    );
  }
}

/** @throws InputError for what is no address of a place in a bucket */
export function parseAddress(address: string): { bucket: string; prefix: string; place: string } {
  const [, bucket, prefix] = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])\/([\w.=/ -]{1,500}?)\/?$/.exec(address) ?? [];
  const parts = prefix?.split("/") ?? [];
  if (bucket === undefined || parts.some((part) => ["", ".", ".."].includes(part))) {
    throw new InputError(
      "--store: expected s3://BUCKET/PREFIX, the prefix being the run's own there, of letters, digits and ._=-; endpoint, region " +
        "and credentials come from AWS_ENDPOINT_URL_S3, AWS_REGION, AWS_ACCESS_KEY_ID and the like.",
    );
  }
  return { bucket, prefix, place: `s3://${bucket}/${prefix}` };
}

/** Opens a place in a bucket; what is there, and whether it can be reached, its first use tells. */
export function openBucket(address: string): Bucket {
  const { bucket, prefix, place } = parseAddress(address);
  const s3 = loadS3();
  const { AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, AWS_REGION } = process.env;
  const endpoint = AWS_ENDPOINT_URL_S3 || AWS_ENDPOINT_URL;
  const client = new s3.S3Client({
    // Services beside Amazon's have their buckets below one host, and take any region.
    ...(endpoint && { forcePathStyle: true, ...(!AWS_REGION && { region: "us-east-1" }) }),
    // Files tell by themselves whether they are whole; not every service knows these sums.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    requestHandler: { connectionTimeout: 10_000, requestTimeout: 120_000 },
  });
  client.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      result.output.$metadata.date = result.response.headers?.date;
      return result;
    },
    { step: "deserialize", priority: "high" },
  );
  const ask = (command: string, input: object) =>
    client.send(new s3[`${command}Command`]({ Bucket: bucket, ...input }));
  /** Undefined where the service says one of these. */
  const unless = async <T>(codes: readonly (number | string)[], question: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await question();
    } catch (error) {
      const { name, $metadata } = error as Error & Partial<Answer>;
      if (name !== "NoSuchBucket" && [name, $metadata?.httpStatusCode ?? 0].some((code) => codes.includes(code)))
        return undefined;
      throw explain(error as Error & Partial<Answer>, place);
    }
  };
  const always = async <T>(question: () => Promise<T>): Promise<T> => (await unless([], question))!;
  const key = (name: string) => `${prefix}/${name}`;
  return {
    place,
    list: (folder) =>
      always(async () => {
        const objects = new Map<string, Told>();
        let [token, date]: (string | undefined)[] = [];
        do {
          const page = await ask("ListObjectsV2", { Prefix: key(folder), ContinuationToken: token });
          for (const { Key = "", ETag = "", Size = 0, LastModified } of page.Contents ?? []) {
            const modified = LastModified?.getTime() ?? Number.NaN;
            if (Key.startsWith(key(folder)))
              objects.set(Key.slice(prefix.length + 1), { etag: ETag, modified, size: Size });
          }
          token = page.NextContinuationToken;
          date = page.$metadata.date;
        } while (token !== undefined);
        return { objects, now: Date.parse(date ?? "") };
      }),
    get: (name, most) =>
      unless([404], async () => {
        const {
          Body,
          ETag = "",
          ContentLength = Number.POSITIVE_INFINITY,
        } = await ask("GetObject", { Key: key(name) });
        if (ContentLength > most) {
          Body?.destroy?.();
          throw new InputError(`${place}/${name} has ${ContentLength} bytes; expected at most ${most}.`);
        }
        return { bytes: await Body!.transformToByteArray(), etag: ETag };
      }),
    put: async (name, data, condition) => {
      const how = condition && ("absent" in condition ? { IfNoneMatch: "*" } : { IfMatch: condition.etag });
      const body = typeof data === "string" ? Buffer.from(data) : data;
      // 409: another write of the same object was under way; with `If-Match` 404: it is no more.
      const lost = condition ? [412, 409, ...("etag" in condition ? [404] : [])] : [];
      const answer = await unless(lost, () => ask("PutObject", { Key: key(name), Body: body, ...how }));
      return answer && (answer.ETag ?? "");
    },
    remove: (name) => always(async () => void (await ask("DeleteObject", { Key: key(name) }))),
  };
}

const ADVICE: Readonly<Record<string, string>> = {
  NoSuchBucket: "there is no such bucket. Make it, or name another",
  AccessDenied: "these credentials may not do that there",
  InvalidAccessKeyId: "the service does not know these credentials",
  SignatureDoesNotMatch: "the service does not take these credentials",
  CredentialsProviderError: "there are no credentials. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE",
};

/** What went wrong, in words that hold no credentials. */
function explain(error: Error & Partial<Answer>, place: string): Error {
  if (error instanceof InputError) return error;
  const { name, message, $metadata } = error;
  if (ADVICE[name]) return new InputError(`--store ${place}: ${ADVICE[name]} (${name}).`);
  if (/region is missing/i.test(message))
    return new InputError(`--store ${place}: there is no region. Set AWS_REGION.`);
  const secrets = ["AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_ACCESS_KEY_ID"].flatMap(
    (one) => process.env[one] || [],
  );
  const why = secrets.reduce(
    (text, secret) => text.replaceAll(secret, "…"),
    `${message || (error as NodeJS.ErrnoException).code}`,
  );
  const status = $metadata?.httpStatusCode ? `, status ${$metadata.httpStatusCode}` : "";
  return new StorageError(
    printable(
      `${place} cannot be used now: ${why.slice(0, 300)} (${name}${status}). What is finished is kept: the same command goes on from there.`,
    ),
  );
}
