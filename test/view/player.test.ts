import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { unpackArchive } from "../../src/data/archive.ts";
import { packageRoot } from "../../src/data/package.ts";
import { evaluate } from "../../src/play/evaluate.ts";
import { decodePolicy } from "../../src/policy/checkpoint.ts";
import type { Choice } from "../../src/view/choice.ts";
import { decodeData, encodeData, type PageData } from "../../src/view/data.ts";
import { type Measurement, measure } from "../../src/view/measure.ts";
import { openPlayer } from "../../src/view/player.ts";
import { castOf, type Subject } from "../../src/view/subject.ts";
import { masque } from "../cli/command.ts";
import { environments } from "../environments.ts";

const folders = await environments();
const subjectOf = (name: string): Subject => {
  const { env, policies } = folders.find((one) => one.name === name)!;
  return { env, policies: policies! };
};
const choiceOf = ({ env }: Subject, part: Partial<Choice> = {}): Choice => ({
  environment: env.id,
  params: {},
  ...{ attack: "random", defence: "default", seed: 3, run: 0, episodes: 8, episode: 0, step: 0 },
  ...part,
});
const traceOf = (traces: Int32Array, episode: number) =>
  [0, 1].map((lane) => (traces[2 * episode + lane] >>> 0).toString(16).padStart(8, "0")).join("");

describe("a player", () => {
  it.each(folders.map(({ name }) => name))("plays the episodes of %s that masque eval plays", (name) => {
    const subject = subjectOf(name);
    const attack = Object.keys(subject.policies.attacks).find((one) => one !== "none")!;
    const choice = choiceOf(subject, { attack, episode: 1 });
    const { course, frame } = openPlayer(subject, choice);
    const policies = castOf(subject, choice).attacked(attack);
    const { traces, counters, names } = evaluate(subject.env, { policies, episodes: 2, seed: 3, split: ["test", 0] });
    expect(course.trace).toBe(traceOf(traces, 1));
    const last = frame(Number.POSITIVE_INFINITY > course.steps ? course.steps : 0);
    expect(last.counters.map(([, value]) => value)).toEqual([...counters.subarray(names.length)]);
    for (const curve of Object.values(course.curves)) expect(curve).toHaveLength(course.steps + 1);
  });

  it("shows the same of a step whichever way it was come to", () => {
    const subject = subjectOf("swarm-flood");
    const open = () => openPlayer(subject, choiceOf(subject, { attack: "hug" }));
    const options = { agent: "bot_2", width: 500 };
    const forward = open();
    const steps = [0, 1, 2, 40, 41, 159, 160].map((step) => forward.frame(step, options));
    const back = open();
    const again = [160, 159, 41, 40, 2, 1, 0].map((step) => back.frame(step, options)).reverse();
    expect(again).toEqual(steps);
    expect(steps[3].focus?.saw.map(({ name }) => name)).toContain("congestion");
    expect(steps[3].svg).not.toContain("<style");
    expect(open().frame(1e9).step).toBe(160);
    expect(open().frame(-4).step).toBe(0);
  });

  it("tells what an agent saw before the step, and not what came of it", () => {
    const subject = subjectOf("covert-wire");
    const player = openPlayer(subject, choiceOf(subject, { attack: "plain" }));
    const time = (step: number) =>
      player.frame(step, { agent: "alice_0" }).focus!.saw.find(({ name }) => name === "time")!;
    expect(time(0).values).toEqual([0]);
    expect(time(1).values).toEqual([0]);
    expect(time(33).values).toEqual([0.5]);
    expect(player.frame(0, { agent: "alice_0" }).focus!.did).toEqual([]);
    expect(player.frame(65, { agent: "warden_0" }).focus!.did[0].word).toMatch(/^(innocent|accuse)$/);
    expect(player.frame(3, { agent: "nobody_9" }).focus).toBe(null);
  });

  it("names attackers first, and bystanders last: those are what a long list loses", () => {
    const subject = subjectOf("swarm-flood");
    const player = openPlayer(subject, choiceOf(subject, { params: { clients: 80, bots: 4 } }));
    const { agents, more } = player.frame(1);
    expect(agents.slice(0, 6).map(({ side }) => side)).toEqual([
      ...new Array<string>(4).fill("attacker"),
      ...["defender", "benign"],
    ]);
    expect(more).toBeGreaterThan(0);
  });

  it("refuses what cannot be played, and says why", () => {
    const subject = subjectOf("covert-wire");
    const open = (part: Partial<Choice>) => () => openPlayer(subject, choiceOf(subject, part));
    expect(open({ attack: "lod" })).toThrow(/Did you mean "loud"/);
    expect(open({ defence: "nobody" })).toThrow(/defence of covert-wire-v0/);
    expect(open({ params: { slots: 0 } })).toThrow(/slots/);
    expect(open({ environment: "other-v0" })).toThrow(/covert-wire-v0/);
    expect(open({ attack: "saved" })).toThrow(/no trained attack/);
  });
});

