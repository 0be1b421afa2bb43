import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { crc32c, event, eventWriter, record } from "../../src/data/tensorboard.ts";
import { masque, PLUGINS } from "../cli/command.ts";

const scratch = mkdtempSync(join(tmpdir(), "masque-events-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

it("has the checksum of RFC 3720", () => {
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
  expect(crc32c(new Uint8Array(32).fill(255))).toBe(0x62a8ab43);
  expect(crc32c(Buffer.from("123456789"))).toBe(0xe3069283);
});

it("frames records as TFRecords: length, checksum, data, checksum", () => {
  const framed = record(Buffer.from("abc"));
  expect(framed.length).toBe(16 + 3);
  expect(framed.readBigUInt64LE(0)).toBe(3n);
  const unmask = (masked: number) => {
    const rotated = (masked - 0xa282ead8) >>> 0;
    return ((rotated >>> 17) | (rotated << 15)) >>> 0;
  };
  expect(unmask(framed.readUInt32LE(8))).toBe(crc32c(framed.subarray(0, 8)));
  expect(unmask(framed.readUInt32LE(15))).toBe(crc32c(Buffer.from("abc")));
});

it("writes events byte for byte as protobuf has them", () => {
  // Event { wall_time: 1.5, step: 300, summary { value { tag: "a", simple_value: 0.5 } } }
  const bytes = "09000000000000f83f" + "10ac02" + "2a0a" + "0a08" + "0a0161" + "150000003f";
  expect(event(1.5, 300, { a: 0.5 }).toString("hex")).toBe(bytes);
  expect(event(0, 0, "version").toString("latin1")).toContain("brain.Event:2");
});

it("writes the curve of a training beside its CSV", async () => {
  const [out, events] = [join(scratch, "run"), join(scratch, "events")];
  const line = ["train", "toy-v0", "--baseline", "cem", "--budget", "2000", "--out", out];
  expect((await masque([...line, "--tensorboard", events, "--quiet", ...PLUGINS])).code).toBe(0);
  const [name] = readdirSync(events);
  expect(name).toMatch(/^events\.out\.tfevents\.\d+\.masque/);
  expect(readFileSync(join(events, name)).toString("latin1")).toContain("return/climber");
  const [head, ...rows] = readFileSync(join(out, "curve.csv"), "utf8").trim().split("\n");
  expect(head).toMatch(/^steps,return\/climber/);
  expect(rows.length).toBeGreaterThan(0);
  const writer = eventWriter(events, () => 7);
  writer.write(1, { x: 2 });
  writer.close();
  expect(readdirSync(events).some((file) => file.includes("tfevents.7."))).toBe(true);
});
