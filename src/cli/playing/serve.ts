import { endianness } from "node:os";
import { openRegistry } from "../../library/registry.ts";
import { createSession } from "../../serve/session.ts";
import { serveDescriptors, serveUnix } from "../../serve/transport.ts";
import { DONE, FAILED, type Io } from "../io.ts";
import { wholeNumber } from "../runs/open.ts";

interface Options {
  readonly stdio?: boolean;
  readonly unix?: string;
  readonly memory: string;
  readonly plugins?: string[];
}

/** masque serve */
export async function run(io: Io, _: readonly string[], options: Options): Promise<number> {
  if (endianness() !== "LE") {
    io.err("masque: serve sends memory as it is, little-endian; this machine is big-endian.\n");
    return FAILED;
  }
  const memory = wholeNumber("--memory", options.memory, 1, 1e6) * 2 ** 20;
  const session = createSession(openRegistry(options.plugins), memory);
  if (options.unix === undefined) await serveDescriptors(session, 0, 1);
  else await serveUnix(session, options.unix, () => io.err(`listening on ${options.unix}\n`));
  return DONE;
}
