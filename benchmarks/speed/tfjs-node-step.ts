import { createInterface } from "node:readline";
import { loadEngine } from "../../baselines/tf/engine.ts";
import { cpuSeconds } from "./clock.ts";
import { plainStep } from "./train-step.ts";

// The other side of step-peer.ts on TensorFlow's native library: a line of JSON asks, a number answers.
const { description } = await loadEngine({ backend: "node" });
console.log(description);
let asked = "";
let step = () => 0;
for await (const line of createInterface({ input: process.stdin })) {
  const { sizes, batch, seconds } = JSON.parse(line);
  const setting = JSON.stringify({ sizes, batch });
  if (setting !== asked) step = await plainStep("node", sizes, batch);
  asked = setting;
  const start = cpuSeconds();
  let count = 0;
  for (; cpuSeconds() < start + seconds; count++) step();
  console.log((cpuSeconds() - start) / count);
}
