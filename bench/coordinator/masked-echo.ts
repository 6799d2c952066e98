// An echo client of a group with secure aggregation: hands in keys, shares secrets, masks the update that all share, signs and reveals,
// as the protocol's state machine says, and downloads each round's checkpoint. What it keeps is in memory.
import { setTimeout as sleep } from 'node:timers/promises';
import { maskedMember, newMaskedState } from '@colora/coordinator/testing/masked-member';
import { ApiProblem, createApiClient } from '@colora/protocol/api-client';
import { fewestKeysAhead } from '@colora/protocol/masking/masking';
import { openSigner } from '@colora/protocol/proofs/signatures';
import type { TensorMap } from '@colora/tensors/tensor';
import { openHintSocket } from '../light/hint-socket.ts';
import { makeBell } from './bell.ts';
import type { EchoClient } from './echo-client.ts';

interface MaskedEchoOptions {
  readonly url: string;
  readonly group: string;
  readonly update: TensorMap;
  /** Called at the first sight of a round. */
  readonly onRound: (round: number) => void;
}

export async function joinMaskedEcho({
  url,
  group,
  update,
  onRound,
}: MaskedEchoOptions): Promise<EchoClient> {
  const state = newMaskedState();
  const { publicKey: signingKey } = openSigner(state.signingKey)!;
  const joined = await createApiClient(url, () => null).call('joinGroup', {
    params: { group },
    body: { signingKey },
  });
  const api = createApiClient(url, () => joined.key!);
  const member = maskedMember({ name: joined.participant, api: () => api, state }, joined.group, update);
  const bell = makeBell();
  const socket = openHintSocket(url, joined.key!, { onHint: bell.ring });
  await socket.ready;
  await member.handIn(2 * fewestKeysAhead);
  return {
    async run() {
      for (let seen = 0; ; ) {
        const heard = bell.next();
        const { round, maskingKeys, pollSeconds } = await member.assignment();
        if (round !== null && round.number > seen) {
          member.ledger.delete(seen);
          seen = round.number;
          onRound(seen);
          await api.call('getCheckpoint', { params: { group, version: round.version } });
        }
        if ((maskingKeys ?? 0) < fewestKeysAhead) await member.handIn(fewestKeysAhead);
        const moved = await member.move(() => ({ update, weight: 1 })).catch(idleWhereLate);
        if (moved === 'idle' || moved === 'wait') await Promise.race([heard, sleep(pollSeconds * 1000)]);
      }
    },
  };
}

/** The phase ended meanwhile. */
function idleWhereLate(error: unknown): 'idle' {
  if (error instanceof ApiProblem && error.problem.status === 409) return 'idle';
  throw error;
}
