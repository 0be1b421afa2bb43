import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { pathToFileURL } from "node:url";

/** A model in node-llama-cpp, on one thread of the processor; nothing is compiled or fetched. @throws where it does not load */
export async function loadModel({ file, library: place }) {
  const library = await import(pathToFileURL(place).href);
  const quiet = { logLevel: "error", progressLogs: false };
  const llama = await library.getLlama({ gpu: false, build: "never", maxThreads: 1, ...quiet });
  return { library, llama, model: await llama.loadModel({ modelPath: file }) };
}

/** Which weights a file holds. */
export async function sha256Of(file) {
  const sha256 = createHash("sha256");
  for await (const block of createReadStream(file)) sha256.update(block);
  return sha256.digest("hex");
}
