// For tests: a running group with secure aggregation on an open database, its members, and two coordinators that take turns, all
// without a server: nothing happens by itself but what a test asks for. No tests here.
import type { TaskGroup } from '@colora/protocol/entities';
import { openSigner } from '@colora/protocol/proofs/signatures';
import { type TaskSettingsInput, taskSettingsSchema } from '@colora/protocol/task-settings';
import { encode } from '@colora/tensors/safetensors/safetensors';
import type { Context } from '../context.ts';
import type { Database } from '../database/open-database.ts';
import type { Caller } from '../keys/key-ring.ts';
import { keepGroup } from '../rounds/round-keeper.ts';
import { makeContext } from './context.ts';
import { directCalls } from './direct-call.ts';
import { directAdmin } from './direct-group.ts';
import { hash, makeSettings, tensors } from './group.ts';
import { type Given, type MaskedMember, maskedMember, newMaskedState } from './masked-member.ts';

export interface MaskedGroup {
  readonly group: TaskGroup;
  readonly groupId: string;
  readonly members: readonly MaskedMember[];
  readonly admin: ReturnType<typeof directCalls>;
  /** Whichever coordinator's turn it is looks whether something is due. */
  keep(): Promise<void>;
  /** The live phase is over by the clock. */
  passTime(): Promise<void>;
  /** Each of these does what is hers, then the round moves on; until nobody has anything to do. Kinds of moves by member. */
  play(who?: readonly MaskedMember[]): Promise<string[]>;
  update(member: number): () => Given;
}

const initial = tensors({ 'x.shared.A': [1, 2], 'x.shared.B': [0, 0, 0] });

export async function makeMaskedGroup(
  database: Database,
  {
    name,
    people = 4,
    settings = {},
    keys = 4,
  }: { name: string; people?: number; settings?: Partial<TaskSettingsInput>; keys?: number },
): Promise<MaskedGroup> {
  const coordinators = [makeContext(database, `${name} one`), makeContext(database, `${name} two`)] as const;
  let turns = 0;
  const next = (): Context => {
    turns += 1;
    return coordinators[turns % 2]!;
  };
  const admin = directCalls(next, directAdmin);
  const { privacy, rounds, ...more } = settings;
  const wanted = makeSettings({
    ...more,
    rounds: { count: 9, participants: people, deadlineSeconds: 600, ...rounds },
    privacy: { clipNorm: 2, minMembers: 2, secureAggregation: {}, ...privacy },
  });
  taskSettingsSchema.parse(wanted);
  await admin.call('createGroup', { body: { name, access: 'open', settings: wanted } });
  const bytes = encode(initial);
  const params = { group: name };
  await admin.call('putInitialCheckpoint', { params, bytes, sha256: hash(bytes) });
  const group = await admin.call('startGroup', { params });
  const { id: groupId } = await database.client.taskGroup.findUniqueOrThrow({ where: { name } });
  const members: MaskedMember[] = [];
  for (let index = 0; index < people; index += 1) {
    const state = newMaskedState();
    const signer = openSigner(state.signingKey)!;
    const called = `${name}-${index}`;
    const { id: participantId } = await database.client.participant.create({
      data: { name: called, signingKey: signer.publicKey },
    });
    const onlineUntil = new Date(Date.now() + 3_600_000);
    const data = { groupId, participantId, onlineUntil, awaitsKeys: true };
    await database.client.membership.create({ data });
    const caller: Caller = {
      ...{
        keyId: called,
        role: 'participant',
        name: called,
        participantId,
        groups: null,
        address: '127.0.0.1',
      },
    };
    const member = maskedMember(
      { name: called, api: () => directCalls(next, caller), state },
      group,
      initial,
    );
    if (keys > 0) await member.handIn(keys);
    members.push(member);
  }
  const keep = () => keepGroup(next(), groupId);
  const update = (member: number) => () => ({
    weight: 1,
    update: tensors({
      'x.shared.A': [0.1 * (member + 1), -0.05],
      ...(member % 2 === 0 ? { 'x.shared.B': [0.25, member / 10, -0.3] } : {}),
    }),
  });
  return {
    group,
    groupId,
    members,
    admin,
    keep,
    update,
    async passTime() {
      const past = new Date(Date.now() - 60_000);
      await database.client.round.updateMany({
        where: { groupId, state: 'collecting' },
        data: { deadlineAt: past },
      });
      await database.client.maskedRound.updateMany({ where: { round: { groupId } }, data: { until: past } });
    },
    async play(who = members) {
      const moves: string[] = [];
      for (let quiet = false; !quiet; ) {
        quiet = true;
        for (const member of who) {
          const kind = await member.move(update(members.indexOf(member)));
          if (kind === 'idle' || kind === 'wait') continue;
          quiet = false;
          moves.push(kind);
        }
        await keep();
      }
      return moves;
    },
  };
}
