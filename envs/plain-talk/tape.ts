import { InputError } from "masque";
import { z } from "zod";
import { type Cover, type Law, lawFault } from "./covers.ts";

const ids = z.array(z.int().min(0)).max(10_000);

/**
 * Laws of a real model, recorded: after which prefix which tokens come, how likely. Tokens are numbered from 0 in the
 * order of `tokens`, which is what they look like; whole numbers only, so that replay is to the bit.
 */
export const tapeSchema = z.strictObject({
  schema: z.literal(1),
  kind: z.literal("plain-talk-tape"),
  model: z.strictObject({
    name: z.string().max(200),
    sha256: z.string().regex(/^[0-9a-f]{64}$/),
    licence: z.string().max(1000),
  }),
  k: z.int().min(2).max(64),
  tokens: z.array(z.string().max(200)).min(2).max(1_000_000),
  laws: z
    .array(z.strictObject({ prefix: ids, tokens: ids, p: z.array(z.int()).max(64) }))
    .min(1)
    .max(10_000_000),
  /** Prefixes that a message may begin after, each equally likely. */
  prompts: z.array(ids).min(1).max(100_000),
});
export type Tape = z.output<typeof tapeSchema>;

/** A prefix of the trie. Those that no law was recorded after are there too, so that an error can name them. */
interface Node {
  readonly parent: number;
  readonly token: number;
  readonly children: Map<number, number>;
  law: Law | undefined;
}

/**
 * The language that a tape holds.
 * @param tape what its file holds, from anywhere: it is checked
 * @throws InputError where it is no tape; and, when the cover is asked, where a prefix was not recorded
 */
export function tapeCover(tape: unknown): Cover {
  const { tokens, laws, prompts, k, model } = checked(tape);
  const nodes: Node[] = [{ parent: -1, token: -1, children: new Map(), law: undefined }];
  const childOf = (state: number, token: number): number => {
    const known = nodes[state].children.get(token);
    if (known !== undefined) return known;
    nodes[state].children.set(token, nodes.length);
    return nodes.push({ parent: state, token, children: new Map(), law: undefined }) - 1;
  };
  const prefixOf = (state: number): number[] =>
    state === 0 ? [] : [...prefixOf(nodes[state].parent), nodes[state].token];
  const written = (prefix: readonly number[]) => prefix.map((token) => tokens[token]).join("");

  for (const [i, { prefix, ...law }] of laws.entries()) {
    const fault = lawFault(law, k) ?? strange([...prefix, ...law.tokens], tokens.length);
    const node = nodes[prefix.reduce(childOf, 0)];
    const twice = node.law ? "its prefix was recorded before" : undefined;
    if (fault ?? twice) throw new InputError(`Tape of ${model.name}, laws[${i}]: ${fault ?? twice}.`);
    node.law = law;
  }
  const starts = prompts.map((prompt, i) => {
    const fault = strange(prompt, tokens.length);
    if (fault !== undefined) throw new InputError(`Tape of ${model.name}, prompts[${i}]: ${fault}.`);
    return prompt.reduce(childOf, 0);
  });

  const lawAfter = (state: number): Law => {
    const { law } = nodes[state];
    if (law) return law;
    const prefix = prefixOf(state);
    throw new InputError(
      `Tape of ${model.name}: no law was recorded after ${JSON.stringify(written(prefix))} (tokens ${prefix.join(" ")}). ` +
        "A tape replays the episodes it was recorded in: their parameters, seeds and actions, and no others.",
    );
  };
  return {
    name: `tape of ${model.name}`,
    k,
    starts,
    next: lawAfter,
    after: (state, i) => childOf(state, lawAfter(state).tokens[i]),
    text: (token) => tokens[token],
    opening: (state) => written(prefixOf(state)),
  };
}

function checked(tape: unknown): Tape {
  const parsed = tapeSchema.safeParse(tape);
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0];
  const where = path.map(String).join(".") || "the whole";
  throw new InputError(`A tape of schema 1, kind "plain-talk-tape" was expected; ${where}: ${message}.`);
}

const strange = (prefix: readonly number[], count: number): string | undefined => {
  const token = prefix.find((one) => one >= count);
  return token === undefined ? undefined : `token ${token} is none of the tape's ${count}`;
};

/**
 * Listens to a language. `cover` says the same and remembers it: with it an environment is played; `tape` is what a file holds
 * of that play. A state of `cover` is a text and not what the language takes for it; tokens are numbered anew, as they come;
 * what is said before a message counts as one of them.
 */
export function recorder(cover: Cover, model: Tape["model"]): { readonly cover: Cover; tape(): Tape } {
  const texts: string[] = [];
  const idOf = new Map<number, number>();
  const renumber = (token: number): number => {
    const known = idOf.get(token);
    if (known !== undefined) return known;
    idOf.set(token, texts.length);
    return texts.push(cover.text(token)) - 1;
  };
  const nodes = cover.starts.map((state) => ({
    inner: state,
    prefix: [texts.push(cover.opening(state)) - 1] as readonly number[],
    children: [] as number[],
    law: undefined as Law | undefined,
  }));
  const next = (state: number): Law => {
    const node = nodes[state];
    if (!node.law) {
      const { tokens, p } = cover.next(node.inner);
      node.law = { tokens: Array.from(tokens, renumber), p: Array.from(p) };
    }
    return node.law;
  };
  return {
    cover: {
      name: cover.name,
      k: cover.k,
      starts: nodes.map((_, start) => start),
      next,
      after(state, i) {
        const { inner, prefix, children } = nodes[state];
        if (children[i] === undefined) {
          const said = next(state).tokens[i];
          children[i] = nodes.length;
          nodes.push({ inner: cover.after(inner, i), prefix: [...prefix, said], children: [], law: undefined });
        }
        return children[i];
      },
      text: (token) => texts[token],
      opening: (state) => nodes[state].prefix.map((token) => texts[token]).join(""),
    },
    tape: () => ({
      schema: 1,
      kind: "plain-talk-tape",
      model,
      k: cover.k,
      tokens: [...texts],
      laws: nodes.flatMap(({ prefix, law }) =>
        law ? [{ prefix: [...prefix], tokens: [...Array.from(law.tokens)], p: [...Array.from(law.p)] }] : [],
      ),
      prompts: cover.starts.map((_, start) => [...nodes[start].prefix]),
    }),
  };
}
