// Records the tape that ships: npx tsx --conditions=masque-source plugins/gguf/record.ts [FILE]
// Needs the model (docs/real-model.md). Its laws are those of this machine: another kind of processor records another tape.
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { recorder } from "../../envs/plain-talk/tape.ts";
import { ggufCover } from "./cover.ts";
import { MODEL } from "./model.ts";
import { GAMES, playGames, TAPE } from "./tape.ts";

const file = process.argv[2] ?? fileURLToPath(TAPE);
const recording = recorder(ggufCover(), { name: MODEL.name, sha256: MODEL.sha256, licence: MODEL.licence });
for (const start of recording.cover.starts) recording.cover.next(start);
const played = playGames(recording.cover);
const tape = recording.tape();
const bytes = gzipSync(JSON.stringify(tape), { level: 9 });
writeFileSync(file, bytes);
console.log(`${file}: ${tape.laws.length} laws, ${tape.tokens.length} tokens, ${(bytes.length / 1000).toFixed(1)} kB.`);
for (const [i, { traces }] of played.entries()) console.log(`${GAMES[i].attack}: traces ${traces.join(" ")}`);
