// For tests: a member of masked rounds who does what packages/privacy's state machine says, one move at a time. What she keeps is a
// value, and is given to be kept before anything of it leaves. No tests here.
import { randomBytes } from 'node:crypto';
import { maskedFile } from '@colora/privacy/masking/masked-file';
import { maskVector } from '@colora/privacy/masking/member-secrets';
import { type Attempt, beginAttempt, type Move, nextMove } from '@colora/privacy/masking/member-steps';
import { verifyRoster } from '@colora/privacy/masking/roster';
import { randomIntegers, systemBytes } from '@colora/privacy/noise/random-integers';
import { fixedPointOf } from '@colora/privacy/rings/fixed-point';
import { fillVector, layVector } from '@colora/privacy/rings/masked-vector';
import { fillNoisedVector, noisedPointOf } from '@colora/privacy/rings/noised-vector';
import type { ToldVerdict } from '@colora/privacy/rings/verdict-numbers';
import { openAgreementKey } from '@colora/privacy/sharing/key-agreement';
import type { ApiClient } from '@colora/protocol/api-client';
import type { Acknowledgement, Assignment, TaskGroup } from '@colora/protocol/entities';
import type { MaskedRound } from '@colora/protocol/masking/masking';
import { fewestMasked } from '@colora/protocol/masking/masking-conflicts';
import { maskingKeyForm } from '@colora/protocol/masking/masking-forms';
import { ringHolding, ringLoadOf } from '@colora/protocol/masking/masking-ring';
import { makePrivateKey, openSigner, type Signer, signatureHeader } from '@colora/protocol/proofs/signatures';
import { contributionForm } from '@colora/protocol/proofs/statement';
import { roundSettingsHash } from '@colora/protocol/settings/changes';
import { sha256Hex } from '@colora/protocol/sha256';
import type { TensorMap } from '@colora/tensors/tensor';

/** All that she keeps; keys in hex but for the first, which is as makePrivateKey made it. */
export interface MaskedState {
  readonly signingKey: string;
  readonly sealingKey: string;
  /** By index. */
  readonly maskingKeys: readonly string[];
  readonly attempt: Attempt | null;
  /** Of the last round that she made one for: what is under the mask. */
  readonly plain: { readonly round: number; readonly vector: readonly number[] } | null;
}

export function newMaskedState(signingKey = makePrivateKey()): MaskedState {
  const sealingKey = randomBytes(32).toString('hex');
  return { signingKey, sealingKey, maskingKeys: [], attempt: null, plain: null };
}

/** What she has to give. */
export interface Given {
  readonly update: TensorMap;
  readonly weight: number;
  /** Left out: she tells none. */
  readonly verdict?: ToldVerdict | null;
}

interface Sent {
  readonly round: number;
  readonly version: number;
  readonly bytes: Uint8Array;
  readonly sha256: string;
  readonly headers: Readonly<Record<string, string>>;
}

interface MemberOptions {
  readonly name: string;
  readonly api: () => Pick<ApiClient, 'call'>;
  readonly state: MaskedState;
  /** Before anything that follows from it leaves. */
  readonly save?: (state: MaskedState) => void;
  /** Instead of sending a contribution plainly. */
  readonly send?: (sent: Sent) => Promise<void>;
  /** She does nothing more in the round, since what she was told can't be. */
  readonly onRefuse?: (why: string) => void;
}

export interface MaskedMember {
  readonly name: string;
  readonly signer: Signer;
  call: ApiClient['call'];
  /** By round, what she sent: the whole numbers under the mask. */
  readonly ledger: Map<number, Int32Array>;
  /** Hands in so many keys more. */
  handIn(count: number): Promise<number>;
  assignment(): Promise<Assignment>;
  /** How far the live round is, as she is told. */
  told(): Promise<MaskedRound>;
  /** Does what is hers to do now, one move; the kind of it. */
  move(given: (round: number, version: number) => Given): Promise<Move['kind'] | 'idle'>;
  /** Sends her contribution once more, as it was sent. */
  sendAgain(): Promise<Acknowledgement>;
}

