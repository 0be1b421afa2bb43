import { dirname, join } from "node:path";
import { InputError } from "masque";
import { type Cover, type Law, lawOf } from "../../envs/plain-talk/covers.ts";
import { type Laws, lawsInFile } from "./laws.ts";
import { findModel, type LanguageModel, MODEL, openModel } from "./model.ts";

/** Where laws are kept, beside the model. */
const LAWS = `laws-${MODEL.sha256.slice(0, 8)}.jsonl`;
/** Candidates of a law. */
export const K = 16;

/** How messages begin, and the model's tokens of that. */
export const PROMPTS: readonly { readonly text: string; readonly tokens: readonly number[] }[] = [
  { text: "The committee met on Tuesday and", tokens: [2, 818, 9769, 1645, 580, 9863, 532] },
  { text: "Thank you for your letter of", tokens: [2, 14782, 611, 573, 822, 6064, 529] },
  { text: "In the morning the two of them", tokens: [2, 902, 506, 5597, 506, 1156, 529, 1091] },
  { text: "The history of the town begins", tokens: [2, 818, 4083, 529, 506, 5148, 12502] },
  { text: "To make a good soup, you", tokens: [2, 2021, 1386, 496, 1535, 18987, 236764, 611] },
  { text: "Dear colleagues, I am writing to", tokens: [2, 31163, 16934, 236764, 564, 1006, 5712, 531] },
  { text: "The company said on Monday that", tokens: [2, 818, 2544, 1176, 580, 8492, 600] },
  { text: "When she opened the door,", tokens: [2, 4420, 1304, 8678, 506, 5232, 236764] },
];

interface Options {
  readonly open?: () => LanguageModel;
  /** Laws that were given before; kept beside the model where nothing is said. */
  readonly laws?: Laws;
}

/** What was said so far, and, once it was asked, what comes next. */
interface Said {
  readonly prefix: readonly number[];
  readonly children: number[];
  law?: Law;
}

/**
 * The language of Gemma 3 270M as it speaks now: the 16 likeliest of the next tokens that are text, renormalised, in 4096ths.
 * The model is opened when a law is asked that it has not given before. States are numbered as they come, so a number means
 * nothing to another cover. Laws depend on what was said alone, to the bit, on one machine; another may round otherwise. Tokens are delivered, not letters: a text may be read as other tokens than it was written in.
 * @throws InputError, when it is asked, where the model is missing or another one
 */
export function ggufCover({ open = openModel, laws }: Options = {}): Cover {
  const said: Said[] = PROMPTS.map(({ tokens }) => ({ prefix: tokens, children: [] }));
  const texts = new Map<number, string>();
  let opened: LanguageModel | undefined;
  let known = laws;
  const kept = (): Laws => {
    known ??= keptLaws();
    return known;
  };
  const model = (): LanguageModel => {
    opened ??= checked(open(), kept());
    return opened;
  };
  const lawAfter = (prefix: readonly number[]): Law => {
    const before = kept().get(prefix);
    if (before) return before;
    const law = lawNow(model(), prefix);
    kept().set(prefix, law);
    return law;
  };
  const next = (state: number): Law => {
    const one = said[state];
    one.law ??= lawAfter(one.prefix);
    return one.law;
  };
  return {
    name: "gguf",
    k: K,
    starts: PROMPTS.map((_, start) => start),
    next,
    after(state, i) {
      const { prefix, children } = said[state];
      children[i] ??= said.push({ prefix: [...prefix, next(state).tokens[i]], children: [] }) - 1;
      return children[i];
    },
    text(token) {
      if (!texts.has(token)) texts.set(token, model().text([token]));
      return texts.get(token)!;
    },
    opening: (state) => PROMPTS[state]?.text ?? model().text(said[state].prefix.slice(1)),
  };
}

/** After a prefix, the law that agents and overseers see. */
export function lawNow(model: LanguageModel, prefix: readonly number[]): Law {
  const [likeliest] = model.laws([prefix]);
  const tokens = likeliest.map(([token]) => token);
  return lawOf(
    tokens,
    Float64Array.from(likeliest, ([, probability]) => probability),
    K,
  );
}

/** The model, if it is the right one and laws that were kept are such as it gives. */
function checked(model: LanguageModel, laws: Laws): LanguageModel {
  const fault = faultOf(model, laws);
  if (fault === undefined) return model;
  model.close();
  throw new InputError(fault);
}

function faultOf(model: LanguageModel, laws: Laws): string | undefined {
  if (model.sha256 !== MODEL.sha256) {
    return `The model has SHA-256 ${model.sha256}, expected ${MODEL.sha256}: ${MODEL.name}.`;
  }
  const [{ tokens }] = PROMPTS;
  const before = laws.get(tokens);
  if (!before || written(before) === written(lawNow(model, tokens))) return undefined;
  return `Laws were kept that the model does not give now: by another machine or node-llama-cpp. Delete ${LAWS} beside it.`;
}

const written = ({ tokens, p }: Law) => JSON.stringify([Array.from(tokens), Array.from(p)]);

/** Beside the model, in a file of their own. */
function keptLaws(): Laws {
  return lawsInFile(join(dirname(findModel().file), LAWS), K);
}

/** The one that game and scripts share. */
export const GEMMA: Cover = ggufCover();
