// One light client in one group: asks what to do, "trains", sends, and writes down what it was told. It
// keeps nothing but its ledger, goes on from it after any death, and picks a coordinator anew for each call.

import { type ApiClient, ApiProblem } from '@colora/protocol/api-client';
import { clusterRowName } from '@colora/protocol/clusters/cluster-rows';
import type { Assignment } from '@colora/protocol/entities';
import { sha256Hex } from '@colora/protocol/sha256';
import { contributionOf, type Form, type Made, moodOf, probeOf } from './content.ts';
import { anyCoordinator, type Delivery, deliver, rest, type Sending, unsettled } from './deliver.ts';
import type { Ledger } from './ledger.ts';

export interface ClientOptions extends Delivery, Form {
  readonly seed: number;
  readonly name: string;
  readonly thinkSeconds: readonly [number, number];
}

/** Runs until it is stopped or the group is completed. What was sending at its last death is settled first. */
export async function runClient(options: ClientOptions): Promise<void> {
  const { group, ledger, stopped } = options;
  await settleOld(options);
  if (options.clustered) await sendProbe(options);
  while (!stopped.aborted) {
    const now = await ask(options, (api) => api.call('getAssignment', { params: { group } }));
    if (now === null) continue;
    if (now.state === 'completed') return;
    const { round } = now;
    if (round !== null && !isDone(ledger, group, round.number)) await takePart(options, round, now.place);
    else if (round !== null && !round.contributed) checkForgotten(ledger, group, round.number);
    await rest(now.pollSeconds * (0.5 + Math.random()), stopped);
  }
}

/** A call to any coordinator; null when it did not work out, after a pause. */
async function ask<Answer>(
  options: ClientOptions,
  call: (api: ApiClient) => Promise<Answer>,
): Promise<Answer | null> {
  try {
    return await call(anyCoordinator(options));
  } catch (error) {
    const pause = error instanceof ApiProblem ? (error.retryAfter ?? 1) : 0.5;
    await rest(Math.min(pause, 2) * (0.5 + Math.random()), options.stopped);
    return null;
  }
}

/** In its first life of one label: after a death it has examples of the others too. */
async function sendProbe(options: ClientOptions): Promise<void> {
  const { seed, name: client, group, ledger, stopped } = options;
  const { bytes, sha256 } = probeOf(
    { seed, client, group },
    options,
    ledger.entries.length > 0 ? 'all' : 'one',
  );
  const put = (api: ApiClient) => api.call('putProbe', { params: { group }, bytes, sha256 });
  while (!stopped.aborted && (await ask(options, put)) === null);
}

async function takePart(
  options: ClientOptions,
  round: NonNullable<Assignment['round']>,
  place: Assignment['place'],
): Promise<void> {
  const { group, seed, name, thinkSeconds, stopped } = options;
  if (!(await readCheckpoint(options, round.version))) return;
  const [least, most] = thinkSeconds;
  await rest(least + Math.random() * (most - least), stopped);
  if (stopped.aborted) return;
  const { number, version, travelling } = round;
  const rows = place?.rows
    .filter(({ label }) => travelling?.includes(label) ?? true)
    .map(({ label }) => clusterRowName(place.cluster, label));
  const made: Made = { seed, client: name, group, round: number, version, ...(rows && { rows }) };
  const mood = moodOf(made);
  const file = contributionOf(made, options, 'regular');
  if (mood === 'poisoned-before') await deliver(options, made, contributionOf(made, options, 'poisoned'));
  if (mood === 'abandon') await deliver(options, made, file, 'abandoned');
  const copies = mood === 'twice' ? 2 : 1;
  await Promise.all(Array.from({ length: copies }, () => deliver(options, made, file)));
  if (mood === 'other-after') await deliver(options, made, contributionOf(made, options, 'other'));
}

/** Downloads what the contribution is made at, and notes its hash: everybody must have seen the same. */
async function readCheckpoint(options: ClientOptions, version: number): Promise<boolean> {
  const { group, ledger } = options;
  if (ledger.entries.some((one) => one.kind === 'saw' && one.group === group && one.version === version)) {
    return true;
  }
  const bytes = await ask(options, async (api) => {
    const response = await api.call('getCheckpoint', { params: { group, version } });
    return new Uint8Array(await response.arrayBuffer());
  });
  if (bytes === null) return false;
  ledger.write({ kind: 'saw', group, version, sha256: sha256Hex(bytes) });
  return true;
}

async function settleOld(options: ClientOptions): Promise<void> {
  const { ledger, group, seed, name } = options;
  for (const sending of unsettled(ledger, group)) {
    const { round, version, rows } = sending;
    const made: Made = { seed, client: name, group, round, version, ...(rows && { rows }) };
    const variants = (['regular', 'other', 'poisoned'] as const).map((variant) =>
      contributionOf(made, options, variant),
    );
    const file = variants.find(({ sha256 }) => sha256 === sending.sha256);
    if (file === undefined) noteWrong(options, sending);
    else await deliver(options, made, file);
  }
}

function noteWrong({ ledger, group }: ClientOptions, { round }: Sending): void {
  ledger.write({ kind: 'wrong', group, what: `round ${round}: the ledger names bytes nobody can make` });
}

/** Acknowledged, or refused for good. */
function isDone({ entries }: Ledger, group: string, round: number): boolean {
  return entries.some((one) => {
    if (one.kind === 'acknowledged')
      return one.group === group && (one.round === round || one.madeFor === round);
    return one.kind === 'refused' && one.code !== 'not-finite' && one.group === group && one.round === round;
  });
}

function checkForgotten(ledger: Ledger, group: string, round: number): void {
  const told = ledger.entries.some(
    (one) => one.kind === 'acknowledged' && one.group === group && one.round === round,
  );
  const what = `round ${round}: acknowledged, and then asked for again`;
  const noted = ledger.entries.some((one) => one.kind === 'wrong' && one.what === what);
  if (told && !noted) ledger.write({ kind: 'wrong', group, what });
}
