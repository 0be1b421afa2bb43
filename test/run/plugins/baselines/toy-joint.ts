import { defineBaseline } from "masque";
import { z } from "zod";

export default defineBaseline({
  id: "toy-joint",
  summary: "For tests: may not play factored sides.",
  paper: "none",
  coordination: "joint",
  config: z.strictObject({}),
  train: () => Promise.reject(new Error("was trained on a side that refuses it")),
});
