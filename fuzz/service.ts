// A real coordinator in this process for the fuzz of its routes and of its answers: groups to send to, and keys.
import { buildCoordinator } from '@colora/coordinator/coordinator';
import { makeOneDatabase } from '@colora/coordinator/testing/databases';
import { adminKey, joinAs, makeGroup, makeSettings, tensors } from '@colora/coordinator/testing/group';

export const initial = tensors({ 'head/bad': [0, 0, 0], 'head/good': [0, 0, 1], 'x.shared.A': [1, 2] });

export interface Service {
  readonly url: string;
  readonly adminKey: string;
  /** Of members of the group that collects, whose round waits for all of them. */
  readonly memberKeys: readonly string[];
  close(): Promise<void>;
}

/** One that collects; one that waits for its initial checkpoint. */
export const groups = { collecting: 'collecting', draft: 'draft' } as const;

const members = 24;

export async function startService(folder: string): Promise<Service> {
  const database = await makeOneDatabase(folder);
  const coordinator = await buildCoordinator({ ...database.options, port: 0, adminKey, logger: 'silent' });
  const { url } = coordinator;
  const rounds = { count: 9, participants: members, quorum: members, deadlineSeconds: 86_400 };
  const admin = await makeGroup(url, { name: groups.collecting, initial, settings: { rounds } });
  await admin.call('createGroup', { body: { name: groups.draft, access: 'open', settings: makeSettings() } });
  const joined = [];
  for (let i = 0; i < members; i += 1) joined.push(await joinAs(url, `member-${i}`, groups.collecting));
  for (const one of joined) await one.assignment();
  await joined[0]!.until('a round', ({ round }) => round !== null);
  return {
    url,
    adminKey,
    memberKeys: joined.map(({ key }) => key),
    async close() {
      await coordinator.close();
      await database.remove();
    },
  };
}
