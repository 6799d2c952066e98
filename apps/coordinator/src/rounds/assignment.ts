// What a member should do now: the poll, and its heartbeat. What it asks of the database is asked together with the others'
// that come in the same moment (asks/); more only when presence is due to be written or it joins a round that is collecting.

import type { Context } from '../context.ts';
import { standingClusters } from '../grouping/standing-clusters.ts';
import type { Call, Result } from '../http/call.ts';
import { pollSeconds, spreadSeconds } from '../presence/poll-seconds.ts';
import { noteHeartbeat, onlineFor } from '../presence/presence.ts';
import { participantOf, unknownGroup } from '../refusals.ts';

export async function getAssignment(
  context: Context,
  { params, caller }: Call<'getAssignment'>,
): Promise<Result<'getAssignment'>> {
  const participantId = participantOf(caller);
  const row = await context.asks.assignment({ group: params.group, participantId });
  const onlineUntil = row?.onlineUntil ?? null;
  if (row === undefined || onlineUntil === null) throw unknownGroup(params.group);
  const { groupId, now } = row;
  const hasSocket = context.hints.connected().has(participantId);
  const members = await context.sizes.of(groupId);
  const poll = pollSeconds(hasSocket ? null : members, Math.random());
  const member = { groupId, participantId, onlineUntil };
  if (await noteHeartbeat(context, member, now, onlineFor(now, poll))) context.nudge(groupId);
  const { roundId } = row;
  const assigned =
    row.state === 'running' &&
    roundId !== null &&
    (row.assigned || (!row.sampled && (await context.asks.join({ roundId, participantId, now }))));
  if (assigned && row.assigned && !row.told) context.marks.note({ roundId, participantId }, 'toldAt', now);
  // Without a socket nothing tells that it still trains: then it is taken for online until it should be done.
  if (assigned && !row.contributed && !hasSocket) await noteHeartbeat(context, member, now, row.deadlineAt);
  const isAsked = assigned && !row.contributed;
  const placed = row.clustered && (isAsked || row.state === 'completed');
  const isIdle = row.state === 'running' && (!assigned || row.contributed);
  return {
    state: row.state,
    pausedReason: row.pausedReason,
    waiting: isIdle ? await context.waiting.of(groupId, now) : null,
    checkpoint:
      row.version === null
        ? null
        : {
            version: row.version,
            encoding: row.encoding,
            sha256: row.sha256,
            bytes: row.bytes,
            createdAt: row.createdAt.toISOString(),
          },
    committedRounds: row.committedRounds,
    settingsVersion: row.settingsVersion,
    round: assigned
      ? {
          number: row.number,
          version: row.roundVersion,
          deadlineAt: row.deadlineAt.toISOString(),
          secondsLeft: Math.max(0, (row.deadlineAt.getTime() - row.now.getTime()) / 1000),
          normLimit: row.normLimit,
          members: row.members,
          travelling: row.travelling,
          contributed: row.contributed,
          masking:
            row.phase === null ? null : { attempt: row.attempt, phase: row.phase, awaited: row.awaited },
        }
      : null,
    maskingKeys: row.maskingKeys,
    place: placed
      ? ((await context.asks.place({ groupId, participantId, roundId: isAsked ? roundId : null })) ?? null)
      : null,
    clusters: row.clustered && row.state === 'completed' ? await standingClusters(context.db, groupId) : null,
    rollbacks: [...row.rollbacks],
    pollSeconds: poll,
    spreadSeconds: row.sampled ? 0 : spreadSeconds(members), // of a sample only those drawn hear the hint
  };
}
