// A contribution arrives: its bytes are checked and staged while they flow, it counts in one transaction, and is
// acknowledged only after that one's commit. Sending the same bytes again is answered the same way, whatever the round
// did since. What makes it acceptable is in check-contribution.ts and admission.ts.
import { contributionWeight } from '@colora/protocol/aggregation-settings';
import { type ProblemCode, ProblemError } from '@colora/protocol/problems';
import { audit } from '../audit.ts';
import type { Context } from '../context.ts';
import { isUniqueViolation } from '../database/database-errors.ts';
import { participantOf, settingsOf } from '../groups/find-group.ts';
import type { Call, Result } from '../http/call.ts';
import { admissionOf, notCollecting } from './admission.ts';
import { openContribution } from './check-contribution.ts';
import { type Entry, readEntry, readSent } from './contribution-entry.ts';
import type { CountedIn, NewContribution } from './count-contributions.ts';

/** Metadata and a longer header than the checkpoint's own. */
const slackBytes = 64 * 1024;

/** Refusals that say nothing about the contribution. */
const passing: ReadonlySet<ProblemCode> = new Set(['upload-in-progress', 'unavailable']);

export async function putContribution(
  context: Context,
  { params, body, caller }: Call<'putContribution'>,
): Promise<Result<'putContribution'>> {
  const participantId = participantOf(caller);
  const entry = await readEntry(context, params.group, params.round, participantId);
  try {
    return await admit(context, entry, body);
  } catch (error) {
    if (error instanceof ProblemError && !passing.has(error.code)) await auditRefusal(context, entry, error);
    throw error;
  }
}

async function admit(
  context: Context,
  entry: Entry,
  body: Call<'putContribution'>['body'],
): Promise<Result<'putContribution'>> {
  const sha256 = body.announced();
  if (entry.sentSha256 !== null) return answerAgain(entry, entry.sentSha256, sha256);
  const maxBytes = entry.checkpointBytes + slackBytes;
  body.assertFits(maxBytes);
  admissionOf(entry); // before anything is read
  const leave = await context.uploads.enter(entry.participantId);
  try {
    return await receive(context, entry, body.read(maxBytes), sha256, maxBytes);
  } finally {
    leave();
  }
}

/** Its bytes go into the database while they are checked; nothing counts before `store`. */
async function receive(
  context: Context,
  entry: Entry,
  source: AsyncIterable<Uint8Array>,
  sha256: string,
  maxBytes: number,
): Promise<Result<'putContribution'>> {
  const { blobs, plans } = context;
  const settings = settingsOf(entry.group);
  const plan = await plans.read({ id: entry.checkpointBlobId, bytes: entry.checkpointBytes });
  const opened = await openContribution(source, plan, settings, maxBytes);
  const chunks = opened.chunks();
  const staging = blobs.stage({ sha256, bytes: opened.bytes });
  try {
    const admission = admissionOf(entry, opened.metadata.version);
    for await (const { index, data } of chunks) await staging.add(index, data);
    await staging.finish();
    const { examples, personalLoss, sharedLoss } = opened.metadata;
    const weight = contributionWeight(settings.aggregation, examples);
    const figures = { weight, norm: opened.norm(), examples, personalLoss, sharedLoss };
    const { version } = opened.metadata;
    const origin = { madeForId: entry.roundId, participantId: entry.participantId, version };
    return await store(context, entry, { ...admission, ...origin, ...figures, blobId: staging.id }, sha256);
  } catch (error) {
    await chunks.return(undefined);
    if (staging.begun) void blobs.discard(staging.id);
    throw error;
  }
}

async function store(
  context: Context,
  entry: Entry,
  contribution: NewContribution,
  sha256: string,
): Promise<Result<'putContribution'>> {
  try {
    const round = await context.contributions.count(contribution);
    if (round === null) throw notCollecting(entry);
    announce(context, entry, round);
    return acknowledge(entry, sha256, false);
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    const sent = await readSent(context, entry); // the same one, sent through two coordinators at once
    if (sent === null) throw error;
    void context.blobs.discard(contribution.blobId);
    return answerAgain(entry, sent, sha256);
  }
}

function announce(context: Context, entry: Entry, { contributed: contributions, wanted }: CountedIn): void {
  const { groupId, roundId, participantId } = entry;
  context.log.info({ taskGroupId: groupId, roundId, participantId, contributions }, 'contribution accepted');
  context.hints.tellOperators('contribution:accepted', {
    group: entry.groupName,
    round: entry.number,
    participant: entry.participantName,
    contributions,
    cohort: entry.cohort,
  });
  if (contributions >= wanted) context.nudge(groupId);
}

function answerAgain(entry: Entry, stored: string, sent: string): Result<'putContribution'> {
  if (stored === sent) return acknowledge(entry, stored, true);
  throw new ProblemError(
    'duplicate-contribution',
    `your contribution to round ${entry.number} is stored already, with other bytes (sha256 ${stored})`,
  );
}

function acknowledge(entry: Entry, sha256: string, repeated: boolean): Result<'putContribution'> {
  return { round: entry.number, version: entry.version, sha256, repeated };
}

async function auditRefusal(context: Context, entry: Entry, { code, message }: ProblemError): Promise<void> {
  const { groupId, roundId, participantId } = entry;
  context.log.warn({ taskGroupId: groupId, roundId, participantId, code }, 'contribution refused');
  const detail = { code, message, round: entry.number };
  await audit(context.db, { kind: 'contribution-refused', groupId, roundId, participantId, detail });
}
