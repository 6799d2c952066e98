// Sends one contribution until it is acknowledged or refused, whatever happens on the way, and keeps the
// ledger: before each attempt and after each answer.
import { setTimeout as sleep } from 'node:timers/promises';
import { type ApiClient, ApiProblem, createApiClient } from '@colora/protocol/api-client';
import type { File, Made } from './content.ts';
import type { Ledger, LedgerEntry } from './ledger.ts';

export interface Delivery {
  readonly key: string;
  /** The coordinators' addresses. */
  readonly urls: readonly string[];
  readonly group: string;
  readonly ledger: Ledger;
  readonly stopped: AbortSignal;
}

export type Sending = Extract<LedgerEntry, { kind: 'sending' }>;

/** Begun and neither acknowledged nor refused: it may be in. */
export function unsettled({ entries }: Ledger, group: string): Sending[] {
  const settled = new Set(
    entries.flatMap((one) => (one.kind === 'acknowledged' || one.kind === 'refused' ? [one.sha256] : [])),
  );
  const sendings = entries.filter((one) => one.kind === 'sending' && one.group === group) as Sending[];
  const left = sendings.filter((one) => !settled.has(one.sha256));
  return [...new Map(left.map((one) => [one.sha256, one])).values()];
}

/** abandoned: one attempt, broken off after a moment, as by a client that lost its network. */
export async function deliver(
  delivery: Delivery,
  made: Made,
  file: File,
  how: 'settled' | 'abandoned' = 'settled',
): Promise<void> {
  do {
    if (await attempt(delivery, made, file, how === 'abandoned')) return;
    await rest(0.2 + Math.random(), delivery.stopped);
  } while (how === 'settled' && !delivery.stopped.aborted);
}

/** True when an answer settled it. */
async function attempt(
  delivery: Delivery,
  { round, version, rows }: Made,
  { bytes, sha256 }: File,
  abandoned: boolean,
): Promise<boolean> {
  const { group, ledger, stopped } = delivery;
  const about = { group, round, sha256 };
  ledger.write({ kind: 'sending', version, ...(rows && { rows }), ...about });
  const signal = abandoned ? AbortSignal.timeout(Math.ceil(Math.random() * 30)) : undefined;
  try {
    const call = { params: { group, round }, bytes, sha256, ...(signal && { signal }) };
    const told = await anyCoordinator(delivery).call('putContribution', call);
    const { repeated } = told;
    ledger.write({
      kind: 'acknowledged',
      group,
      round: told.round,
      madeFor: round,
      sha256: told.sha256,
      repeated,
    });
    return true;
  } catch (error) {
    if (!(error instanceof ApiProblem) || mayPass(error)) {
      ledger.write({ kind: 'lost', reason: reasonOf(error), ...about });
      const wait = error instanceof ApiProblem ? (error.retryAfter ?? 1) : 0;
      await rest(Math.min(wait, 3), stopped);
      return false;
    }
    ledger.write({ kind: 'refused', code: error.problem.code, ...about });
    return true;
  }
}

/** No stickiness: whoever answers will do. */
export function anyCoordinator({ urls, key }: Pick<Delivery, 'urls' | 'key'>): ApiClient {
  return createApiClient(urls[Math.floor(Math.random() * urls.length)]!, () => key, { timeoutSeconds: 10 });
}

/** Asking again later may help: overload, outage, and a paused group, which starts again. */
function mayPass({ problem }: ApiProblem): boolean {
  return problem.status >= 500 || problem.status === 429 || problem.code === 'group-paused';
}

function reasonOf(error: unknown): string {
  if (error instanceof ApiProblem) return `${error.problem.code}: ${error.message}`;
  return error instanceof Error ? error.message : String(error);
}

/** Pauses, or until stopped. */
export async function rest(seconds: number, signal: AbortSignal): Promise<void> {
  await sleep(seconds * 1000, undefined, { signal }).catch(() => undefined);
}
