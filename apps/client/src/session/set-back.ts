// A coordinator that is behind this workspace: its database was restored from a backup, so that rounds and contributions that were
// there are not any more. The workspace is made one that the coordinator can go on with, and whoever runs it is told.
import { ApiProblem } from '@colora/protocol/api-client';
import type { Assignment } from '@colora/protocol/entities';
import { manifestForm } from '@colora/protocol/proofs/manifest';
import { contributionForm } from '@colora/protocol/proofs/statement';
import { readReceipts } from '../receipts/receipt-store.ts';
import { clearOutbox } from '../workspace/outbox.ts';
import { type KeptAccount, lostAccount } from '../workspace/own-account.ts';
import { keepPersonal, madeAtOf, type PersonalState } from '../workspace/personal-store.ts';
import type { Session } from './open-session.ts';

type Trained = NonNullable<PersonalState['mark']['trained']>;
type Held = Pick<Session, 'paths' | 'log'> & { personal: PersonalState | null; account: KeptAccount | null };

/**
 * True where the coordinator was set back since this workspace last heard of it; it may train the round again then, and a
 * contribution that was made for what is gone is dropped. The personal part keeps what it learnt.
 */
export async function noticeSetBack(held: Held, assignment: Assignment): Promise<boolean> {
  const { personal } = held;
  const trained = personal?.mark.trained ?? null;
  const version = assignment.checkpoint?.version ?? null;
  if (personal === null || version === null) return false;
  const furthest = Math.max(trained?.version ?? 0, held.account?.version ?? 0);
  const isBehind = furthest > version;
  const isGone = isBehind || (trained !== null && isOther(trained, assignment));
  if (!isGone && !(await isForgotten(held, trained, assignment))) return false;
  const what = isGone
    ? `is at checkpoint ${version}${isBehind ? `, and was at ${furthest}` : ', and it is another one than before'}`
    : `has no contribution of round ${trained?.round}, which it acknowledged`;
  await goBack(held, personal, { what, isGone });
  return true;
}

/**
 * Of a contribution that was refused: true where that is for its signature, and the checkpoint that it was made at is another one there now. The coordinator was
 * set back and came as far again since, which no assignment shows.
 */
export async function noticeOtherPast(
  held: Held & Pick<Session, 'api' | 'group'>,
  refused: ApiProblem,
): Promise<boolean> {
  if (!refused.is('wrong-signature')) return false;
  const { personal, api, group } = held;
  const trained = personal?.mark.trained ?? null;
  const [madeAt, version] = [madeAtOf(trained), trained?.version];
  if (personal === null || madeAt === undefined || version === undefined) return false;
  const params = { group: group.name, version };
  const signed = await api.call('showManifest', { params }).catch((error: unknown) => {
    if (error instanceof ApiProblem) return null; // an earlier coordinator has none
    throw error;
  });
  const manifest = signed === null ? null : manifestForm.read(signed.text);
  if (manifest === null || (manifest.download ?? manifest.checkpoint) === madeAt) return false;
  await goBack(held, personal, { what: `has another checkpoint ${version} than it had`, isGone: true });
  return true;
}

/** `isGone`: the checkpoint, not the contribution alone. */
async function goBack(
  held: Held,
  personal: PersonalState,
  { what, isGone }: { readonly what: string; readonly isGone: boolean },
): Promise<void> {
  const { paths, log } = held;
  log(
    'warn',
    `the coordinator ${what}: its database was set back (restored from a backup, say). Goes on from there; the personal part keeps what it learnt`,
  );
  await clearOutbox(paths.outbox, null);
  const { mark } = personal;
  const personalised = isGone ? null : mark.personalised;
  const account = held.account === null ? null : accountAfter(held.account, isGone, mark.trained);
  held.account = account;
  held.personal = { ...personal, account, mark: { ...mark, personalised, trained: null } };
  await keepPersonal(paths.personal, held.personal);
}

/** What was applied to checkpoints that are gone is in none any more, and nobody can tell which those were. */
function accountAfter(account: KeptAccount, isGone: boolean, trained: Trained | null): KeptAccount {
  if (account.lost !== null) return account;
  if (isGone) return lostAccount('the coordinator was set back to an earlier checkpoint');
  return { ...account, open: account.open.filter(({ round }) => round !== trained?.round) };
}

/** A checkpoint of the same version, made of other contributions. */
function isOther(trained: Trained, { checkpoint }: Assignment): boolean {
  const madeAt = madeAtOf(trained);
  return checkpoint?.version === trained.version && madeAt !== undefined && madeAt !== checkpoint.sha256;
}

/** The round is as it was, but for this member's contribution, of which there is a receipt. */
async function isForgotten(
  { paths }: Held,
  trained: Trained | null,
  { round }: Assignment,
): Promise<boolean> {
  if (trained === null || round === null || round.contributed) return false;
  if (trained.round !== round.number || trained.version !== round.version) return false;
  const receipts = await readReceipts(paths.receipts);
  return receipts.some(({ statement }) => contributionForm.read(statement)?.sha256 === trained.sha256);
}
