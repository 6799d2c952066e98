// The mask that two neighbours share: added by the one with the lower number, taken off by the other, so that a sum with both
// contributions doesn't hold it (Bonawitz et al. 2017, section 4).
import type { AgreementKey } from '../sharing/key-agreement.ts';
import type { OpenRoster } from './roster.ts';

/** 32 bytes that the two of them know. `own`: a member's masking key; `other`: a neighbour's number. */
export function pairwiseSeed({ hash, members }: OpenRoster, own: AgreementKey, other: number): Uint8Array {
  return own.agree(members[other]!.maskingKey, `colora pairwise mask v1\n${hash}`);
}

/** With which sign it stands in the contribution of `member`. */
export const pairwiseSign = (member: number, other: number): 1 | -1 => (member < other ? 1 : -1);
