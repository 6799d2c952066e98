// Whether a contribution is its sender's word: the statement that its facts amount to, and that the signature with it is the
// participant's under that very text. Pure; what a statement says is protocol/proofs/statement.ts.
import type { ContributionMetadata } from '@colora/protocol/contribution';
import { ProblemError } from '@colora/protocol/problems';
import { isSignedBy } from '@colora/protocol/proofs/signatures';
import { contributionForm } from '@colora/protocol/proofs/statement';
import type { Entry } from './contribution-entry.ts';

type Signing = Pick<
  Entry,
  'groupName' | 'groupCreatedAt' | 'calledName' | 'signingKey' | 'number' | 'version' | 'madeAtSha256'
>;

interface Facts {
  readonly metadata: ContributionMetadata;
  readonly sha256: string;
  readonly bytes: number;
}

/**
 * The text of the statement, made here from what came and what is known: nothing of it is taken from the sender's word. Throws
 * wrong-signature where the participant has a key and this isn't signed with it, or has none and it is signed.
 */
export function statementOf(entry: Signing, facts: Facts, signature: string | null): string {
  const { signingKey: key, groupName, number } = entry;
  const { metadata, sha256, bytes } = facts;
  const text = contributionForm.write({
    group: groupName,
    groupCreatedAt: entry.groupCreatedAt.toISOString(),
    participant: entry.calledName,
    key,
    round: number,
    version: entry.version,
    checkpoint: entry.madeAtSha256,
    kind: metadata.kind,
    examples: metadata.examples,
    personalLoss: metadata.personalLoss ?? null,
    sharedLoss: metadata.sharedLoss ?? null,
    sha256,
    bytes,
  });
  if (key === null && signature === null) return text;
  if (key === null)
    throw refused('it is signed, and no key of yours is known here: join again, so that it is');
  if (signature === null)
    throw refused(`it is not signed, and yours are, with the key ${key}: sign it with that one`);
  if (isSignedBy(key, text, signature)) return text;
  throw refused(
    `its signature is not yours under these bytes for round ${number} of ${groupName}, made at checkpoint ${entry.version} as it is here: sign what is sent, with the key ${key}`,
  );
}

/** Kept in the audit trail for good: it names no participant. */
function refused(detail: string): ProblemError {
  return new ProblemError('wrong-signature', detail);
}
