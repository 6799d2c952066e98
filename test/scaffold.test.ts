// SCAFFOLD with the real coordinator, clients and trainer: the group's controls stay the mean of the members' own, of
// which none is ever sent, and training lowers the loss.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { runClient } from '@colora/client/daemon';
import { readTrained } from '@colora/client/trained';
import { readPersonal } from '@colora/client/workspace/personal-store';
import { useMembers } from './support/members.ts';
import { reviews } from './support/people.ts';
import { makeGroup, useSystem } from './support/system.ts';

const system = useSystem();
const members = useMembers(system);

const group = 'scaffold';
const rounds = 6;
const folderOf = (person: number) => join(system.folder, `${group}-${person}`);

async function takePart(person: number) {
  return await runClient(members.options(group, `${person}`, { examples: reviews(person, 8) }));
}

test('two members train with controls; the group’s are the mean of theirs', async () => {
  await makeGroup(system, group, {
    adapter: { layout: 'global', rank: 2, alpha: 2, targets: ['pooler'] },
    training: {
      controls: true,
      proximal: 0.01,
      optimizer: 'sgd',
      personalSteps: 0,
      sharedSteps: 3,
      sharedRate: 1,
      headRate: 1,
    },
    rounds: { count: rounds, participants: 2, quorum: 2 },
  });
  await Promise.all([takePart(1), takePart(2)]);
  const { shared } = await readTrained(folderOf(1), group);
  const states = await Promise.all(
    [1, 2].map((person) => readPersonal(join(folderOf(person), group, 'personal.safetensors'))),
  );
  const controls = [...shared].filter(([name]) => name.startsWith('control/'));
  assert.equal(controls.length, shared.size / 2);
  for (const [name, { data }] of controls) {
    assert.ok(
      data.some((value) => value !== 0),
      `${name} has moved`,
    );
    const own = states.map((state) => state!.optimizerState.get(name)!.data);
    const scale = Math.max(...data.map(Math.abs));
    for (const [i, value] of data.entries()) {
      const mean = (own[0]![i]! + own[1]![i]!) / 2;
      assert.ok(Math.abs(value - mean) <= 1e-5 * scale, `${name}[${i}]: ${value} is not ${mean}`);
    }
  }
  const losses = [];
  for (const round of [1, rounds]) {
    const { metrics } = await system.admin.call('showRound', { params: { group, round } });
    losses.push(metrics.sharedLoss!);
  }
  assert.ok(losses[1]! < losses[0]! - 0.05, `${losses}`);
});
