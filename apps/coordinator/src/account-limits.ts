// How many may come, how fast, how long who never came back is kept, and how long a browser stays signed in. Read from the
// environment by config.ts; one's own invitations are not counted by address, since many come from a clinic's one.
import { z } from 'zod';

export interface AccountLimits {
  /** Newcomers without an invitation from one address (of IPv6: one /64), in `enrolmentHours`. */
  readonly enrolmentsPerAddress: number;
  readonly enrolmentHours: number;
  readonly membersPerGroup: number;
  readonly groupsPerParticipant: number;
  /** Who enrolled without an admin and never used its key is forgotten after so many days. */
  readonly unseenDays: number;
  /** A browser's session ends when it isn't used for so long, and after `sessionHours` in any case. */
  readonly sessionIdleHours: number;
  readonly sessionHours: number;
}

export const usualLimits: AccountLimits = {
  enrolmentsPerAddress: 100,
  enrolmentHours: 1,
  membersPerGroup: 10_000,
  groupsPerParticipant: 100,
  unseenDays: 30,
  sessionIdleHours: 12,
  sessionHours: 7 * 24,
};

const whole = (most: number, usual: number) => z.coerce.number().int().min(1).max(most).default(usual);

/** The variables of the environment that set them. */
export const accountVariables = {
  COLORA_ENROLMENTS_PER_ADDRESS: whole(1_000_000, usualLimits.enrolmentsPerAddress),
  COLORA_ENROLMENT_HOURS: whole(24 * 31, usualLimits.enrolmentHours),
  COLORA_MEMBERS_PER_GROUP: whole(1_000_000, usualLimits.membersPerGroup),
  COLORA_GROUPS_PER_PARTICIPANT: whole(10_000, usualLimits.groupsPerParticipant),
  COLORA_UNSEEN_DAYS: whole(3_650, usualLimits.unseenDays),
  COLORA_SESSION_IDLE_HOURS: whole(24 * 366, usualLimits.sessionIdleHours),
  COLORA_SESSION_HOURS: whole(24 * 366, usualLimits.sessionHours),
};

export function limitsOf(read: Readonly<z.output<z.ZodObject<typeof accountVariables>>>): AccountLimits {
  return {
    enrolmentsPerAddress: read.COLORA_ENROLMENTS_PER_ADDRESS,
    enrolmentHours: read.COLORA_ENROLMENT_HOURS,
    membersPerGroup: read.COLORA_MEMBERS_PER_GROUP,
    groupsPerParticipant: read.COLORA_GROUPS_PER_PARTICIPANT,
    unseenDays: read.COLORA_UNSEEN_DAYS,
    sessionIdleHours: read.COLORA_SESSION_IDLE_HOURS,
    sessionHours: read.COLORA_SESSION_HOURS,
  };
}
