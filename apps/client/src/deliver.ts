// Sending one finished contribution, and what each answer means for it. The bytes are the same at every
// attempt and named by their sha256, so the coordinator counts them once however often they arrive.
import { type ApiClient, ApiProblem } from '@colora/protocol/api-client';
import { type Backoff, retry } from './backoff.ts';
import type { Log } from './client-log.ts';

export interface Delivery {
  readonly group: string;
  readonly round: number;
  readonly sha256: string;
  readonly bytes: Uint8Array;
}

/** dropped: it can never count any more. kept: the group is paused, it may count later. */
export type DeliveryResult = 'acknowledged' | 'dropped' | 'kept';

const tooLate: ReadonlySet<string> = new Set([
  'stale-version',
  'not-collecting',
  'not-assigned',
  'unknown-round',
  'unknown-checkpoint',
  'wrong-group-state',
]);

/** Retries what can pass; throws ApiProblem for refusals that would only repeat (wrong tensors, too large). */
export async function deliver(
  api: ApiClient,
  delivery: Delivery,
  signal: AbortSignal,
  log: Log,
  backoff?: Backoff,
): Promise<DeliveryResult> {
  const { group, round, sha256, bytes } = delivery;
  try {
    const put = () => api.call('putContribution', { params: { group, round }, bytes, sha256, signal });
    const answer = await retry(put, { signal, log, doing: `contributing to round ${round}`, backoff });
    log(
      'info',
      `round ${round}: contribution ${answer.repeated ? 'was already' : ''} acknowledged`.replace('  ', ' '),
      {
        round,
        bytes: bytes.byteLength,
      },
    );
    return 'acknowledged';
  } catch (error) {
    if (!(error instanceof ApiProblem)) throw error;
    const { code } = error.problem;
    if (code === 'group-paused') return 'kept';
    if (tooLate.has(code)) {
      log(
        'warn',
        `round ${round}: came too late (${error.message}); the personal part keeps what it learnt`,
        { round },
      );
      return 'dropped';
    }
    if (code === 'duplicate-contribution') {
      log('warn', `round ${round}: another contribution of this participant was there first; going on`, {
        round,
      });
      return 'dropped';
    }
    throw error;
  }
}