describe("pictures for strangers", () => {
  const painted = folders.filter(({ goldenFile }) => existsSync(new URL("scene.ts", goldenFile)));
  it.each(painted.map(({ name }) => name))(
    "of %s are drawn at all its variants, from the first step to the last",
    async (name) => {
      const { variants, goldenFile } = folders.find((one) => one.name === name)!;
      const { default: painter } = await import(new URL("scene.ts", goldenFile).href);
      const subject = { ...subjectOf(name), painter };
      for (const params of [{}, ...variants]) {
        const player = openPlayer(subject, choiceOf(subject, { params: params as Choice["params"] }));
        const { steps } = player.course;
        for (const step of [0, 1, Math.ceil(steps / 2), steps]) {
          const { svg, labels } = player.frame(step);
          expect(svg).toMatch(/^<svg [\s\S]*<\/svg>\n$/);
          expect(svg).not.toMatch(/NaN|Infinity/);
          expect(labels[0][0]).toBe("");
        }
      }
    },
  );

  it("of simple-crypto colour the answers that the environment counts", async () => {
    const { goldenFile } = folders.find((one) => one.name === "simple-crypto")!;
    const { default: painter } = await import(new URL("scene.ts", goldenFile).href);
    const subject = { ...subjectOf("simple-crypto"), painter };
    for (const attack of ["guess", "listen", "none"]) {
      const player = openPlayer(subject, choiceOf(subject, { attack, episode: 2 }));
      for (const step of [0, 7, 25]) {
        const { svg, counters } = player.frame(step);
        const count = (tone: string) => svg!.split(`<rect class="mq-${tone}"`).length - 1;
        const counted = new Map(counters);
        expect(count("good")).toBe(counted.get("bobRight"));
        expect(count("attacker")).toBe(counted.get("eveRight"));
        expect(count("good") + count("bad")).toBe(step);
      }
    }
  });

  it.each([
    ["few agents, whose links are all drawn", { nodes: 60 }],
    ["many, of whose links those that carry are drawn", { nodes: 700, infection: 0.08, recovery: 0.1 }],
    ["a lattice", { nodes: 100, graph: "lattice" }],
    ["friends", { nodes: 60, graph: "friends" }],
  ])("of jailbreak-cascade draw the very links that messages take: %s", async (_, given) => {
    const { goldenFile } = folders.find((one) => one.name === "jailbreak-cascade")!;
    const { default: painter } = await import(new URL("scene.ts", goldenFile).href);
    const subject = { ...subjectOf("jailbreak-cascade"), painter };
    const params = { ...given, steps: 14, seeds: 5, filter: 0 };
    const player = openPlayer(subject, choiceOf(subject, { attack: "blast", params, episode: 3 }));
    const plain = openPlayer(
      subjectOf("jailbreak-cascade"),
      choiceOf(subject, { attack: "blast", params, episode: 3 }),
    );
    const at = (x: string, y: string) => `${x} ${y}`;
    const look = (step: number) => {
      const svg = player.frame(step).svg!;
      const agents = [...svg.matchAll(/<circle class="mq-(\w+)" cx="([^"]+)" cy="([^"]+)"/g)];
      const lines = [...svg.matchAll(/<line class="mq-attacker" x1="([^"]+)" y1="([^"]+)" x2="([^"]+)" y2="([^"]+)"/g)];
      return {
        lines: lines.length,
        taken: new Set(agents.filter(([, tone]) => tone === "attacker").map(([, , x, y]) => at(x, y))),
        reached: new Set(lines.flatMap(([, x1, y1, x2, y2]) => [at(x1, y1), at(x2, y2)])),
      };
    };
    let spread = 0;
    let before = look(0);
    for (let step = 1; step <= 14; step++) {
      const now = look(step);
      const fresh = [...now.taken].filter((agent) => !before.taken.has(agent));
      const unreached = fresh.filter((agent) => !before.reached.has(agent)).length;
      // Agents that are bought write in the very step: nothing is bought after the first.
      if (step > 1 && before.lines < 250) expect(unreached).toBe(0);
      spread += fresh.length - unreached;
      before = now;
    }
    // Taken over along what was drawn, and the drawing changed nothing of the play.
    expect(spread).toBeGreaterThan(10);
    expect(player.frame(14).counters).toEqual(plain.frame(14).counters);
  });

  it("of screening-stego count what the environment counts", async () => {
    const { goldenFile } = folders.find((one) => one.name === "screening-stego")!;
    const { default: painter } = await import(new URL("scene.ts", goldenFile).href);
    const subject = { ...subjectOf("screening-stego"), painter };
    const settings: Choice["params"][] = [{ sessions: 4 }, { sessions: 4, secretBits: 2, overseers: 2 }];
    for (const params of settings) {
      const player = openPlayer(subject, choiceOf(subject, { attack: "even-128", params }));
      const { labels, counters } = player.frame(player.course.steps);
      const [said, counted] = [new Map(labels), new Map(counters)];
      expect(said.get("receiver right")).toBe(counted.get("leaked"));
      expect(said.get("overseer right")).toBe(counted.get("hits"));
    }
  });

  it("of plain-talk hold every token, and the secret that the dynamics hid", async () => {
    const { goldenFile } = folders.find((one) => one.name === "plain-talk")!;
    const { default: painter } = await import(new URL("scene.ts", goldenFile).href);
    const subject = { ...subjectOf("plain-talk"), painter };
    const params = { tokens: 8, innocents: 1000, redraw: 0.6 };
    const episodes = [0, 1, 2, 3, 4, 5].map((episode) => {
      const player = openPlayer(subject, choiceOf(subject, { attack: "raw", params, episode }));
      const { svg, labels } = player.frame(player.course.steps);
      return { said: new Map(labels), texts: [...svg!.matchAll(/<text[^>]*>([^<]*)</g)].map(([, text]) => text), svg };
    });
    for (const { said, texts, svg } of episodes) {
      expect(texts.filter((text) => /^\d+\.\d$/.test(text))).toHaveLength(params.tokens);
      expect(texts.join("")).not.toContain("~");
      const named = String(said.get("named") ?? "");
      const [words, right] = [named.split(",")[0].split(" "), Number(/(\d+) right/.exec(named)?.[1])];
      if (named === "") expect(texts).not.toContain("hidden");
      else {
        expect(texts.slice(-words.length * 2).filter((_, i) => i % 2 === 1)).toEqual(words);
        const found = [...svg!.matchAll(/<text class="mq-on mq-attacker"[^>]*>([^<]*)</g)].slice(-words.length);
        expect(found.filter(([, text]) => words.includes(text))).toHaveLength(right);
      }
    }
    expect(episodes.some(({ said }) => said.has("named"))).toBe(true);
    expect(episodes.some(({ said }) => !said.has("named"))).toBe(true);
    expect(episodes.some(({ svg }) => svg!.includes("mq-on mq-defender"))).toBe(true);
  });

  it("are some", () => expect(painted.length).toBeGreaterThan(3));
});

