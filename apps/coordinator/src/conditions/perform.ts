// A use case under the conditions that its request states in headers: If-Match, Idempotency-Key. What each means is if-match.ts's and
// answers/answer-once.ts's.
import { takesIdempotencyKey } from '@colora/protocol/openapi/route-problems';
import { ProblemError } from '@colora/protocol/problems';
import { answerOnce } from '../answers/answer-once.ts';
import type { KeyedRequest } from '../answers/kept-answers.ts';
import type { Context } from '../context.ts';
import type { Perform } from '../http/call.ts';
import { etagOf, ifMatching } from './if-match.ts';

type Asked = Parameters<Perform>[1];

export const perform: Perform = async (context, asked, use) => {
  const { answer, isRepeated } = await answered(context, asked, use);
  const { revision } = answer as { revision?: unknown };
  return {
    answer,
    headers: {
      ...(isRepeated ? { 'idempotent-replayed': 'true' } : {}),
      ...(typeof revision === 'number' ? { etag: etagOf(revision) } : {}),
    },
  };
};

async function answered(
  context: Context,
  asked: Asked,
  use: (context: Context) => Promise<unknown>,
): Promise<{ readonly answer: unknown; readonly isRepeated: boolean }> {
  const { route, request, holder } = asked;
  const { group } = request.params as { group?: string };
  const ifMatch = request.headers['if-match'];
  const change = (given: Context) =>
    route.ifMatch === true && holder !== undefined && group !== undefined
      ? ifMatching(given, { ifMatch, group, caller: holder }, use)
      : use(given);
  const keyed = keyedRequest(asked);
  if (keyed === null) return { answer: await change(context), isRepeated: false };
  const { text, isRepeated } = await answerOnce(context, keyed, async (given) =>
    JSON.stringify(await change(given)),
  );
  return { answer: JSON.parse(text), isRepeated };
}

/** Null without the header; it is for what is posted, everything else can be repeated as it is. */
function keyedRequest({ route, request, holder }: Asked): KeyedRequest | null {
  const { method, url, headers, body } = request;
  const idempotencyKey = headers['idempotency-key'];
  if (idempotencyKey === undefined || !takesIdempotencyKey(route)) return null;
  if (typeof idempotencyKey !== 'string' || !/^[!-~]{1,200}$/.test(idempotencyKey))
    throw new ProblemError(
      'invalid-request',
      'Idempotency-Key: is 1 to 200 visible characters of ASCII, a random UUID for instance',
    );
  if (holder === undefined)
    throw new ProblemError(
      'invalid-request',
      'Idempotency-Key: is a caller’s own, and without an API key nobody is known: leave it out',
    );
  return {
    ...{ keyId: holder.keyId, idempotencyKey },
    credential: headers.authorization ?? headers.cookie ?? '',
    request: JSON.stringify([method, url, body ?? null]),
  };
}
