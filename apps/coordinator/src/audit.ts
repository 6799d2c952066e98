// The audit trail: one row for what somebody may later have to explain: who, when, from where, what. Written in the transaction of
// the change; the database chains it when that commits (prisma/migrations). Details hold codes and figures, never keys,
// invitations, texts or values of tensors, and no names of participants: they may ask to be forgotten.
import type { EventKind } from '@colora/protocol/audit/event-kinds';
import type { Prisma } from './generated/prisma/client.ts';
import type { Caller } from './keys/key-ring.ts';
import { storableText } from './sql/storable-text.ts';
import type { Transaction } from './sql/transaction.ts';

interface AuditEntry {
  readonly kind: EventKind;
  /** Left out: the coordinator did it by itself, or somebody without a key. */
  readonly by?: Caller | null;
  /** Of somebody without a key. */
  readonly address?: string;
  readonly groupId?: string | undefined;
  readonly roundId?: string | undefined;
  readonly participantId?: string | undefined;
  readonly detail?: Prisma.InputJsonObject;
  /** What was changed, and to what, where the detail doesn't say it. */
  readonly before?: Prisma.InputJsonObject;
  readonly after?: Prisma.InputJsonObject;
}

/** Writes one event, in the transaction of what it speaks of where there is one. */
export async function audit(tx: Pick<Transaction, 'auditEvent'>, entry: AuditEntry): Promise<void> {
  const { by = null, address = by?.address, detail = {}, before, after, ...rest } = entry;
  await tx.auditEvent.create({
    data: {
      ...rest,
      ...(by === null
        ? {}
        : { keyId: by.keyId, role: by.role, by: by.participantId === null ? by.name : null }),
      ...(address === undefined ? {} : { address }),
      detail: storable(detail),
      ...(before === undefined ? {} : { before: storable(before) }),
      ...(after === undefined ? {} : { after: storable(after) }),
    },
  });
}

/** Names that a stranger chose may stand in a detail. */
function storable(value: Prisma.InputJsonObject): Prisma.InputJsonObject {
  const text = JSON.stringify(value, (_, part) => (typeof part === 'string' ? storableText(part) : part));
  return JSON.parse(text) as Prisma.InputJsonObject;
}