describe("a measurement", () => {
  it("is what masque eval prints, to the bit, at every size on its way", async () => {
    const subject = subjectOf("covert-wire");
    const choice = choiceOf(subject, { attack: "typical", params: { falseAlarm: 0.3 }, episodes: 32 });
    const reports: Measurement[] = [];
    const shares: number[] = [];
    const { signal } = new AbortController();
    await measure(subject, choice, ["typical"], {
      signal,
      report: (one) => reports.push(one),
      progress: (share) => shares.push(share),
    });
    expect(reports.map(({ episodes }) => episodes)).toEqual([16, 32]);
    for (const { episodes, attacked } of reports) {
      const words = ["eval", "covert-wire", "falseAlarm=0.3", "--attack", "typical", "--seed", "3", "--json"];
      const { out } = await masque([...words, "--episodes", String(episodes)]);
      expect(attacked).toEqual(JSON.parse(out).results[0].metrics);
    }
    for (const share of shares) expect(share).toBeLessThanOrEqual(1);
  });

  it("ends when it is told to", async () => {
    const subject = subjectOf("covert-wire");
    const stop = new AbortController();
    const run = measure(subject, choiceOf(subject, { episodes: 4096 }), ["random"], {
      signal: stop.signal,
      report: () => stop.abort(),
    });
    await expect(run).rejects.toMatchObject({ name: "AbortError" });
  });
});

describe("a page's data", () => {
  it("comes back as it was, weights and infinities too, and ends no element of the page", () => {
    const folder = join(packageRoot, "leaderboard", "entries", "simple-crypto");
    const archive = readdirSync(folder).find((file) => file.startsWith("policies-"))!;
    const files = unpackArchive(readFileSync(join(folder, archive)), 2 ** 26, archive);
    const name = [...files.keys()].find((file) => file.endsWith(".json"))!;
    const decoded = decodePolicy(
      JSON.parse(new TextDecoder().decode(files.get(name)!)),
      files.get(name.replace(".json", ".safetensors"))!,
      name,
    );
    // Names that an author may give, and numbers that say something else in a page's data.
    const policy = { ...decoded, extra: { floats: 0, infinite: 1 } };
    const data = {
      ...{ version: "1", cards: [], worker: "</script><!--", scripts: {} },
      replay: {
        choice: { params: { cap: Number.NEGATIVE_INFINITY } },
        saved: { policies: { eve: policy }, files: ["eve"], attacks: true, defends: false },
      },
      // Of a page of several episodes: weights that play in both stand there once.
      replays: { again: { saved: { policies: { eve: policy } } } },
    } as unknown as PageData;
    const text = encodeData(data);
    expect(text).not.toContain("<");
    expect(decodeData(text)).toEqual(data);
    const tensors = Object.values(policy.tensors);
    expect(text.match(/"floats":"[^#]/g)).toHaveLength(tensors.length);
    expect(text.match(/"floats":"#/g)).toHaveLength(tensors.length);
  });
});
