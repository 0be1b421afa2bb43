import { spawn } from "node:child_process";
import { basename, dirname, join, resolve } from "node:path";
import { InputError, unknownName } from "../../data/errors.ts";
import { makeFolder, readText } from "../../data/files.ts";
import { packageRoot } from "../../data/package.ts";
import { openRegistry } from "../../library/registry.ts";
import { openRun, readManifest } from "../../run/folder.ts";
import { type Bucket, openBucket, parseAddress } from "../../run/objects/bucket.ts";
import { checkCode, checkRun, noRun } from "../../run/objects/copy.ts";
import { cellsIn } from "../../run/objects/share.ts";
import { DONE, type Io } from "../io.ts";
import { quote, wholeNumber } from "./open.ts";
import { MAX_JOBS } from "./run.ts";

interface Options {
  readonly workers: string;
  readonly jobs: string;
  readonly lease: string;
  readonly print?: boolean;
  readonly template?: string;
  readonly image: string;
  readonly claim: string;
  readonly memory: string;
  readonly path?: string;
  readonly store?: string;
  readonly secret: string;
  readonly plugins?: string[];
}

type Words = Readonly<Record<string, string>>;

/** What fills a scheduler's template, and the command that takes the result on standard input. */
interface Scheduler {
  readonly template: string;
  readonly most: number;
  readonly words: (folder: string, options: Options, more: readonly string[]) => Words;
  readonly submit: (more: readonly string[]) => readonly [string, ...string[]];
}

const schedulers: Readonly<Record<string, Scheduler>> = {
  slurm: {
    template: "slurm.sh",
    most: 1000, // SLURM's MaxArraySize, where nobody changed it
    submit: () => ["sbatch"],
    words(folder, { workers, store, plugins = [] }, more) {
      const strange = store === undefined ? /[^\w./ @:+=,~-]/.exec(folder) : null;
      if (strange)
        throw new InputError(
          `${folder}: got "${strange[0]}" in its name, which sbatch may misread. Rename the folder.`,
        );
      for (const option of more) {
        if (!/^-[^\n\r]*$/.test(option))
          throw new InputError(
            `After --: got "${option.slice(0, 40)}", expected sbatch's options, as in --account=mine.`,
          );
      }
      // All nodes see this installation, as they see the folder.
      const masque = [process.execPath, join(packageRoot, "bin", "masque.mjs")];
      return {
        last: String(Number(workers) - 1),
        // Of folders that all nodes have, where they share none.
        logs: store === undefined ? join(folder, "hosts") : "/tmp",
        run: store === undefined ? quote(folder) : `--store ${quote(store)}`,
        masque: masque.map(quote).join(" "),
        plugins: plugins.map((one) => ` --plugins ${quote(resolve(one))}`).join(""),
        more: more.map((option) => `#SBATCH ${option}\n`).join(""),
      };
    },
  },
  k8s: {
    template: "k8s.yaml",
    most: 10_000,
    submit: (more) => ["kubectl", "create", "-f", "-", ...more],
    words(folder, { image, claim, memory, path, store, secret, jobs, lease, plugins = [] }) {
      const inside = path ?? `/runs/${basename(folder)}`;
      if (!/^\/[^/]/.test(dirname(inside)))
        throw new InputError(`--path: got "${inside}", expected a folder in the volume's mount, as in /runs/ten.`);
      const shared = store === undefined;
      const run = shared ? [inside] : ["--store", store];
      const more = plugins.flatMap((one) => ["--plugins", one]);
      return {
        image: JSON.stringify(image),
        memory: JSON.stringify(memory),
        // Kubernetes reads $(NAME) as a variable, and $$ as the sign itself.
        command: JSON.stringify(["masque", "work", ...run, "--jobs", jobs, "--lease", lease, ...more]).replaceAll(
          "$",
          () => "$$",
        ),
        mounts: JSON.stringify(shared ? [{ name: "runs", mountPath: dirname(inside) }] : []),
        volumes: JSON.stringify(shared ? [{ name: "runs", persistentVolumeClaim: { claimName: claim } }] : []),
        // Optional: machines that have a role of their own need none.
        environment: JSON.stringify(shared ? [] : [{ secretRef: { name: secret, optional: true } }]),
      };
    },
  },
};

