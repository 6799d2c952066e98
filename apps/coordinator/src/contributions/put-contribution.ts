// A contribution arrives: received, checked, stored in one transaction, and acknowledged only after
// its commit. Sending the same bytes again is answered the same way, whatever the round did since.
import { ProblemError } from '@colora/protocol/problems';
import type { TaskSettings } from '@colora/protocol/task-settings';
import { audit } from '../audit.ts';
import type { Context } from '../context.ts';
import { isUniqueViolation } from '../database/database-errors.ts';
import { participantOf, settingsOf } from '../groups/find-group.ts';
import type { Call, Result } from '../http/call.ts';
import type { ReceivedBody } from '../http/incoming-body.ts';
import { type CheckedContribution, checkContribution } from './check-contribution.ts';
import { readSchema } from './checkpoint-schema.ts';
import { type Entry, readEntry, readSent } from './contribution-entry.ts';

/** Metadata and a longer header than the checkpoint's own. */
const slackBytes = 64 * 1024;

export async function putContribution(
  context: Context,
  { params, body, caller }: Call<'putContribution'>,
): Promise<Result<'putContribution'>> {
  const participantId = participantOf(caller);
  const entry = await readEntry(context, params.group, params.round, participantId);
  try {
    return await admit(context, entry, body);
  } catch (error) {
    if (error instanceof ProblemError) await auditRefusal(context, entry, error);
    throw error;
  }
}

async function admit(
  context: Context,
  entry: Entry,
  body: Call<'putContribution'>['body'],
): Promise<Result<'putContribution'>> {
  const received = await body.receive(entry.checkpointBytes + slackBytes);
  if (entry.sentSha256 !== null) return answerAgain(entry, entry.sentSha256, received.sha256);
  refuseByState(entry);
  const settings = settingsOf(entry.group);
  const schema = await readSchema(context, entry);
  const checked = await checkContribution(received.bytes, schema, settings);
  const { version } = checked.metadata;
  if (version !== entry.version) throw staleVersion(entry, version);
  return store(context, entry, received, checked, weightOf(checked, settings));
}

async function store(
  context: Context,
  entry: Entry,
  { bytes, sha256 }: ReceivedBody,
  { metadata, norm }: CheckedContribution,
  weight: number,
): Promise<Result<'putContribution'>> {
  const { roundId, participantId } = entry;
  const { examples, personalLoss, sharedLoss } = metadata;
  try {
    const stored = await context.db.$transaction(async (tx) => {
      const blob = await context.blobs.write(tx, bytes, sha256);
      const figures = {
        weight,
        norm,
        examples,
        personalLoss,
        sharedLoss,
        version: entry.version,
        staleness: 0,
      };
      await tx.contribution.create({
        data: { roundId, participantId, madeForId: roundId, blobId: blob.id, ...figures },
      });
      // Counting and asking whether it still collects are one statement: a closer that claims the round
      // either waits for this transaction and sees the contribution, or makes it fail here. It comes
      // last, so that the round's row is locked only briefly.
      const [round] = await tx.round.updateManyAndReturn({
        where: { id: roundId, state: 'collecting', group: { state: 'running' } },
        data: { contributed: { increment: 1 } },
        select: { contributed: true, wanted: true },
      });
      if (round === undefined) throw notCollecting(entry);
      return { blob, round };
    });
    context.blobs.remember(stored.blob.id, bytes);
    announce(context, entry, stored.round);
    return acknowledge(entry, sha256, false);
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    const sent = await readSent(context, entry); // the same one, sent twice at once
    if (sent === null) throw error;
    return answerAgain(entry, sent, sha256);
  }
}

function announce(
  context: Context,
  entry: Entry,
  { contributed: contributions, wanted }: { contributed: number; wanted: number },
): void {
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

function refuseByState(entry: Entry): void {
  if (entry.group.state === 'paused') {
    throw new ProblemError('group-paused', `${entry.groupName} is paused: wait until it is started again`);
  }
  if (entry.latestVersion > entry.version) throw staleVersion(entry, entry.version);
  if (entry.group.state !== 'running' || entry.state !== 'collecting') throw notCollecting(entry);
  if (!entry.assigned) {
    throw new ProblemError(
      'not-assigned',
      `ask for your assignment before contributing to ${entry.groupName}`,
    );
  }
}

function staleVersion({ groupName, latestVersion }: Entry, version: number): ProblemError {
  const detail = `it was made at checkpoint ${version}, and ${groupName} is at ${latestVersion}`;
  return new ProblemError('stale-version', detail, latestVersion);
}

function notCollecting({ number, groupName, latestVersion }: Entry): ProblemError {
  const detail = `round ${number} of ${groupName} does not collect contributions now: ask for your assignment`;
  return new ProblemError('not-collecting', detail, latestVersion);
}

function weightOf({ metadata }: CheckedContribution, { aggregation }: TaskSettings): number {
  return aggregation.weighting === 'examples' ? metadata.examples : 1;
}

async function auditRefusal(context: Context, entry: Entry, { code, message }: ProblemError): Promise<void> {
  const { groupId, roundId, participantId } = entry;
  context.log.warn({ taskGroupId: groupId, roundId, participantId, code }, 'contribution refused');
  const detail = { code, message, round: entry.number };
  await audit(context.db, { kind: 'contribution-refused', groupId, roundId, participantId, detail });
}
