// A group for a language model that one member trains in two short rounds, so that its text changes.
import { createTaskGroup } from '@colora/cli/create-group';
import type { ApiClient } from '@colora/protocol/api-client';

export async function makeTalesGroup(
  admin: ApiClient,
  { name, access, baseModel }: { name: string; access: 'open' | 'invitation'; baseModel: string },
): Promise<void> {
  await createTaskGroup(admin, {
    ...{ name, access, baseModel },
    settings: {
      task: { kind: 'causal-lm', maxTokens: 16 },
      adapter: { rank: 2, alpha: 2, targets: ['q_proj'] },
      training: { personalSteps: 2, sharedSteps: 6, batchSize: 4, personalRate: 0.1, sharedRate: 0.02 },
      rounds: { count: 2, participants: 1, quorum: 1 },
      privacy: { minMembers: 1 },
    },
  });
  await admin.call('startGroup', { params: { group: name } });
}
