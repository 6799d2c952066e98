// What takes the masks off a round's sum, out of the database: its roster, who is in the sum, and what was revealed. Of each secret as
// many shares as rebuild it, those of the lowest numbers: the same whenever it is asked.

import type { Revealed } from '@colora/privacy/masking/unmask';
import type { Unmasking } from '@colora/protocol/masking/unmasking';
import { sha256Hex } from '@colora/protocol/sha256';
import type { RoundModel } from '../generated/prisma/models.ts';
import type { Transaction } from '../sql/transaction.ts';

type Told = Pick<Revealed, 'of' | 'what' | 'share'>;

/** Of the round's last attempt. Its contributions are those of the senders. */
export async function readUnmasking(
  db: Pick<Transaction, 'maskedRound' | 'maskedMember'>,
  { id: roundId, attempt }: Pick<RoundModel, 'id' | 'attempt'>,
): Promise<Unmasking> {
  const { roster, threshold, rosterHash } = await db.maskedRound.findUniqueOrThrow({
    where: { roundId_attempt: { roundId, attempt } },
  });
  if (sha256Hex(roster) !== rosterHash) throw new Error(`the roster of round ${roundId} is damaged`);
  const people = await db.maskedMember.findMany({
    where: { roundId, attempt, isSharer: true },
    select: { number: true, isSender: true, isSigner: true, reveals: true },
    orderBy: { number: 'asc' },
  });
  const counts = new Map<string, number>();
  const revealed = people.flatMap(({ number: by, isSigner, reveals }) =>
    (isSigner ? ((reveals ?? []) as unknown as Told[]) : []).flatMap((told): Revealed[] => {
      const name = `${told.what} ${told.of}`;
      const count = (counts.get(name) ?? 0) + 1;
      counts.set(name, count);
      return count <= threshold ? [{ ...told, by }] : [];
    }),
  );
  return {
    roster,
    sharers: people.map(({ number }) => number),
    senders: people.flatMap(({ number, isSender }) => (isSender ? [number] : [])),
    revealed,
  };
}
