// Refusals that more than one use case has: what is not there, and who may not. Each use case's own stand with it.
import { ProblemError } from '@colora/protocol/problems';
import type { Caller } from '../keys/key-ring.ts';

export function unknownGroup(name: string): ProblemError {
  return new ProblemError('unknown-group', `there is no task group called ${name}`);
}

export function unknownRound(group: string, round: number): ProblemError {
  return new ProblemError('unknown-round', `${group} has no round ${round}`);
}

export function notAMember(name: string): ProblemError {
  return new ProblemError('not-a-member', `join the task group ${name} first`);
}

/** The participant behind the key; the routes table lets only participants through here. */
export function participantOf(caller: Caller): string {
  if (caller.participantId === null) throw new ProblemError('wrong-role', 'this needs a participant’s key');
  return caller.participantId;
}
