// For tests: a running group and its members on an open database, without a server: the use cases are called directly, so that
// nothing happens by itself. No tests here.
import { taskSettingsSchema } from '@colora/protocol/task-settings';
import { encode } from '@colora/tensors/safetensors/safetensors';
import type { Context } from '../context.ts';
import { putInitialCheckpoint } from '../groups/checkpoint-handlers.ts';
import { createGroup, startGroup } from '../groups/group-handlers.ts';
import type { IncomingBody } from '../http/incoming-body.ts';
import type { Caller } from '../keys/key-ring.ts';
import { hash, makeSettings, tensors } from './group.ts';

const anywhere = { groups: null, address: '127.0.0.1' } as const;

export const directAdmin: Caller = {
  ...{ keyId: 'admin', role: 'admin', name: 'admin', participantId: null },
  ...anywhere,
};

export interface DirectMember {
  readonly caller: Caller;
  readonly participantId: string;
}

/** Of one tensor w of two values; its members are online for an hour. */
export async function makeDirectGroup(
  context: Context,
  { group, rounds, people }: { readonly group: string; readonly rounds: object; readonly people: number },
): Promise<{ readonly groupId: string; readonly members: readonly DirectMember[] }> {
  const settings = taskSettingsSchema.parse(makeSettings({ rounds }));
  const call = { params: { group }, query: undefined as never, caller: directAdmin };
  await createGroup(context, {
    ...call,
    params: undefined as never,
    query: { 'dry-run': false },
    body: { name: group, access: 'open', settings },
  });
  await putInitialCheckpoint(context, { ...call, body: bodyOf(encode(tensors({ w: [0, 0] }))) });
  await startGroup(context, { ...call, body: undefined as never });
  const { id: groupId } = await context.db.taskGroup.findUniqueOrThrow({ where: { name: group } });
  const members: DirectMember[] = [];
  for (let index = 0; index < people; index += 1) {
    const name = `${group}-${index}`;
    const { id } = await context.db.participant.create({ data: { name } });
    const onlineUntil = new Date(Date.now() + 3_600_000);
    await context.db.membership.create({ data: { groupId, participantId: id, onlineUntil } });
    const caller = { ...anywhere, keyId: name, role: 'participant' as const, name, participantId: id };
    members.push({ caller, participantId: id });
  }
  return { groupId, members };
}

export function bodyOf(bytes: Uint8Array): IncomingBody {
  return {
    address: '127.0.0.1',
    announced: () => hash(bytes),
    signature: () => null,
    assertFits: () => undefined,
    async *read() {
      yield bytes;
    },
  };
}
