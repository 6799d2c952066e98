// A daemon tells its group how long a step takes it, once it knows and in whole seconds, and tells nothing where its owner said so.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { LogLine } from '@colora/client/client-log';
import { runClient } from '@colora/client/daemon';
import { reviews } from '../support/people.ts';
import { colora } from '../support/processes.ts';
import { adminKey, makeGroup, useSystem } from '../support/system.ts';

const system = useSystem();

test('told after the first round and kept as told; with figures off nothing is', async () => {
  const group = 'step-times';
  await makeGroup(system, group, {
    training: { personalSteps: 3, sharedSteps: 3 },
    rounds: { count: 2, participants: 2 },
  });
  const params = { group };
  const lines: string[] = [];
  const join_ = (person: number, figures: boolean) =>
    runClient({
      url: system.url,
      group,
      name: `person-${person}`,
      baseModel: system.baseModel,
      examples: reviews(person, 8),
      workspace: join(system.folder, `person-${person}`),
      guard: false,
      figures,
      signal: AbortSignal.timeout(300_000),
      log: ({ message }: LogLine) => lines.push(`${person}: ${message}`),
    });
  await Promise.all([join_(1, true), join_(2, false)]);
  const told = await system.admin.call('showStepTimes', { params });
  assert.deepEqual([told.members, told.told, told.steps], [2, 1, 6]);
  const seconds = told.slowestStepSeconds!;
  const path = join(system.folder, 'person-1', group, 'told-step-time.json');
  assert.equal(JSON.parse(await readFile(path, 'utf8')).stepSeconds, seconds);
  const env = { COLORA_URL: system.url, COLORA_KEY: adminKey };
  const shown = (await colora(['groups', 'show', group], { env })).stdout;
  assert.match(
    shown,
    /step times +the one member who told needs \d+ s a step, .* for a round of 6; the deadline/,
  );
  const set = await colora(['groups', 'extend', group, '--deadline', '900'], { env });
  assert.match(set.stdout, /rounds to come have 900 s/);
  assert.equal((await system.admin.call('showStepTimes', { params })).deadlineSeconds, 900);
  const tellings = lines.filter((line) => line.includes('a step takes'));
  assert.ok(
    tellings.length >= 1 && tellings.every((line) => line.startsWith('1: told the group')),
    `${lines}`,
  );
  await assert.rejects(readFile(join(system.folder, 'person-2', group, 'told-step-time.json')), {
    code: 'ENOENT',
  });
});
