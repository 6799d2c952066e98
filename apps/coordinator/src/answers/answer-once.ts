// A request with an Idempotency-Key (draft-ietf-httpapi-idempotency-key-header) is done once, however often, to whichever coordinator
// of the database and in whatever moment of a crash it is sent: the mark that it was done is written in the transaction that does it.
// How answers are kept is kept-answers.ts's.
import { setTimeout as sleep } from 'node:timers/promises';
import { ProblemError } from '@colora/protocol/problems';
import type { Context } from '../context.ts';
import { withFirst } from './first-in-transaction.ts';
import { claimKey, findAnswer, type KeptAnswer, type KeyedRequest, keepAnswer } from './kept-answers.ts';

export interface Answer {
  readonly text: string;
  /** It is the answer that was given before. */
  readonly isRepeated: boolean;
}

/** Somebody else was first: found inside the transaction, which then does nothing. */
class Claimed extends Error {}

/** Looks so many times, so long apart, whether the first of two at once has its answer. */
const looks = 20;
const betweenMs = 150;

/** What is refused isn't kept: it may be asked again with the same key. */
export async function answerOnce(
  context: Context,
  asked: KeyedRequest,
  perform: (context: Context) => Promise<string>,
): Promise<Answer> {
  const known = await findAnswer(context, asked);
  if (known !== null) return await repeat(context, asked, known);
  const claiming = withFirst(context, async (tx) => {
    if (!(await claimKey(tx, asked))) throw new Claimed();
  });
  try {
    const text = await perform(claiming);
    // it is done: whoever asked hears so, whether or not its answer can be kept
    await keepAnswer(context, asked, text).catch((error: unknown) =>
      context.log.warn({ err: error }, 'an answer could not be kept for its Idempotency-Key'),
    );
    return { text, isRepeated: false };
  } catch (error) {
    if (!(error instanceof Claimed)) throw error;
    return await repeat(context, asked, await findAnswer(context, asked));
  }
}

async function repeat(context: Context, asked: KeyedRequest, first: KeptAnswer | null): Promise<Answer> {
  for (let look = 0, known = first; look < looks; look += 1) {
    if (known !== null && !known.isSameRequest)
      throw new ProblemError(
        'key-reused',
        'this Idempotency-Key came with another request before: use a new one for each',
      );
    if (known !== null && known.text !== null) return { text: known.text, isRepeated: true };
    await sleep(betweenMs);
    known = await findAnswer(context, asked);
  }
  throw new ProblemError(
    'answer-lost',
    'this was asked with the same Idempotency-Key before and was done, or is being done; its answer isn’t kept (the coordinator stopped in between, say): look at what is there before you ask with another key',
  );
}
