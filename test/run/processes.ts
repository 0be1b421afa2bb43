import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync, watch } from "node:fs";
import { join } from "node:path";
import { PLUGINS } from "../cli/command.ts";

export const BIN = new URL("../../bin/masque.mjs", import.meta.url).pathname;

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

/** Starts `masque run toy` in a process of its own, the way a user does. */
export const startRun = (folder: string, more: readonly string[], env: Record<string, string> = {}) =>
  start(["run", "toy", ...PLUGINS, "--out", folder, ...more], env);

export interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

/** Starts masque in a process of its own; `onErr` is told all that it has said. */
export function start(
  args: readonly string[],
  env: Record<string, string> = {},
  onErr?: (text: string) => void,
): Started {
  const child = spawn(process.execPath, [BIN, ...args], { env: { ...process.env, NODE_OPTIONS: "", ...env } });
  let [out, err] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text) => {
    out += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text) => {
    err += text;
    onErr?.(err);
  });
  const ended = new Promise<Ended>((resolve) =>
    child.on("close", (code, signal) => resolve({ code, signal, out, err })),
  );
  return { child, ended };
}

/** Resolves when a file is there. */
export const appears = (folder: string, name: string): Promise<void> =>
  new Promise((resolve) => {
    const watcher = watch(folder, () => look());
    const look = () => {
      if (!existsSync(join(folder, name))) return;
      watcher.close();
      resolve();
    };
    look();
  });

export interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly zombie: boolean;
  readonly command: string;
}

/** Whether this machine shows its processes as files. */
export const seesProcesses = (() => {
  try {
    return readFileSync("/proc/self/stat", "utf8").length > 0;
  } catch {
    return false;
  }
})();

export function processes(): Process[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, "utf8");
        const [state, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
        const command = readFileSync(`/proc/${name}/cmdline`, "utf8").replaceAll("\0", " ");
        return [{ pid: Number(name), parent: Number(parent), zombie: state === "Z", command }];
      } catch {
        return []; // Ended meanwhile.
      }
    });
}

/** The living workers of a run's folder. */
export function workersOf(folder: string): Process[] {
  return processes().filter(
    ({ command, zombie }) => !zombie && /worker\.[tj]s/.test(command) && command.includes(folder),
  );
}

/** Every file of a run but host.json and hosts/, which may differ between equal runs. */
export function contents(run: string): Record<string, string> {
  const names = readdirSync(run, { recursive: true, encoding: "utf8" }).sort();
  const files = names.filter((name) => !/^(host\.json$|hosts\b)/.test(name) && statSync(join(run, name)).isFile());
  return Object.fromEntries(files.map((name) => [name, readFileSync(join(run, name)).toString("base64")]));
}

export interface Host {
  readonly sessions: readonly {
    readonly outcome: string;
    readonly cpuSeconds: Readonly<Record<string, Readonly<Record<string, number>>>>;
    readonly deaths: readonly { readonly label: string; readonly attempt: number; readonly reason: string }[];
  }[];
}

export function hostOf(run: string): Host {
  return JSON.parse(readFileSync(join(run, "host.json"), "utf8"));
}
