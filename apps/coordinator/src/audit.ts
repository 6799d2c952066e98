// The audit trail: one row for what an operator may later have to explain. Details hold codes and
// figures, never keys, texts or values of tensors.
import type { Prisma } from './generated/prisma/client.ts';
import type { Transaction } from './sql/transaction.ts';

type AuditKind =
  | 'key-created'
  | 'key-rotated'
  | 'key-revoked'
  | 'signing-key-taken'
  | 'signing-key-reset'
  | 'group-created'
  | 'group-started'
  | 'group-paused'
  | 'group-completed'
  | 'group-extended'
  | 'group-rolled-back'
  | 'invitation-created'
  | 'invitation-revoked'
  | 'member-joined'
  | 'member-revoked'
  | 'member-left'
  | 'member-removed'
  | 'participant-removed'
  | 'participant-forgotten'
  | 'checkpoint-uploaded'
  | 'round-opened'
  | 'round-extended'
  | 'round-retried'
  | 'round-cancelled'
  | 'round-committed'
  | 'round-failed'
  | 'contribution-refused'
  | 'contribution-read'
  | 'probe-received'
  | 'clusters-changed'
  | 'clusters-said';

interface AuditEntry {
  readonly kind: AuditKind;
  readonly keyId?: string | undefined;
  readonly groupId?: string | undefined;
  readonly roundId?: string | undefined;
  readonly participantId?: string | undefined;
  readonly detail?: Prisma.InputJsonObject;
}

/** Names that a stranger chose may stand in a detail, with signs that a database does not take. */
const stray = /[\0\p{Cs}]/gu;

/** Writes one event, in the transaction of what it speaks of where there is one. */
export async function audit(tx: Pick<Transaction, 'auditEvent'>, entry: AuditEntry): Promise<void> {
  const detail = JSON.parse(
    JSON.stringify(entry.detail ?? {}, (_, value) =>
      typeof value === 'string' ? value.replace(stray, '\ufffd') : value,
    ),
  );
  await tx.auditEvent.create({ data: { ...entry, detail } });
}
