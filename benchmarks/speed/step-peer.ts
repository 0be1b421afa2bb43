import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** Another library's training step, in a process of its own that takes turns with this one. */
export interface StepPeer {
  readonly version: string;
  /** CPU seconds of one step of a network of these widths at this batch, over a turn of `seconds`. */
  step(sizes: readonly number[], batch: number, seconds: number): Promise<number>;
  end(): void;
}

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const python = process.env.MASQUE_PYTHON ?? "python3";
const commands = {
  pytorch: [python, here("torch_step.py")],
  tfjsNode: [process.execPath, ...process.execArgv, here("tfjs-node-step.ts")],
} as const;
export type PeerName = keyof typeof commands;

/** Starts one; a string says why there is none. */
export async function stepPeer(name: PeerName): Promise<StepPeer | string> {
  const [command, ...args] = commands[name];
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"] });
  let words = "";
  child.stderr.on("data", (text) => {
    words = `${words}${text}`.slice(-4000);
  });
  child.stdin.on("error", () => {});
  const failed = once(child, "close").then(
    () => new Error(words.split("\n").findLast((line) => /Error\b.*:/.test(line)) ?? `${command} ended`),
    (error: Error) => error,
  );
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  /** The next line it says: its version first, then seconds. */
  const next = async () => {
    const { done, value } = await lines.next();
    if (done) throw await failed;
    return value as string;
  };
  try {
    const version = await next();
    return {
      version,
      async step(sizes, batch, seconds) {
        child.stdin.write(`${JSON.stringify({ sizes, batch, seconds })}\n`);
        return Number(await next());
      },
      end: () => void child.kill(),
    };
  } catch (error) {
    return (error as Error).message;
  }
}
