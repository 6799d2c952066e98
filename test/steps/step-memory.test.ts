// A step that doesn't fit into what its member allows: refused with the flags that make it fit, before she is a member and
// anything is trained; and with --fit-memory trained with those flags.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { createTaskGroup } from '@colora/cli/create-group';
import { exitCodes } from '@colora/cli/exit-codes';
import { writeReviews } from '../support/people.ts';
import { colora } from '../support/processes.ts';
import { useSystem } from '../support/system.ts';
import { stories, texts } from './long-steps.ts';

let data: string;
const system = useSystem(async () => {
  data = await writeReviews(system.folder, 'stories', texts);
  await createTaskGroup(system.admin, {
    name: 'wide',
    access: 'open',
    baseModel: stories,
    settings: {
      task: { kind: 'causal-lm', maxTokens: 64 },
      adapter: { rank: 2, alpha: 2, targets: ['self_attn.q_proj'] },
      training: { personalSteps: 1, sharedSteps: 1, batchSize: 64 },
      rounds: { count: 1, participants: 1, quorum: 1 },
    },
  });
  await system.admin.call('startGroup', { params: { group: 'wide' } });
});

const joined = (workspace: string, ...flags: string[]) =>
  colora([
    ...['join', system.url, '--group', 'wide', '--base-model', stories, '--json'],
    ...['--data', data, '--workspace', join(system.folder, workspace), ...flags],
  ]);

test('refused with the flags that make it fit, and nobody has become a member', async () => {
  const { status, stderr } = await joined('refused', '--max-memory', '360MB');
  assert.equal(status, exitCodes.noMemory.status, stderr);
  assert.match(
    stderr,
    /a training step needs about 0\.4 GB .*; --max-memory allows 0\.4 GB\. With --recompute it needs about 0\.3 GB, and fits/,
  );
  const { items } = await system.admin.call('listParticipants', { query: {} });
  assert.deepEqual(items, []);
});

test('with --fit-memory it is trained with them', async () => {
  const { status, stderr, stdout } = await joined('fitted', '--max-memory', '360MB', '--fit-memory');
  assert.equal(status, 0, stderr);
  assert.match(stderr, /going on with --recompute, which needs about 0\.3 GB/);
  const { rounds, state } = JSON.parse(stdout);
  assert.deepEqual([rounds, state], [1, 'completed']);
});