/** masque launch */
export async function run(io: Io, [name, path, ...more]: readonly string[], options: Options): Promise<number> {
  const scheduler = Object.hasOwn(schedulers, name) ? schedulers[name] : undefined;
  if (!scheduler) throw unknownName("scheduler", name, Object.keys(schedulers));
  const workers = wholeNumber("--workers", options.workers, 1, scheduler.most);
  wholeNumber("--jobs", options.jobs, 1, MAX_JOBS);
  wholeNumber("--lease", options.lease, 1);
  const folder = resolve(path);
  // What a hundred workers would refuse is refused here, once.
  const { benchmark, plan, store } = await openRun(folder, openRegistry(options.plugins));
  const place = options.store === undefined ? undefined : parseAddress(options.store).place;
  // What is only shown needs no network, and no credentials.
  const there = place === undefined || options.print ? undefined : await cellsOf(openBucket(place), folder);
  if (plan.cells.every(({ hash }) => (place === undefined ? store.has(hash) : there?.has(hash)))) {
    io.err(`All ${plan.cells.length} cells of ${path} are there: nothing to launch. masque run … --resume collects.\n`);
    return DONE;
  }
  const text = fill(
    readText(options.template ?? join(packageRoot, "templates", "launch", scheduler.template), 1 << 16),
    {
      name: `masque-${benchmark.config.name.toLowerCase().replace(/[^a-z0-9]+/g, "-")}`.slice(0, 50).replace(/-$/, ""),
      workers: String(workers),
      jobs: options.jobs,
      lease: options.lease,
      ...scheduler.words(folder, { ...options, store: place }, more),
    },
  );
  if (options.print) {
    io.out(text);
    return DONE;
  }
  if (place === undefined) makeFolder(join(folder, "hosts"));
  io.out(await submit(scheduler.submit(more), text));
  io.err(
    `${workers} workers for ${path}. When they have ended: masque run … --out ${quote(path)} --resume${place === undefined ? "" : ` --store ${quote(place)}`} collects.\n`,
  );
  return DONE;
}

/** Hashes of the cells that a bucket has of a folder's run. @throws InputError where that run is not there, or by other code */
async function cellsOf(bucket: Bucket, folder: string): Promise<ReadonlySet<string>> {
  if (!(await checkRun(bucket, readManifest(folder)))) throw noRun(bucket);
  await checkCode(bucket, folder);
  return cellsIn(bucket);
}

/** @throws InputError for a word in double braces that nobody knows */
function fill(template: string, words: Words): string {
  return template.replace(/\{\{(\w+)\}\}/g, (_, word: string) => {
    if (!Object.hasOwn(words, word)) throw unknownName("word in the template", word, Object.keys(words));
    return words[word];
  });
}

/** Hands a text to a command; returns what it answers. @throws InputError where there is no such command */
function submit([command, ...args]: readonly [string, ...string[]], text: string): Promise<string> {
  return new Promise((done, fail) => {
    const child = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"] });
    let [out, err] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (more) => {
      out += more;
    });
    child.stderr.setEncoding("utf8").on("data", (more) => {
      err += more;
    });
    child.on("error", ({ message }) =>
      fail(new InputError(`${command} could not be started here (${message}). --print shows what it would be given.`)),
    );
    child.on("close", (code) => {
      if (code === 0) done(out);
      else fail(new Error(`${command} refused, exit code ${code}: ${(err || out).trim()}`));
    });
    // One that ends before it has read all says why by its exit code.
    child.stdin.on("error", () => {});
    child.stdin.end(text);
  });
}
