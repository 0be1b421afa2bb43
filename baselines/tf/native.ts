import { createRequire } from "node:module";
import type { Tf } from "./tf.ts";

// `@tensorflow/tfjs-node`: TensorFlow's own library behind tfjs. An optional package, found at run time.

const NAME = "@tensorflow/tfjs-node";

/**
 * What bytes a training ends in depends on the number of threads, so there is one unless somebody says otherwise; and the
 * library would print what it thinks of the processor. It reads these when it is loaded.
 */
const SETTINGS = { TF_NUM_INTRAOP_THREADS: "1", TF_NUM_INTEROP_THREADS: "1", TF_CPP_MIN_LOG_LEVEL: "2" };

/** @throws Error that says why it does not load, and what would mend that */
export async function loadNative(): Promise<Tf> {
  const require = createRequire(import.meta.url);
  for (const [name, value] of Object.entries(SETTINGS)) process.env[name] ??= value;
  // tfjs-node 4.22 calls these in mid-training: Node 22 complains of them, Node 23 has them no more.
  Object.assign(require("node:util"), { isArray: Array.isArray, isNullOrUndefined: (value: unknown) => value == null });
  try {
    const tf: Tf = require(NAME);
    await tf.setBackend("tensorflow");
    return tf;
  } catch (cause) {
    // Node adds from where it was required, which helps nobody here.
    const [why] = (cause as Error).message.split("\n");
    throw new Error(
      `Backend: "node" needs the package ${NAME}, which does not load here (${why}). scripts/tfjs-node.sh, in Masque's ` +
        `own folder, installs it on Linux; elsewhere \`npm install ${NAME}\` may; or use "wasm"`,
      { cause },
    );
  }
}

/** Which library computes, and on how many threads: with another one of either, other bytes. */
export function describeNative(tf: Tf): string {
  const { binding } = tf.backend() as unknown as { binding?: { TF_Version?: string } };
  const threads = process.env.TF_NUM_INTRAOP_THREADS;
  return `TensorFlow ${binding?.TF_Version ?? "of an unknown version"}, ${threads} ${threads === "1" ? "thread" : "threads"}`;
}
