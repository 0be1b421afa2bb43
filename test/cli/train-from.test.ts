import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { loadPolicy, policyDigest } from "../../src/policy/checkpoint.ts";
import { masque } from "./command.ts";

const scratch = mkdtempSync(join(tmpdir(), "masque-from-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const at = (name: string) => join(scratch, name);
const hasNative = (() => {
  try {
    createRequire(import.meta.url).resolve("@tensorflow/tfjs-node");
    return true;
  } catch {
    return false;
  }
})();
const wire = ["train", "covert-wire-v0", "slots=6", "bits=1", "--budget", "400", "--quiet"];

it.skipIf(hasNative)("a training whose backend does not start leaves no folder: the next one may have it", async () => {
  const args = [
    ...wire,
    "--baseline",
    "mappo",
    "--set",
    "copies=4",
    "--out",
    at("native"),
    "--tensorboard",
    at("board"),
  ];
  const { code, err } = await masque([...args, "--backend", "node"]);
  expect([code, err]).toEqual([1, expect.stringMatching(/does not load here.*scripts\/tfjs-node\.sh/)]);
  expect([existsSync(at("native")), existsSync(at("board"))]).toEqual([false, false]);
});

describe("masque train --from", () => {
  it("goes on from what was learned at other parameters, and writes down from what", async () => {
    expect((await masque([...wire, "--baseline", "cem", "--out", at("first")])).code).toBe(0);
    const manifest = (name: string) => JSON.parse(readFileSync(join(at(name), "manifest.json"), "utf8"));
    expect(manifest("first")).toMatchObject({ environment: "covert-wire-v0", baseline: "cem", budget: 400 });
    expect(manifest("first")).not.toHaveProperty("from");
    const calm = ["--set", "spread=0.000000001", "--set", "noise=0"];
    const again = [
      ...wire,
      "--baseline",
      "cem",
      ...calm,
      "falseAlarm=0.2",
      "--from",
      at("first"),
      "--out",
      at("second"),
    ];
    const { code, out, err } = await masque(again);
    expect(code, err).toBe(0);
    const [first, second] = ["first", "second"].map((name) => loadPolicy(join(at(name), "bob")));
    const from = { alice: policyDigest(loadPolicy(join(at("first"), "alice"))), bob: policyDigest(first) };
    expect(manifest("second").from).toEqual(from);
    expect(JSON.parse(out).from).toEqual(from);
    for (const [i, w] of second.tensors.w0.data.entries()) expect(w).toBeCloseTo(first.tensors.w0.data[i], 5);
  });

  it("refuses what does not fit before it makes a folder", async () => {
    const refused = async (...more: string[]) => {
      const { code, err } = await masque([...wire, "--baseline", "cem", "--out", at("refused"), ...more]);
      expect(code).toBe(2);
      expect(existsSync(at("refused"))).toBe(false);
      return err;
    };
    expect(await refused("--from", at("first"), "--set", "hidden=[3]")).toMatch(
      /the policy to start "alice" from does not fit: hidden is \[\], expected \[3\]/,
    );
    expect(await refused("--from", join(at("first"), "bob"))).toMatch(
      /got policies of bob, expected one of every role that learns; alice has none/,
    );
    expect(await refused("--from", at("nowhere"))).toMatch(/there is no policy/);
  });
});
