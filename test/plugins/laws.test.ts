import { appendFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { lawsInFile } from "../../plugins/gguf/laws.ts";

const scratch = mkdtempSync(join(tmpdir(), "masque-laws-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

it("Laws are kept for others and for later, and what a kill or a stranger leaves in their file is passed over", () => {
  const file = join(scratch, "laws.jsonl");
  const [one, other] = [lawsInFile(file, 2), lawsInFile(file, 2)];
  one.set([2, 5], { tokens: [7, 8], p: [4000, 96] });
  other.set([2, 5, 7], { tokens: [1, 3], p: [2048, 2048] });
  expect(other.get([2, 5])).toBeUndefined(); // it was not there when the file was read
  for (const line of [
    "null",
    "[]",
    '{"prefix":[1],"tokens":[7,8],"p":[4000,97]}',
    '{"prefix":"x","tokens":[7,8],"p":[4000,96]}',
    '{"prefix":[3],"tokens":[7,8],"p":{"length":1e9}}',
    '{"prefix":[4],"tokens":[7,8],"p":[4000,', // torn
  ]) {
    appendFileSync(file, `${line}\n`);
  }
  appendFileSync(file, '{"prefix":[2,5,8],"tok'); // torn, and nothing after it
  const later = lawsInFile(file, 2);
  expect(later.get([2, 5])).toEqual({ tokens: [7, 8], p: [4000, 96] });
  expect(later.get([2, 5, 7])?.p).toEqual([2048, 2048]);
  for (const prefix of [[1], [3], [4], [2, 5, 8]]) expect(later.get(prefix)).toBeUndefined();
  later.set([2, 5, 8], { tokens: [1, 2], p: [4095, 1] });
  expect(lawsInFile(file, 2).get([2, 5, 8])?.p).toEqual([4095, 1]);
  expect(readFileSync(file, "utf8").endsWith("\n")).toBe(true);
});
