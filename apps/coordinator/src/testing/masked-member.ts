// For tests: a member of masked rounds who does what packages/privacy's state machine says, one move at a time, and keeps in memory
// what a daemon keeps on its disk. No tests here.
import { randomBytes } from 'node:crypto';
import { maskedFile } from '@colora/privacy/masking/masked-file';
import { maskVector } from '@colora/privacy/masking/member-secrets';
import { type Attempt, beginAttempt, type Move, nextMove } from '@colora/privacy/masking/member-steps';
import { verifyRoster } from '@colora/privacy/masking/roster';
import { fillVector, layVector } from '@colora/privacy/rings/masked-vector';
import { openAgreementKey } from '@colora/privacy/sharing/key-agreement';
import type { ApiClient } from '@colora/protocol/api-client';
import type { Acknowledgement, Assignment, TaskGroup } from '@colora/protocol/entities';
import type { MaskedRound } from '@colora/protocol/masking/masking';
import { fewestMasked } from '@colora/protocol/masking/masking-conflicts';
import { maskingKeyForm } from '@colora/protocol/masking/masking-forms';
import { ringHolding, ringLoadOf } from '@colora/protocol/masking/masking-ring';
import { makePrivateKey, openSigner, type Signer, signatureHeader } from '@colora/protocol/proofs/signatures';
import { contributionForm } from '@colora/protocol/proofs/statement';
import { sha256Hex } from '@colora/protocol/sha256';
import type { TensorMap } from '@colora/tensors/tensor';

export interface MaskedMember {
  readonly name: string;
  readonly api: Pick<ApiClient, 'call'>;
  readonly signer: Signer;
  /** What she keeps of the attempt that she is in. */
  attempt: Attempt | null;
  /** By round, what she sent: the whole numbers under the mask. */
  readonly ledger: Map<number, Int32Array>;
  /** Hands in so many keys more. */
  handIn(count: number): Promise<number>;
  assignment(): Promise<Assignment>;
  /** How far the live round is, as she is told. */
  told(): Promise<MaskedRound>;
  /** Does what is hers to do now, one move; the kind of it. `update` is what she has to give. */
  move(update: TensorMap, weight?: number): Promise<Move['kind'] | 'idle'>;
  /** Sends her contribution once more, as it was sent. */
  sendAgain(): Promise<Acknowledgement>;
}

/** She has told her signing key. `initial`: the plan of contributions, that is the checkpoint's tensors. */
export function maskedMember(
  {
    name,
    api,
    signer = openSigner(makePrivateKey())!,
  }: Pick<MaskedMember, 'name' | 'api'> & { signer?: Signer },
  group: Pick<TaskGroup, 'name' | 'createdAt' | 'settings'>,
  initial: TensorMap,
): MaskedMember {
  const { settings } = group;
  const about = { group: group.name, groupCreatedAt: group.createdAt };
  const sealingKey = new Uint8Array(randomBytes(32));
  const maskingKeys = new Map<number, Uint8Array>();
  const params = { group: group.name };
  const layout = layVector([...initial].map(([tensor, { shape }]) => ({ name: tensor, shape })));
  let sent: (() => Promise<Acknowledgement>) | null = null;

  const member: MaskedMember = {
    name,
    api,
    signer,
    attempt: null,
    ledger: new Map(),
    async handIn(count) {
      const sealing = openAgreementKey(sealingKey).publicKey;
      const keys = Array.from({ length: count }, () => {
        const index = maskingKeys.size;
        const secret = new Uint8Array(randomBytes(32));
        maskingKeys.set(index, secret);
        const maskingKey = openAgreementKey(secret).publicKey;
        const text = maskingKeyForm.write({
          ...about,
          key: signer.publicKey,
          index,
          maskingKey,
          sealingKey: sealing,
        });
        return { index, maskingKey, signature: signer.sign(text) };
      });
      return (await api.call('putMaskingKeys', { params, body: { sealingKey: sealing, keys } })).unused;
    },
    assignment: () => api.call('getAssignment', { params }),
    async told() {
      const { round } = await member.assignment();
      return await api.call('showMasking', { params: { ...params, round: round?.number ?? 0 } });
    },
    async move(update, weight = 1) {
      const { round, checkpoint } = await member.assignment();
      if (round?.masking?.awaited !== true) return 'idle';
      const at = { ...params, round: round.number };
      const told = await api.call('showMasking', { params: at });
      const expected = { ...about, round: round.number, key: signer.publicKey, vouchedBy: null };
      const standpoint = { expected, sealingKey, needed: fewestMasked(settings) };
      let move = nextMove(member.attempt, told, standpoint);
      if (move.kind === 'begin') {
        const own = verifyRoster(move.rosterText, expected);
        const secret = maskingKeys.get(own.members[own.number]!.index)!;
        member.attempt = beginAttempt(own, standpoint, Buffer.from(secret).toString('hex'), (bytes) =>
          randomBytes(bytes),
        );
        move = nextMove(member.attempt, told, standpoint);
      }
      if (move.kind === 'wait' || move.kind === 'begin') return 'wait';
      if (move.kind === 'refuse') return 'refuse';
      const { attempt } = move;
      member.attempt = attempt;
      const of = { attempt: attempt.attempt, roster: told.roster };
      if (move.kind === 'share') {
        await api.call('putShares', { params: at, body: { ...of, shares: [...attempt.sealed] } });
      } else if (move.kind === 'sign') {
        await api.call('putSendersSignature', {
          params: at,
          body: { ...of, signature: signer.sign(move.text) },
        });
      } else if (move.kind === 'reveal') {
        await api.call('putReveals', { params: at, body: { ...of, reveals: [...(attempt.reveals ?? [])] } });
      } else {
        const { own } = move;
        const ring = ringHolding(ringLoadOf(settings, own.members.length))!;
        const { bits, range = settings.privacy.clipNorm! } = settings.privacy.secureAggregation!;
        const told0 = { contribution: update, weight, personalLoss: null, sharedLoss: 0.5 };
        const vector =
          member.ledger.get(round.number) ?? fillVector(layout, told0, { bits, range }, () => 0.5).vector;
        member.ledger.set(round.number, vector);
        const secrets = {
          ...{ sealingKey, maskingKey: Buffer.from(attempt.maskingKey, 'hex') },
          selfMask: Buffer.from(attempt.selfMask, 'hex'),
        };
        const masked = maskVector(own, secrets, attempt.sharers!, { vector, ring });
        const claims = { kind: 'delta', version: round.version, round: round.number, examples: 1 } as const;
        const bytes = maskedFile({ ...claims, ...of, ring }, masked);
        const statement = contributionForm.write({
          ...{
            ...about,
            participant: name,
            key: signer.publicKey,
            ...claims,
            checkpoint: checkpoint!.sha256,
          },
          ...{ personalLoss: null, sharedLoss: null, sha256: sha256Hex(bytes), bytes: bytes.length },
        });
        const headers = { [signatureHeader]: signer.sign(statement) };
        sent = () => api.call('putContribution', { params: at, bytes, sha256: sha256Hex(bytes), headers });
        await sent();
      }
      return move.kind;
    },
    sendAgain: () => sent!(),
  };
  return member;
}
