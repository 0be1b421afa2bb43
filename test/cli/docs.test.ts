import { expect, it } from "vitest";
import { masque } from "./command.ts";

it("the environments' pages are what npm run docs makes of their definitions", async () => {
  const { code, out } = await masque(["docs", "--check"]);
  expect(out).toBe("");
  expect(code).toBe(0);
});
