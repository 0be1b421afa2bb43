import { z } from "zod";
import { defineBaseline } from "../../../../src/learn/baseline.ts";

export default defineBaseline({
  id: "toy-joint",
  summary: "For tests: may not play factored sides.",
  paper: "none",
  coordination: "joint",
  config: z.strictObject({}),
  train: () => Promise.reject(new Error("was trained on a side that refuses it")),
});
