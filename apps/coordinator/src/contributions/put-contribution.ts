// A contribution arrives: its bytes are checked and staged while they flow, it counts in one transaction, and is
// acknowledged only after that one's commit. Sending the same bytes again is answered the same way, whatever the round
// did since. What makes it acceptable is in check-contribution.ts and admission.ts.
import { contributionWeight } from '@colora/protocol/aggregation-settings';
import type { ProblemCode } from '@colora/protocol/problem-table';
import { ProblemError } from '@colora/protocol/problems';
import { issueReceipt } from '@colora/protocol/proofs/receipt';
import { settingsOf } from '../access/stored-settings.ts';
import { audit } from '../audit.ts';
import type { Context } from '../context.ts';
import { nextPlan } from '../grouping/row-plan.ts';
import type { Call, Result } from '../http/call.ts';
import type { Caller } from '../keys/key-ring.ts';
import type { Answered } from '../meters/meters.ts';
import { endTraining, noteHeartbeat } from '../presence/presence.ts';
import { participantOf } from '../refusals.ts';
import { clockFrom } from '../sql/database-clock.ts';
import { admissionOf } from './admission.ts';
import { openContribution } from './check-contribution.ts';
import { openMasked } from './check-masked.ts';
import { statementOf } from './check-signature.ts';
import { type Entry, findEntry, type Sent } from './contribution-entry.ts';
import { type Placed, placeContribution } from './place-contribution.ts';

/** Metadata and a longer header than the checkpoint's own. */
const slackBytes = 64 * 1024;

/** Refusals that say nothing about the contribution. */
const passing: ReadonlySet<ProblemCode> = new Set(['upload-in-progress', 'between-rounds', 'unavailable']);

export async function putContribution(
  context: Context,
  { params, body, caller }: Call<'putContribution'>,
): Promise<Result<'putContribution'>> {
  const participantId = participantOf(caller);
  const asked = { groupName: params.group, number: params.round, participantId };
  const about = {
    'colora.group': params.group,
    'colora.round': params.round,
    'colora.participant': participantId,
  };
  context.tracing.note(about);
  const entry = await context.turns.take(() => findEntry(context, asked));
  // Whoever trained for long without a socket was taken for gone.
  if (await noteHeartbeat(context, entry, entry.now)) context.nudge(entry.groupId);
  try {
    const answer = await admit(context, entry, { body, caller });
    context.meters.contribution(answeredWith(answer));
    await endTraining(context, entry, entry.now);
    return answer;
  } catch (error) {
    context.meters.contribution(refusedWith(error));
    if (error instanceof ProblemError && !passing.has(error.code))
      await auditRefusal(context, entry, caller, error);
    throw error;
  }
}

function answeredWith({ repeated, staleness }: Result<'putContribution'>): Answered {
  if (repeated) return { outcome: 'repeated', reason: 'same-bytes' };
  return { outcome: 'counted', reason: staleness > 0 ? 'late' : 'on-time' };
}

function refusedWith(error: unknown): Answered {
  return error instanceof ProblemError
    ? { outcome: 'refused', reason: error.code }
    : { outcome: 'failed', reason: 'error' };
}

async function admit(
  context: Context,
  entry: Entry,
  { body, caller }: Pick<Call<'putContribution'>, 'body' | 'caller'>,
): Promise<Result<'putContribution'>> {
  const sha256 = body.announced();
  if (entry.sent !== null) return await answerAgain(context, entry, entry.sent, sha256);
  const maxBytes = entry.checkpointBytes + slackBytes;
  body.assertFits(maxBytes);
  const timeAt = clockFrom(entry.now);
  context.marks.note(entry, 'uploadAt', timeAt());
  admissionOf(entry); // before anything is read
  const upload = await context.uploads.enter({ owner: entry.participantId, address: body.address });
  try {
    return await receive(context, entry, {
      source: body.read(maxBytes, upload),
      sha256,
      signature: body.signature(),
      maxBytes,
      caller,
      onEnd: () => context.marks.note(entry, 'uploadedAt', timeAt()),
    });
  } finally {
    upload.leave();
  }
}

interface Incoming {
  readonly source: AsyncIterable<Uint8Array>;
  /** That it announces; checked at the source's end. */
  readonly sha256: string;
  /** As it came, unchecked. */
  readonly signature: string | null;
  readonly maxBytes: number;
  readonly caller: Caller;
  /** All bytes are there. */
  readonly onEnd: () => void;
}

