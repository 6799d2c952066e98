// The key of somebody who signs in by OpenID Connect: it says in lists and in the audit trail who that is, and revoking it keeps her
// out. Nobody has its text. Its role follows the provider's word at each sign-in.
import { randomBytes } from 'node:crypto';
import { nameSchema } from '@colora/protocol/bounds/bounded';
import { audit } from '../audit.ts';
import type { ApiKeyModel } from '../generated/prisma/models.ts';
import { hashSecret } from '../keys/api-keys.ts';
import { validAt } from '../keys/valid-keys.ts';
import type { Person } from '../oidc/oidc-client.ts';
import type { Granted } from '../oidc/oidc-settings.ts';
import { readClock } from '../sql/database-clock.ts';
import type { Transaction } from '../sql/transaction.ts';

export interface PersonKey {
  readonly key: ApiKeyModel;
  /** Another role or other groups than at the last sign-in. */
  readonly isChanged: boolean;
}

/** Null where an admin revoked it. */
export async function keyOfPerson(
  tx: Transaction,
  person: Person,
  granted: Granted,
  address: string,
): Promise<PersonKey | null> {
  const subject = subjectOf(person);
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`subject ${subject}`}, 0))`;
  const may = { role: granted.role, groups: [...(granted.groups ?? [])] };
  const known = await tx.apiKey.findUnique({ where: { subject } });
  if (known === null) {
    const name = await freeName(tx, person, subject);
    const hash = hashSecret(randomBytes(32).toString('base64url'));
    const key = await tx.apiKey.create({ data: { ...may, name, subject, hash } });
    await audit(tx, { kind: 'key-created', address, detail: { created: key.id, way: 'oidc', ...told(may) } });
    return { key, isChanged: false };
  }
  if (known.revokedAt !== null) return null;
  const before = { role: known.role, groups: known.groups };
  if (JSON.stringify(told(before)) === JSON.stringify(told(may))) return { key: known, isChanged: false };
  const key = await tx.apiKey.update({ where: { id: known.id }, data: may });
  const detail = { changed: key.id, way: 'oidc' };
  await audit(tx, { kind: 'key-changed', address, detail, before: told(before), after: told(may) });
  return { key, isChanged: true };
}

/** Two providers may know different people by one subject. */
export const subjectOf = ({ issuer, subject }: Person) => `${issuer} ${subject}`;

const told = ({ role, groups }: Pick<ApiKeyModel, 'role' | 'groups'>) => ({
  role,
  ...(groups.length === 0 ? {} : { groups: groups.join(', ') }),
});

/** The first of her names that is one here and no other valid key has; else one of hers with something added. */
async function freeName(tx: Transaction, { names }: Person, subject: string): Promise<string> {
  const tag = hashSecret(subject).slice(0, 8);
  const own = names.map(asName).filter((name) => name !== null);
  for (const name of [...own, `${[...(own[0] ?? 'oidc')].slice(0, 52).join('')}-${tag}`]) {
    await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`key ${name}`}, 0))`;
    const other = await tx.apiKey.findFirst({ where: { ...validAt(await readClock(tx)), name } });
    if (other === null) return name;
  }
  return `oidc-${hashSecret(subject).slice(0, 32)}`;
}

/** Of ada@example.org and Ada Lovelace: ada_example.org, ada_lovelace. */
function asName(text: string): string | null {
  const words =
    text
      .toLowerCase()
      .normalize('NFC')
      .match(/[\p{L}\p{M}\p{Nd}.-]+/gu) ?? [];
  const spelled = words.join('_');
  return nameSchema.safeParse([...spelled].slice(0, 63).join('')).data ?? null;
}
