// A process with the members of the masked group, who keep on the disk what a daemon keeps, and go on from it after any death: what
// the run kills, beside the other crews. Started with the path of a JSON file; SIGTERM lets what is under way be answered.

import { setMaxListeners } from 'node:events';
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import {
  type MaskedMember,
  type MaskedState,
  maskedMember,
  newMaskedState,
} from '@colora/coordinator/testing/masked-member';
import { ApiProblem, createApiClient } from '@colora/protocol/api-client';
import { fewestKeysAhead } from '@colora/protocol/masking/masking';
import { openSigner } from '@colora/protocol/proofs/signatures';
import { decode } from '@colora/tensors/safetensors/safetensors';
import { type Form, givenOf, initialCheckpoint } from './content.ts';
import { rest } from './deliver.ts';
import { type Ledger, openLedger } from './ledger.ts';

export interface MaskedPlan {
  readonly seed: number;
  readonly urls: readonly string[];
  /** Where the ledgers lie, and where members keep their secrets. */
  readonly folder: string;
  readonly secrets: string;
  readonly clients: readonly { readonly name: string; readonly key: string }[];
  readonly group: string;
  readonly form: Form;
  readonly thinkSeconds: readonly [number, number];
}

const plan = JSON.parse(readFileSync(process.argv[2]!, 'utf8')) as MaskedPlan;
const stop = new AbortController();
setMaxListeners(0, stop.signal);
process.once('SIGTERM', () => stop.abort());

console.log('masked members are at work');
await Promise.all(plan.clients.map(runMember));

async function runMember({ name, key }: MaskedPlan['clients'][number]): Promise<void> {
  const { group, urls, folder, secrets, seed, form, thinkSeconds } = plan;
  const ledger = openLedger(join(folder, `${name}@${group}.jsonl`));
  const path = join(secrets, `${name}.json`);
  const api = () =>
    createApiClient(urls[Math.floor(Math.random() * urls.length)]!, () => key, { timeoutSeconds: 10 });
  const state = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as MaskedState) : newMaskedState();
  saveDurably(path, state);
  const { publicKey: signingKey } = openSigner(state.signingKey)!;
  let member: MaskedMember | null = null;
  while (!stop.signal.aborted) {
    try {
      const { group: joined } = await api().call('joinGroup', { params: { group }, body: { signingKey } });
      member = maskedMember(
        {
          ...{ name, api, state },
          save: (kept) => saveDurably(path, kept),
          send: (sent) => sendOnce(ledger, sent, api),
          onRefuse: (why) => ledger.write({ kind: 'wrong', group, what: `refused, and nobody lied: ${why}` }),
        },
        joined,
        decode(initialCheckpoint(seed, group, form.shapes).bytes).tensors, // as the plan has them
      );
      break;
    } catch (error) {
      await pauseAfter(error);
    }
  }
  let thought = 0; // the last round that she "trained" for
  while (!stop.signal.aborted && member !== null) {
    try {
      const now = await member.assignment();
      if ((now.maskingKeys ?? 0) < fewestKeysAhead) await member.handIn(2 * fewestKeysAhead);
      const { round } = now;
      if (round?.masking?.phase === 'masking' && round.masking.awaited && thought !== round.number) {
        thought = round.number;
        await rest(thinkSeconds[0] + Math.random() * (thinkSeconds[1] - thinkSeconds[0]), stop.signal);
      }
      const kind = await member.move((at, version) =>
        givenOf({ seed, client: name, group, round: at, version }, form.shapes),
      );
      await rest(kind === 'idle' || kind === 'wait' ? 0.4 + Math.random() : 0.05, stop.signal);
    } catch (error) {
      await pauseAfter(error);
    }
  }
  ledger.close();
}

/** Once: whatever comes of it, the next move is told by the coordinator. */
async function sendOnce(
  ledger: Ledger,
  sent: Parameters<NonNullable<Parameters<typeof maskedMember>[0]['send']>>[0],
  api: () => ReturnType<typeof createApiClient>,
): Promise<void> {
  const { round, version, bytes, sha256, headers } = sent;
  const { group } = plan;
  const about = { group, round, sha256 };
  ledger.write({ kind: 'sending', version, ...about });
  try {
    const told = await api().call('putContribution', { params: { group, round }, bytes, sha256, headers });
    ledger.write({ kind: 'acknowledged', ...about, madeFor: round, repeated: told.repeated });
  } catch (error) {
    const isSettled =
      error instanceof ApiProblem && error.problem.status < 500 && error.problem.status !== 429;
    if (isSettled) ledger.write({ kind: 'refused', code: error.problem.code, ...about });
    else ledger.write({ kind: 'lost', reason: String(error), ...about });
    throw error;
  }
}

async function pauseAfter(error: unknown): Promise<void> {
  const pause = error instanceof ApiProblem ? (error.retryAfter ?? 1) : 0.5;
  if (!(error instanceof ApiProblem)) console.error(String(error));
  await rest(Math.min(pause, 2) * (0.5 + Math.random()), stop.signal);
}

/** On the disk before it returns; never half of it. */
function saveDurably(path: string, state: MaskedState): void {
  const file = openSync(`${path}.part`, 'w', 0o600);
  writeSync(file, JSON.stringify(state));
  fsyncSync(file);
  closeSync(file);
  renameSync(`${path}.part`, path);
}