/** Its bytes go into the database while they are checked; nothing counts before `store`. */
async function receive(
  context: Context,
  entry: Entry,
  { source, sha256, signature, maxBytes, caller, onEnd }: Incoming,
): Promise<Result<'putContribution'>> {
  const { blobs, tracing } = context;
  const settings = settingsOf(entry.group);
  const checkpoint = { id: entry.checkpointBlobId, bytes: entry.checkpointBytes };
  const plan = await nextPlan(context, { id: entry.groupId, clusterRows: entry.clusterRows }, checkpoint);
  const memory = blobs.borrow();
  const expected = { plan, settings, cluster: entry.cluster, normLimit: entry.normLimit };
  const limits = { maxBytes, allocate: memory.take };
  const opened = await tracing.during('contribution receive', () =>
    entry.rosterMembers === null
      ? openContribution(source, expected, limits)
      : openMasked(source, { plan, settings, members: entry.rosterMembers }, limits),
  );
  const staging = blobs.receive({ sha256, bytes: opened.bytes }, memory);
  try {
    const { attempt = null } = opened.metadata;
    admissionOf(entry, opened.metadata.version, attempt ?? undefined); // its round may have closed since
    if (opened.metadata.roster !== undefined) assertRoster(entry, opened.metadata.roster);
    assertOwnRound(entry, opened.metadata.round);
    const statement = statementOf(entry, { ...opened, sha256 }, signature);
    await tracing.during('contribution stage', async () => {
      for await (const { index, data } of opened.chunks()) await staging.add(index, data);
      await staging.finish();
      tracing.note({ 'colora.bytes': opened.bytes });
    });
    onEnd();
    const { examples, personalLoss, sharedLoss, version } = opened.metadata;
    const weight = contributionWeight(settings.aggregation, examples);
    const figures = { weight, norm: opened.norm(), examples, personalLoss, sharedLoss, version, attempt };
    const given = { blobId: staging.id, ...figures, statement, signature };
    const { keyId, address } = caller;
    const counted = await tracing.during('contribution commit', () =>
      placeContribution(context, entry, { ...given, keyId, address, trace: tracing.current() }),
    );
    if (counted === null) return await answerOther(context, entry, staging.id, sha256);
    context.meters.bytes('contribution', opened.bytes);
    announce(context, entry, counted);
    return await acknowledge(context, entry, { ...counted, sha256, statement }, false);
  } catch (error) {
    await opened.close();
    if (staging.begun) void blobs.discard(staging.id);
    throw error;
  }
}

function assertOwnRound({ number }: Entry, round: number): void {
  if (round === number) return;
  throw new ProblemError(
    'invalid-tensors',
    `the file's metadata: round: it is sent to round ${number} and says ${round}: send it to the round it was made for`,
  );
}

function assertRoster({ rosterHash, number }: Entry, roster: string): void {
  if (roster === rosterHash) return;
  throw new ProblemError(
    'invalid-tensors',
    `the file's metadata: roster: it is masked for ${roster}, and round ${number} is with ${rosterHash}: ask for the roster that is here`,
  );
}

/** The same was stored through another coordinator meanwhile: these bytes are one copy too many. */
async function answerOther(
  context: Context,
  entry: Entry,
  blobId: string,
  sha256: string,
): Promise<Result<'putContribution'>> {
  void context.blobs.discard(blobId);
  const { sent } = await findEntry(context, entry);
  if (sent === null) throw new Error('a contribution was counted, and is gone');
  return await answerAgain(context, entry, sent, sha256);
}

function announce(context: Context, entry: Entry, { round, contributed, wanted, staleness }: Placed): void {
  const { groupId, roundId, participantId } = entry;
  const figures = { contributions: contributed, ...(staleness === 0 ? {} : { countsIn: round, staleness }) };
  context.log.info({ taskGroupId: groupId, roundId, participantId, ...figures }, 'contribution accepted');
  context.hints.tellOperators('contribution:accepted', {
    group: entry.groupName,
    round,
    participant: entry.participantName,
    contributions: contributed,
    cohort: entry.cohort,
  });
  const { mode, quorum } = settingsOf(entry.group).rounds;
  if (contributed >= wanted) context.nudge(groupId);
  // it may be the last that the round waits for; a buffered one waits for nobody by name
  else if (mode === 'synchronous' && contributed >= quorum) context.nudgeSoon(groupId);
}

async function answerAgain(
  context: Context,
  entry: Entry,
  sent: Sent,
  sha256: string,
): Promise<Result<'putContribution'>> {
  if (sent.sha256 === sha256) return await acknowledge(context, entry, sent, true);
  throw new ProblemError(
    'duplicate-contribution',
    `your contribution to round ${entry.number} is stored already, with other bytes (sha256 ${sent.sha256})`,
  );
}

/** The same answer whenever it is given, down to its receipt. */
async function acknowledge(
  { receiptSigner }: Context,
  { version }: Entry,
  { round, staleness, sha256, statement, at }: Sent,
  repeated: boolean,
): Promise<Result<'putContribution'>> {
  const receipt = statement === null ? null : issueReceipt(await receiptSigner(), { statement, round, at });
  return { round, version, staleness, sha256, repeated, receipt };
}

async function auditRefusal(
  context: Context,
  entry: Entry,
  by: Caller,
  { code, message }: ProblemError,
): Promise<void> {
  const { groupId, roundId, participantId, now: at } = entry;
  context.marks.noteRefusal(entry, { at, code, why: message });
  context.log.warn({ taskGroupId: groupId, roundId, participantId, code }, 'contribution refused');
  const detail = { code, message, round: entry.number };
  await audit(context.db, { kind: 'contribution-refused', by, groupId, roundId, participantId, detail });
}
