// Sending one finished contribution, and what each answer means for it. The bytes are the same at every
// attempt and named by their sha256, so the coordinator counts them once however often they arrive.
import { ApiProblem, fillPath, parseJson, refusal } from '@colora/protocol/api-client';
import { formatContentDigest } from '@colora/protocol/digest';
import type { Acknowledgement } from '@colora/protocol/entities';
import { meaningOf } from '@colora/protocol/problem-table';
import { signatureHeader } from '@colora/protocol/proofs/signatures';
import { routes } from '@colora/protocol/routes';
import type { Log } from '../client-log.ts';
import type { Waiting } from '../workspace/outbox.ts';
import { type Backoff, retry } from './backoff.ts';
import type { Transfers } from './transfers.ts';
import { putFile } from './upload.ts';

export interface Delivery {
  readonly group: string;
  readonly round: number;
  readonly contribution: Waiting;
  /** Of the contribution's statement, in hex. */
  readonly signature: string;
}

/** By what it goes, and until when. */
export interface DeliveryLine {
  readonly transfers: Transfers;
  readonly signal: AbortSignal;
  readonly log: Log;
  readonly backoff?: Backoff | undefined;
  /** What comes of it is done before the contribution counts as acknowledged here. */
  readonly onAnswer: (answer: Acknowledgement) => Promise<void>;
}

/**
 * dropped: it can never count any more. kept: the group is paused, it may count later. An ApiProblem: what it
 * holds was refused, and sending it again would only repeat that.
 */
export type DeliveryResult = 'acknowledged' | 'dropped' | 'kept' | ApiProblem;

/** Retries what can pass; throws ApiProblem for refusals of the sender (a revoked key). */
export async function deliver(
  delivery: Delivery,
  { transfers, signal, log, backoff, onAnswer }: DeliveryLine,
): Promise<DeliveryResult> {
  const { round, contribution } = delivery;
  try {
    const put = () => send(transfers, delivery, signal);
    const answer = await retry(put, { signal, log, doing: `contributing to round ${round}`, backoff });
    await onAnswer(answer);
    log('info', `round ${round}: ${acknowledged(round, answer)}`, { round, bytes: contribution.bytes });
    return 'acknowledged';
  } catch (error) {
    if (!(error instanceof ApiProblem)) throw error;
    return settle(error, round, log);
  }
}

async function send(
  transfers: Transfers,
  { group, round, signature, contribution: { path: file, bytes, sha256 } }: Delivery,
  signal: AbortSignal,
): Promise<Acknowledgement> {
  const { url, connections, upload, patienceSeconds } = transfers;
  const path = fillPath(routes.putContribution.path, { group, round });
  const key = transfers.key();
  await transfers.daily?.roomFor(bytes, `the contribution to round ${round}`, signal);
  const sending = putFile({
    url: url + path,
    connections,
    headers: {
      'content-type': 'application/octet-stream',
      'content-digest': formatContentDigest(sha256),
      [signatureHeader]: signature,
      ...(key === null ? {} : { authorization: `Bearer ${key}` }),
    },
    path: file,
    bytes,
    sha256,
    signal,
    bucket: upload,
    patienceSeconds,
  });
  const { status, header, text } = await sending.finally(() => transfers.daily?.used(bytes));
  const parsed = routes.putContribution.answer.safeParse(parseJson(text));
  if (status >= 200 && status <= 299 && parsed.success) return parsed.data;
  const to = { url, proxy: connections.proxyOf(url) };
  throw refusal({ to, method: routes.putContribution.method, path }, status, header, text);
}

function acknowledged(round: number, answer: Acknowledgement): string {
  if (answer.round !== round) return `late, and counted in round ${answer.round}`;
  return answer.repeated ? 'contribution was already acknowledged' : 'contribution acknowledged';
}

function settle(refused: ApiProblem, round: number, log: Log): DeliveryResult {
  const drop = (why: string): DeliveryResult => {
    const what = `${why} (${refused.message}); the personal part keeps what it learnt`;
    log('warn', `round ${round}: ${what}`, { round });
    return 'dropped';
  };
  switch (meaningOf(refused.problem).means) {
    case 'paused':
      return 'kept';
    case 'content':
      return refused;
    case 'too-late':
      return drop('came too late');
    case 'duplicate':
      return drop(
        'another contribution of this participant was there first: is a copy of this workspace, or its key, in use elsewhere? Each machine needs a workspace of its own',
      );
    default:
      throw refused;
  }
}