/** She has told her signing key. `initial`: the plan of contributions, that is the checkpoint's tensors. */
export function maskedMember(
  { name, api, state: given, save = () => undefined, send, onRefuse = () => undefined }: MemberOptions,
  group: Pick<TaskGroup, 'name' | 'createdAt' | 'settings'>,
  initial: TensorMap,
): MaskedMember {
  const { settings } = group;
  const about = { group: group.name, groupCreatedAt: group.createdAt };
  const signer = openSigner(given.signingKey)!;
  const sealingKey = Buffer.from(given.sealingKey, 'hex');
  const params = { group: group.name };
  const layout = layVector(
    [...initial].map(([tensor, { shape }]) => ({ name: tensor, shape })),
    settings,
  );
  let state = given;
  let sent: Sent | null = null;
  const keep = (change: Partial<MaskedState>) => {
    state = { ...state, ...change };
    save(state);
  };
  const call: ApiClient['call'] = (route, asked) => api().call(route, asked);
  const put = ({ round, bytes, sha256, headers }: Sent) =>
    call('putContribution', { params: { ...params, round }, bytes, sha256, headers });

  /** The same numbers for a round, whichever attempt they are masked for. */
  function plainOf(round: number, { update, weight, verdict = null }: Given): Int32Array {
    if (state.plain?.round !== round) {
      const told = { contribution: update, weight, personalLoss: null, sharedLoss: 0.5, verdict };
      const noised = noisedPointOf(settings, layout.values);
      const { vector } =
        noised === null
          ? fillVector(layout, told, fixedPointOf(settings.privacy), () => 0.5)
          : fillNoisedVector(layout, update, noised, randomIntegers(systemBytes));
      keep({ plain: { round, vector: [...vector] } });
    }
    const vector = member.ledger.get(round) ?? Int32Array.from(state.plain!.vector);
    member.ledger.set(round, vector);
    return vector;
  }

  const member: MaskedMember = {
    name,
    signer,
    call,
    ledger: new Map(),
    async handIn(count) {
      const sealing = openAgreementKey(sealingKey).publicKey;
      const from = state.maskingKeys.length;
      const fresh = Array.from({ length: count }, () => randomBytes(32).toString('hex'));
      keep({ maskingKeys: [...state.maskingKeys, ...fresh] });
      const keys = fresh.map((secret, at) => {
        const index = from + at;
        const { publicKey: maskingKey } = openAgreementKey(Buffer.from(secret, 'hex'));
        const key = signer.publicKey;
        const text = maskingKeyForm.write({ ...about, key, index, maskingKey, sealingKey: sealing });
        return { index, maskingKey, signature: signer.sign(text) };
      });
      return (await call('putMaskingKeys', { params, body: { sealingKey: sealing, keys } })).unused;
    },
    assignment: () => call('getAssignment', { params }),
    async told() {
      const { round } = await member.assignment();
      return await call('showMasking', { params: { ...params, round: round?.number ?? 0 } });
    },
    async move(given) {
      const { round, checkpoint } = await member.assignment();
      if (round?.masking?.awaited !== true) return 'idle';
      const at = { ...params, round: round.number };
      const { attempt: known } = state;
      const query = known?.round === round.number ? { roster: known.rosterHash } : {};
      const told = await call('showMasking', { params: at, query });
      const expected = { ...about, round: round.number, key: signer.publicKey, vouchedBy: null };
      const made = { checkpoint: checkpoint!.sha256, settings: roundSettingsHash(settings) };
      const numbers = { name: String(round.number), ...made };
      const standpoint = { expected, sealingKey, needed: fewestMasked(settings), numbers };
      let move = nextMove(state.attempt, told, standpoint);
      if (move.kind === 'begin') {
        const own = verifyRoster(move.rosterText, expected);
        const secret = state.maskingKeys[own.members[own.number]!.index]!;
        keep({ attempt: beginAttempt(own, standpoint, secret, (bytes) => randomBytes(bytes)) });
        move = nextMove(state.attempt, told, standpoint);
      }
      if (move.kind === 'refuse') onRefuse(move.why);
      if (move.kind === 'wait' || move.kind === 'begin' || move.kind === 'refuse') return move.kind;
      const { attempt } = move;
      keep({ attempt });
      const of = { attempt: attempt.attempt, roster: told.roster };
      if (move.kind === 'share') {
        await call('putShares', { params: at, body: { ...of, shares: [...attempt.sealed] } });
      } else if (move.kind === 'sign') {
        const signature = signer.sign(move.text);
        await call('putSendersSignature', { params: at, body: { ...of, signature } });
      } else if (move.kind === 'reveal') {
        await call('putReveals', { params: at, body: { ...of, reveals: [...(attempt.reveals ?? [])] } });
      } else {
        const { own } = move;
        const ring = ringHolding(ringLoadOf(settings, own.members.length))!;
        const secrets = {
          ...{ sealingKey, maskingKey: Buffer.from(attempt.maskingKey, 'hex') },
          selfMask: Buffer.from(attempt.selfMask, 'hex'),
        };
        const vector = plainOf(round.number, given(round.number, round.version));
        const masked = maskVector(own, secrets, attempt.sharers!, { vector, ring });
        const claims = { kind: 'delta', version: round.version, round: round.number, examples: 1 } as const;
        const bytes = maskedFile({ ...claims, ...of, ring }, masked);
        const sha256 = sha256Hex(bytes);
        const statement = contributionForm.write({
          ...{
            ...about,
            participant: name,
            key: signer.publicKey,
            ...claims,
            checkpoint: checkpoint!.sha256,
          },
          ...{ personalLoss: null, sharedLoss: null, sha256, bytes: bytes.length },
        });
        const headers = { [signatureHeader]: signer.sign(statement) };
        sent = { round: round.number, version: round.version, bytes, sha256, headers };
        if (send === undefined) await put(sent);
        else await send(sent);
      }
      return move.kind;
    },
    sendAgain: () => put(sent!),
  };
  return member;
}
