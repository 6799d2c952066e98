// Sets up one task group a method on a running coordinator, all over the same base model, labels and
// people. Who joins them is elsewhere.
import type { ApiClient } from '@colora/protocol/api-client';
import type { TaskSettingsInput } from '@colora/protocol/task-settings';
import { createTaskGroup } from '../create-group.ts';
import type { MethodName } from './method-names.ts';
import { type Budget, methodSettings } from './methods.ts';

export interface MethodGroupsRequest {
  /** Groups are called `<prefix>-<method>`. */
  readonly prefix: string;
  readonly methods: readonly MethodName[];
  readonly labels: readonly string[];
  /** How many people join: a round waits for all of them. */
  readonly people: number;
  readonly budget: Budget;
  readonly baseModel: string;
  readonly targets: readonly string[];
  readonly maxTokens: number;
  readonly seed: number;
}

export type MethodGroups = ReadonlyMap<MethodName, string>;

export const groupName = (prefix: string, method: MethodName) => `${prefix}-${method}`;

/** Creates and starts the groups; their rounds begin when everybody has joined. */
export async function createMethodGroups(
  api: ApiClient,
  request: MethodGroupsRequest,
): Promise<MethodGroups> {
  const groups = new Map<MethodName, string>();
  for (const method of request.methods) {
    const name = groupName(request.prefix, method);
    await createTaskGroup(api, {
      name,
      access: 'open',
      baseModel: request.baseModel,
      settings: settingsOf(method, request),
    });
    await api.call('startGroup', { params: { group: name } });
    groups.set(method, name);
  }
  return groups;
}

function settingsOf(method: MethodName, request: MethodGroupsRequest): Omit<TaskSettingsInput, 'baseModel'> {
  const { head, adapter, training } = methodSettings(method, request.targets, request.budget);
  return {
    task: { kind: 'classification', labels: [...request.labels], head, maxTokens: request.maxTokens },
    adapter,
    training,
    rounds: {
      count: request.budget.rounds,
      participants: request.people,
      quorum: request.people,
      deadlineSeconds: 3600,
    },
    seed: request.seed,
  };
}
