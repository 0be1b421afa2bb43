import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import simpleCrypto from "../../envs/simple-crypto/env.ts";
import type { Environment } from "../../src/env/define.ts";
import { parallelSpeed, vectorSpeed } from "./environment.ts";

/** One row of the comparison: a figure for scripts, and a line for people. */
export type Row = readonly [figure: Readonly<Record<string, unknown>>, text: string];

type Peer = Readonly<Record<string, string | number | null>>;

const root = fileURLToPath(new URL("../..", import.meta.url));
const million = (rate: number) => `${(rate / 1e6).toFixed(2)} M`;
const thousand = (rate: number) => `${(rate / 1e3).toFixed(1)} k`;

/** What the Python half printed; and why there is nothing, where that is so. */
function askPython(seconds: number): { found: Peer[]; problem?: string } {
  const python = process.env.MASQUE_PYTHON ?? "python3";
  const script = fileURLToPath(new URL("peers.py", import.meta.url));
  const env = { ...process.env, PYTHONPATH: `${root}/python`, MASQUE_HOME: root };
  const { stdout, stderr, error, status } = spawnSync(python, [script, String(seconds)], { encoding: "utf8", env });
  if (error) return { found: [], problem: `${python} does not start (${error.message}); MASQUE_PYTHON names another` };
  const found = stdout
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as Peer);
  const last = stderr.trim().split("\n").at(-1);
  return status === 0 ? { found } : { found, problem: `${python} failed: ${last}` };
}

/**
 * Masque beside what people use in Python, in one run: simple-crypto-v3 beside MPE2's, on one core, and the bridge. Rates
 * are per CPU second but for those over the bridge. Training steps beside PyTorch's: train-step.ts.
 */
export async function comparePeers(seconds: number): Promise<Row[]> {
  const env = simpleCrypto as unknown as Environment;
  const agents = 3;
  const { found, problem } = askPython(seconds);
  const record = parallelSpeed(env, {}, seconds).agentStepsPerSecond / agents;
  const vector = vectorSpeed(env, 1024, {}, seconds).agentStepsPerSecond / agents;
  const rows: Row[] = [];
  const add = (figure: Record<string, unknown>, text: string) => rows.push([{ benchmark: "peers", ...figure }, text]);
  for (const { peer, missing } of found.filter((one) => one.missing !== undefined)) {
    add({ peer, missing }, `${peer}: not measured (${missing})`);
  }
  if (problem) add({ problem }, `Python: not measured: ${problem}`);

  const mpe2 = found.find(({ peer, missing }) => peer === "mpe2" && !missing);
  const theirs = mpe2 === undefined ? undefined : Number(mpe2.envStepsPerSecond);
  const crypto = (view: string, rate: number) => {
    const ratio = theirs === undefined ? undefined : rate / theirs;
    const times = ratio === undefined ? "" : `: ${ratio.toFixed(1)}x`;
    add(
      { id: env.id, view, envStepsPerSecond: Math.round(rate), ...(ratio && { ratio }) },
      `simple-crypto-v3, ${view.padEnd(28)} ${thousand(rate).padStart(9)} env-steps/s${times}`,
    );
  };
  if (mpe2 && theirs !== undefined) crypto(`MPE2 ${mpe2.version} in Python`, theirs);
  crypto("record view", record);
  crypto("vector, 1024 copies", vector);
  const bridge = found.filter(({ peer, missing }) => peer === "bridge" && !missing);
  for (const one of bridge.filter(({ id }) => id === env.id)) {
    crypto(`from Python, ${one.copies} copies`, Number(one.envStepsPerSecond));
  }
  for (const one of bridge.filter(({ id }) => id !== env.id)) {
    const cpu = one.agentStepsPerCpuSecond;
    add(
      { ...one },
      `${one.id}, from Python, ${one.copies} copies: ${million(Number(one.agentStepsPerSecond))} agent-steps/s${cpu === null ? "" : `, ${million(Number(cpu))} a CPU second of both processes`}`,
    );
  }
  for (const one of found.filter(({ peer }) => peer === "round-trip")) {
    const [median, least] = [one.microseconds, one.least].map((time) => Number(time).toFixed(0));
    add(
      { ...one },
      `${one.id}, from Python, one copy, ${one.agents} agents: ${median} µs a step (median; least ${least})`,
    );
  }
  return rows;
}
