// A member's yes: what she agrees to is shown and kept when she joins, and whatever a coordinator asks later that costs or tells more
// needs a new one. Joining is the first yes, which a person who is shown what for can still refuse.
import type { JoinOffer } from '@colora/protocol/accounts/join-offer';
import type { TaskGroup } from '@colora/protocol/entities';
import type { Signer } from '@colora/protocol/proofs/signatures';
import type { TaskSettings } from '@colora/protocol/task-settings';
import { ClientError } from '../client-error.ts';
import type { Log } from '../client-log.ts';
import { type GroupPaths, readGroup } from '../workspace/group-workspace.ts';
import { type Consent, keepConsent, readConsent } from './consent-record.ts';
import { assertWithin, type OwnLimits } from './own-limits.ts';
import { changesBetween, termLines } from './terms.ts';

/**
 * Whether the member agrees to what a group asks, a line each, before anything is fetched or trained for it. `offer`: what else the
 * coordinator tells of it.
 */
export type AcceptTerms = (
  group: TaskGroup,
  terms: readonly string[],
  offer: JoinOffer | null,
) => Promise<boolean>;

/**
 * Whether the member accepts that the group asks more than she agreed to; each change is a line. `running`: in the middle of a run,
 * which goes on if she does. `asking`: with the settings that are asked for.
 */
export type AcceptChanges = (
  group: string,
  changes: readonly string[],
  when: 'joining' | 'running',
  asking: TaskGroup,
) => Promise<boolean>;

export interface Agreeing {
  readonly paths: GroupPaths;
  readonly log: Log;
  readonly limits?: OwnLimits | undefined;
  /** Default: joining is the yes. */
  readonly acceptTerms?: AcceptTerms | undefined;
  /** Default: nobody does. */
  readonly acceptChanges?: AcceptChanges | undefined;
}

/** What a member agrees to by joining, shown; what is more than before is asked. To be kept once she is a member. */
export interface Agreement {
  readonly settings: TaskSettings;
  /** `signer`: of her own key. */
  keep(signer: Signer): Promise<void>;
}

/** Throws ClientError 'excessive' (her own limits), 'not-agreed' and 'workspace-damaged'. */
export async function agreeTo(
  { group, offer }: { readonly group: TaskGroup; readonly offer: JoinOffer | null },
  agreeing: Agreeing,
): Promise<Agreement> {
  const { paths, log, limits } = agreeing;
  const { name, settings, createdAt } = group;
  assertWithin(name, settings, limits);
  const before = await agreedBefore(paths, createdAt);
  if (before === null) await askForTerms(group, offer, agreeing);
  else await askForMore(group, changesTold(name, before.settings, settings, log), agreeing);
  const agreed = isSame(before, settings)
    ? before
    : consentTo(group, before === null ? 'joined' : 'accepted');
  return { settings, keep: (signer) => keepConsent(paths, agreed, signer) };
}

function isSame(before: Consent | null, settings: TaskSettings): before is Consent {
  return before !== null && JSON.stringify(before.settings) === JSON.stringify(settings);
}

function consentTo({ name, createdAt, settings }: TaskGroup, how: Consent['how']): Consent {
  return { group: name, groupCreatedAt: createdAt, agreedAt: new Date().toISOString(), how, settings };
}

/** What was kept or, in a workspace from before anything was, what it last worked with. */
async function agreedBefore(paths: GroupPaths, createdAt: string): Promise<Consent | null> {
  const kept = await readConsent(paths);
  if (kept !== null) return kept.groupCreatedAt === createdAt ? kept : null;
  const known = await readGroup(paths).catch(() => null); // a damaged copy is renewed by joining
  if (known === null || known.createdAt !== createdAt) return null;
  return {
    ...{ group: known.name, groupCreatedAt: createdAt, settings: known.settings },
    ...{ agreedAt: new Date().toISOString(), how: 'from-before' },
  };
}

