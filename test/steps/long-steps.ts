// A group whose steps take seconds in native code, each one run of 40 x 512 tokens, and daemons in the middle of their first. Nothing
// here checks anything.
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createTaskGroup } from '@colora/cli/create-group';
import type { TaskSettingsInput } from '@colora/protocol/task-settings';
import { writeReviews } from '../support/people.ts';
import { type Running, startColora } from '../support/processes.ts';
import { useSystem } from '../support/system.ts';

export const stories = fileURLToPath(new URL('../../packages/models/fixtures/stories260k', import.meta.url));
const story =
  'Once upon a time there was a girl who loved to play in the park with her big red ball. '.repeat(24);
export const texts = Array.from({ length: 128 }, (_, index) => ({ text: story.slice(index % 40) }));

const settings: Omit<TaskSettingsInput, 'baseModel'> = {
  task: { kind: 'causal-lm', maxTokens: 512 },
  adapter: { rank: 2, alpha: 2, targets: ['self_attn.q_proj'] },
  training: { personalSteps: 50, sharedSteps: 50, batchSize: 40 },
  rounds: { count: 2, participants: 1, quorum: 1 },
};

/** For all tests of the file that calls it. */
export function useLongSteps() {
  let data: string;
  let people = 0;
  const system = useSystem(async () => {
    data = await writeReviews(system.folder, 'stories', texts);
    await createTaskGroup(system.admin, { name: 'long', access: 'open', baseModel: stories, settings });
    await system.admin.call('startGroup', { params: { group: 'long' } });
  });
  return {
    system,
    /** Path of the examples. */
    data: () => data,
    /** A daemon in the middle of its first step, unless the machine is so busy that it hasn't begun it `afterMs` after it was to. */
    async training(afterMs = 500): Promise<Running & { readonly workspace: string }> {
      people += 1;
      const workspace = join(system.folder, `person-${people}`);
      const daemon = startColora([
        ...['join', system.url, '--group', 'long', '--base-model', stories],
        ...['--data', data, '--workspace', workspace],
      ]);
      await daemon.says(/round 1 of 2: training/);
      await delay(afterMs);
      return { ...daemon, workspace };
    },
  };
}
