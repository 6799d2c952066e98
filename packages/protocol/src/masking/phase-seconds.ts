// How long the phases of a masked round may take at most: training goes on while shares come in, so contributions have the round's
// own deadline. What the phases are is masking.ts's.

interface Deadline {
  readonly deadlineSeconds: number;
}

/** For the shares of secrets, and again for signatures: small messages of members who are online. */
export function shareSeconds({ deadlineSeconds }: Deadline): number {
  return Math.min(120, Math.max(5, deadlineSeconds / 4));
}

/** For reveals, without which a round fails. */
export function revealSeconds({ deadlineSeconds }: Deadline): number {
  return deadlineSeconds;
}
