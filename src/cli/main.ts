import { processIo } from "./io.ts";
import { masqueCommand } from "./program.ts";

// Set, not exited with: what is still on its way to a pipe gets there.
process.exitCode = await masqueCommand(process.argv.slice(2), processIo());
