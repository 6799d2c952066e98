// Token ids of texts cut to a limit and joined, and which of them are learnt. Pure; the tokenizer is tokenizer.ts.
import { TrainingError } from '../training-error.ts';
import { commonStart, type RenderedChat, type Span } from './chat-turns.ts';

export interface Encoded {
  readonly ids: readonly number[];
  /** The text had more tokens than allowed. */
  readonly truncated: boolean;
  /** Language model: the tokens that are learnt. None of them is the first. */
  readonly learnt: readonly Span[];
}

export interface EncodedWords extends Encoded {
  /** The index of each word's first token; -1 for a word past the limit, or one the tokenizer has no token for. */
  readonly firsts: readonly number[];
}

/** The special tokens that a tokenizer puts around a text. */
export interface Around {
  readonly before: readonly number[];
  readonly after: readonly number[];
}

/** A text may bring the tokens that are put before it, as one that a chat template wrote does: it has them once. */
export function withoutStart(ids: readonly number[], start: readonly number[]): readonly number[] {
  return start.length > 0 && commonStart(start, ids) === start.length ? ids.slice(start.length) : ids;
}

/** The same of those after it. */
export function withoutEnd(ids: readonly number[], end: readonly number[]): readonly number[] {
  const from = ids.length - end.length;
  return end.length > 0 && from >= 0 && end.every((id, at) => ids[from + at] === id)
    ? ids.slice(0, from)
    : ids;
}

/** Drops the end of the content and keeps the special tokens around it. */
export function cutContent(
  content: readonly number[],
  { before, after }: Around,
  maxTokens: number,
): Encoded {
  const whole = [...before, ...content];
  if (whole.length + after.length <= maxTokens)
    return { ids: [...whole, ...after], truncated: false, learnt: [] };
  const kept = Math.max(maxTokens - after.length, 0);
  return { ids: [...whole.slice(0, kept), ...after].slice(0, maxTokens), truncated: true, learnt: [] };
}

export function joinWords(
  words: readonly (readonly number[])[],
  { before, after }: Around,
  maxTokens: number,
): EncodedWords {
  const limit = maxTokens - after.length;
  const content: number[] = [];
  const firsts = words.map((ids) => {
    const first = before.length + content.length;
    content.push(...ids);
    return ids.length > 0 && first < limit ? first : -1;
  });
  const ids = [...before, ...content];
  const truncated = ids.length > limit;
  return {
    ids: [...ids.slice(0, Math.max(limit, 0)), ...after].slice(0, maxTokens),
    truncated,
    learnt: [],
    firsts,
  };
}

export function inPieces(ids: readonly number[], maxTokens: number): Encoded[] {
  const pieces: Encoded[] = [];
  let start = 0;
  do {
    const piece = ids.slice(start, start + maxTokens);
    pieces.push({ ids: piece, truncated: false, learnt: [{ from: 1, to: piece.length }] });
    start += maxTokens - 1;
  } while (start < ids.length - 1);
  return pieces;
}

/** How a text becomes ids: by itself, and where it goes on from another. */
interface PartEncoding {
  plain(text: string): Promise<readonly number[]>;
  continuing(text: string): Promise<readonly number[]>;
}

/**
 * The tokens of an answer are apart from those before it, as they are when it is written: the two may merge in the text
 * (line breaks do). Throws TrainingError `wrong-task` where there is no answer.
 */
export async function encodeRendered(
  { text, answers }: RenderedChat,
  { plain, continuing }: PartEncoding,
  maxTokens: number,
): Promise<Encoded> {
  const ids = [...(await plain(text.slice(0, answers[0]?.from)))]; // the template writes the special tokens itself
  const spans: Span[] = [];
  for (const [index, { from, to }] of answers.entries()) {
    const next = answers[index + 1]?.from ?? text.length;
    const after = await continuing(text.slice(from, next));
    const learnt = to === next ? after.length : commonStart(await continuing(text.slice(from, to)), after);
    spans.push({ from: Math.max(ids.length, 1), to: ids.length + learnt });
    ids.push(...after);
  }
  const last = spans.at(-1);
  if (last === undefined) {
    throw new TrainingError(
      'wrong-task',
      'no message has the role "assistant", so there is nothing to learn',
    );
  }
  const over = Math.max(ids.length - maxTokens, 0);
  const cut = Math.min(over, Math.max(last.from - 1, 0));
  const kept = ids.slice(cut, cut + maxTokens);
  const learnt = spans
    .map(({ from, to }) => ({ from: Math.max(from - cut, 1), to: Math.min(to - cut, kept.length) }))
    .filter(({ from, to }) => from < to);
  return { ids: kept, truncated: over > 0, learnt };
}

export function joinCompletion(
  start: readonly number[],
  prompt: readonly number[],
  completion: readonly number[],
  maxTokens: number,
): Encoded {
  const room = Math.max(maxTokens - start.length - completion.length, 0);
  const kept = room >= prompt.length ? prompt : prompt.slice(prompt.length - room);
  const ids = [...start, ...kept, ...completion];
  const cut = ids.slice(0, maxTokens);
  return {
    ids: cut,
    truncated: kept.length < prompt.length || ids.length > maxTokens,
    learnt: [{ from: Math.max(start.length + kept.length, 1), to: cut.length }],
  };
}
