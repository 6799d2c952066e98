// Refusals that more than one use case has: what is not there, and who may not. Each use case's own stand with it.
import { ProblemError } from '@colora/protocol/problems';
import type { Caller } from './keys/key-ring.ts';

/** The same of a group that isn't there and of one that is none of the caller's business. */
export function unknownGroup(name: string): ProblemError {
  return new ProblemError('unknown-group', `no task group called ${name} is open to you`);
}

export function unknownRound(group: string, round: number): ProblemError {
  return new ProblemError('unknown-round', `${group} has no round ${round}`);
}

export function unknownParticipant(name: string): ProblemError {
  return new ProblemError('unknown-participant', `there is no participant called ${name}`);
}

/** The participant behind the key; the routes table lets only participants through here. */
export function participantOf(caller: Caller): string {
  if (caller.participantId === null) throw new ProblemError('wrong-role', 'this needs a participant’s key');
  return caller.participantId;
}