/** The changes that need a yes; the others are told. */
function changesTold(name: string, before: TaskSettings, after: TaskSettings, log: Log): readonly string[] {
  const { more, less } = changesBetween(before, after);
  if (less.length > 0) log('info', `${name} asks no more than you agreed to in: ${less.join('; ')}`);
  return more;
}

async function askForTerms(
  group: TaskGroup,
  offer: JoinOffer | null,
  { acceptTerms, log }: Agreeing,
): Promise<void> {
  const { name, settings } = group;
  const terms = termLines(settings);
  for (const line of terms) log('info', `${name}: ${line}`);
  if (acceptTerms === undefined || (await acceptTerms(group, terms, offer))) return;
  throw new ClientError('not-agreed', `what ${name} asks was not agreed to: nothing was fetched or trained`);
}

async function askForMore(
  group: TaskGroup,
  more: readonly string[],
  { acceptChanges }: Agreeing,
): Promise<void> {
  if (more.length === 0 || (await acceptChanges?.(group.name, more, 'joining', group))) return;
  throw notAgreed(group.name, more);
}

function notAgreed(name: string, changes: readonly string[]): ClientError {
  return new ClientError(
    'not-agreed',
    `${name} asks for more than you agreed to: ${changes.join('; ')}. What you have learnt is kept, and nothing more is done; colora join --accept-changes agrees to it`,
  );
}

/** The group as it was answered once more on the way in: throws ClientError 'not-agreed' where it asks more than a moment before. */
export function sameAsAgreed(agreed: TaskSettings, told: TaskGroup, log: Log): TaskGroup {
  const more = changesTold(told.name, agreed, told.settings, log);
  if (more.length > 0) throw notAgreed(told.name, more);
  return { ...told, settings: agreed };
}

/**
 * The group as a session goes on with it, told anew in the middle of a run: what was agreed to, with the rounds it has now. Throws
 * ClientError 'not-agreed' where anything is more, but for rounds that the member accepts.
 */
export async function heldTo(agreed: TaskSettings, told: TaskGroup, agreeing: Running): Promise<TaskGroup> {
  const { rounds } = told.settings;
  const goingOn: TaskGroup = { ...told, settings: { ...agreed, rounds } };
  const more = changesTold(told.name, agreed, told.settings, agreeing.log);
  if (more.length === 0) return goingOn;
  const onlyRounds = changesBetween(goingOn.settings, told.settings).more.length === 0;
  if (!onlyRounds) throw notAgreed(told.name, more);
  await acceptRunning(goingOn, more, agreeing);
  return goingOn;
}

/**
 * The group's settings changed in the middle of a run: throws ClientError 'not-agreed' where they ask more than the member accepts, and
 * keeps what she accepts.
 */
export async function agreeRunning(agreed: TaskSettings, told: TaskGroup, agreeing: Running): Promise<void> {
  const more = changesTold(told.name, agreed, told.settings, agreeing.log);
  if (more.length > 0) await acceptRunning(told, more, agreeing);
}

type Running = Agreeing & { readonly signer: Signer };

async function acceptRunning(
  group: TaskGroup,
  more: readonly string[],
  { acceptChanges, paths, signer }: Running,
): Promise<void> {
  if (!(await acceptChanges?.(group.name, more, 'running', group))) throw notAgreed(group.name, more);
  await keepConsent(paths, consentTo(group, 'accepted'), signer);
}

/** Rounds that are cancelled or tried without a quorum don't count as the group's, and each of them is work. */
const mostWorkOf = (count: number) => 2 * count + 10;

/** Throws ClientError 'not-agreed' where this run has worked for far more rounds than were agreed to; `trained`: for so many. */
export function assertAgreedWork({ name, settings }: TaskGroup, trained: number): void {
  const { count } = settings.rounds;
  if (trained < mostWorkOf(count)) return;
  throw notAgreed(name, [`work for ${trained + 1} rounds, of a group that has ${count}`]);
}
