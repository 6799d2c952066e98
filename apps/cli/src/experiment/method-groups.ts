// Sets up one task group a method on a running coordinator, all over the same base model, task and
// people. Who joins them is elsewhere.
import type { ApiClient } from '@colora/protocol/api-client';
import type { TaskSettingsInput } from '@colora/protocol/task-settings';
import { createTaskGroup } from '../create-group.ts';
import { languageSettings } from './language-methods.ts';
import type { TrainedMethod } from './method-names.ts';
import { type Budget, isCollaborative, methodSettings } from './methods.ts';

/** What everybody trains, under every method. */
export type ComparedTask =
  | { readonly kind: 'classification'; readonly labels: readonly string[]; readonly maxTokens: number }
  | { readonly kind: 'causal-lm'; readonly maxTokens: number };

export interface MethodGroupsRequest {
  /** Groups are called `<prefix>-<method>`. */
  readonly prefix: string;
  readonly methods: readonly TrainedMethod[];
  readonly task: ComparedTask;
  /** How many people join: a round waits for all of them. */
  readonly people: number;
  readonly budget: Budget;
  readonly baseModel: string;
  readonly baseModelName: string;
  readonly targets: readonly string[];
  readonly seed: number;
}

export type MethodGroups = ReadonlyMap<TrainedMethod, string>;

export const groupName = (prefix: string, method: TrainedMethod) => `${prefix}-${method}`;

/** Creates and starts the groups; their rounds begin when everybody has joined. */
export async function createMethodGroups(
  api: ApiClient,
  request: MethodGroupsRequest,
): Promise<MethodGroups> {
  const groups = new Map<TrainedMethod, string>();
  for (const method of request.methods) {
    const name = groupName(request.prefix, method);
    await createTaskGroup(api, {
      name,
      access: 'open',
      baseModel: request.baseModel,
      baseModelName: request.baseModelName,
      settings: settingsOf(method, request),
    });
    await api.call('startGroup', { params: { group: name } });
    groups.set(method, name);
  }
  return groups;
}

function settingsOf(
  method: TrainedMethod,
  request: MethodGroupsRequest,
): Omit<TaskSettingsInput, 'baseModel'> {
  return {
    ...taskOf(method, request),
    rounds: {
      count: budgetOf(method, request).rounds,
      participants: request.people,
      quorum: request.people,
      deadlineSeconds: 3600,
    },
    seed: request.seed,
  };
}

/**
 * The base model trains nothing; where labels are learnt and nothing is shared, one round does the steps of all: the same training,
 * to the bit, without the trips. A language model's would outlast the deadline.
 */
export function budgetOf(
  method: TrainedMethod,
  { task, budget }: Pick<MethodGroupsRequest, 'task' | 'budget'>,
): Budget {
  if (method === 'base') return { ...budget, rounds: 1 };
  if (isCollaborative(method) || task.kind === 'causal-lm') return budget;
  return { ...budget, rounds: 1, steps: budget.rounds * budget.steps };
}

function taskOf(method: TrainedMethod, { task, targets, budget: ofAll }: MethodGroupsRequest) {
  const budget = budgetOf(method, { task, budget: ofAll });
  if (task.kind === 'causal-lm') return { task, ...languageSettings(method, targets, budget) };
  const { head, adapter, training } = methodSettings(method, targets, budget);
  // the product as people get it, beside methods that have one head for all or none to share
  const clusters = method === 'core' ? ('auto' as const) : ('off' as const);
  return { task: { ...task, labels: [...task.labels], head, clusters }, adapter, training };
}
