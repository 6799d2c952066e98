// The keys of this member's masked rounds: made here, handed in ahead and signed, so that a round opens without another exchange,
// and each used for one roster alone.
import { randomBytes } from 'node:crypto';
import type { OwnRoster } from '@colora/privacy/masking/roster';
import { MaskingError } from '@colora/privacy/masking-error';
import { openAgreementKey } from '@colora/privacy/sharing/key-agreement';
import { ApiProblem } from '@colora/protocol/api-client';
import { fewestKeysAhead, mostKeysAhead } from '@colora/protocol/masking/masking';
import { maskingKeyForm } from '@colora/protocol/masking/masking-forms';
import { retry } from '../../line/backoff.ts';
import type { Session } from '../../session/open-session.ts';
import type { MaskingState } from '../../workspace/masked/masking-store.ts';

const newKey = () => randomBytes(32).toString('hex');

/**
 * Where fewer than enough are unused at the coordinator (`unused`), or here, more are made, kept, and handed in with those that are here already:
 * killed in between, the same ones are handed in once more. True where some were.
 */
export async function handInKeys(session: Session, unused: number): Promise<boolean> {
  const masking = session.masking!;
  const here = masking.state?.unused.length ?? 0;
  if (Math.min(unused, here) >= fewestKeysAhead) return false;
  await masking.keep(withMoreKeys(masking.state ?? freshState(session)));
  try {
    await handIn(session, masking.state!);
  } catch (error) {
    if (!isTaken(error)) throw error;
    await replaceKeys(session, 0);
  }
  return true;
}

/**
 * Of a workspace that was restored or copied: what it made since, or another one, has its indices. A new sealing key puts all that was handed
 * in with the one before out of use, and indices go on far behind those known, and `from`.
 */
export async function replaceKeys(session: Session, from: number): Promise<void> {
  const { group, masking, log } = session;
  log(
    'warn',
    'the coordinator knows other masking keys of this member than this workspace: it makes new ones',
  );
  for (let begin = from; ; begin *= 2) {
    const { nextIndex = 0, attempt = null } = masking!.state ?? {};
    begin = Math.max(begin, nextIndex, mostKeysAhead);
    await masking!.keep(withMoreKeys({ ...freshState({ group }), nextIndex: begin, attempt }));
    try {
      return await handIn(session, masking!.state!);
    } catch (error) {
      if (!isTaken(error) || begin > mostIndex) throw error;
    }
  }
}

/** More than anybody makes in her life; doubling ends here. */
const mostIndex = 2 ** 40;

/** An index, by another key. */
const isTaken = (error: unknown) => error instanceof ApiProblem && error.is('invalid-request');

function freshState({ group }: Pick<Session, 'group'>): MaskingState {
  return { groupCreatedAt: group.createdAt, sealingKey: newKey(), nextIndex: 0, unused: [], attempt: null };
}

function withMoreKeys(state: MaskingState): MaskingState {
  const made = Array.from({ length: Math.max(0, mostKeysAhead - state.unused.length) }, (_, at) => ({
    index: state.nextIndex + at,
    key: newKey(),
  }));
  return { ...state, nextIndex: state.nextIndex + made.length, unused: [...state.unused, ...made] };
}

async function handIn(session: Session, { sealingKey: sealing, unused }: MaskingState): Promise<void> {
  const { api, group, keys, options, log } = session;
  const { signer } = keys;
  const about = { group: group.name, groupCreatedAt: group.createdAt, key: signer.publicKey };
  const sealingKey = publicOf(sealing);
  const signed = unused.map(({ index, key }) => {
    const maskingKey = publicOf(key);
    const text = maskingKeyForm.write({ ...about, index, maskingKey, sealingKey });
    return { index, maskingKey, signature: signer.sign(text) };
  });
  const { signal, backoff } = options;
  const body = { sealingKey, keys: signed };
  const call = () => api.call('putMaskingKeys', { params: { group: group.name }, body, signal });
  const answer = await retry(call, { signal, log, doing: 'handing in keys for masked rounds', backoff });
  log('info', `handed in ${signed.length} keys for masked rounds, of which ${answer.unused} are unused`);
}

const publicOf = (key: string) => openAgreementKey(Buffer.from(key, 'hex')).publicKey;

/** A roster's key of this member. */
export class UnknownKey extends MaskingError {
  readonly index: number;

  constructor(index: number) {
    super(
      'bad-roster',
      'the roster doesn’t hold: its key of this member was used before, or this workspace never made it',
    );
    this.index = index;
  }
}

/** The private key that the roster names as this member's, and the state without it. Throws UnknownKey. */
export function takeKey(
  state: MaskingState,
  { members, number }: OwnRoster,
): { readonly maskingKey: string; readonly left: MaskingState } {
  const { index, maskingKey: named, sealingKey } = members[number]!;
  const found = state.unused.find((one) => one.index === index);
  if (found === undefined || publicOf(found.key) !== named || publicOf(state.sealingKey) !== sealingKey)
    throw new UnknownKey(index);
  const unused = state.unused.filter((one) => one !== found);
  return { maskingKey: found.key, left: { ...state, unused } };
}
