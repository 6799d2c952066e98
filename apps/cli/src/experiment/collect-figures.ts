// Reads what the members reported to the coordinator and puts it together by person and method.
import type { ApiClient } from '@colora/protocol/api-client';
import { everyItem } from '@colora/protocol/paging/every-item';
import type { PersonFigures } from './figures.ts';
import type { MethodGroups } from './method-groups.ts';
import type { TrainedMethod } from './method-names.ts';
import type { Person } from './person.ts';

/** The newest value of a metric for each member of a group. */
async function latestMetric(api: ApiClient, group: string, name: string): Promise<Map<string, number>> {
  const values = new Map<string, number>();
  const newestFirst = everyItem((cursor) =>
    api.call('listMetrics', { params: { group }, query: { name, limit: 1000, cursor } }),
  );
  for await (const { participant, value } of newestFirst)
    if (!values.has(participant)) values.set(participant, value);
  return values;
}

export interface Experiment {
  readonly people: readonly Person[];
  readonly groups: MethodGroups;
  readonly seed: number;
  readonly metric?: 'accuracy' | 'exactMatch' | 'heldOutLoss';
}

/** Every person's last reported value of a metric under every method. Throws when somebody's is missing. */
export async function collectFigures(
  api: ApiClient,
  { people, groups, seed, metric = 'accuracy' }: Experiment,
): Promise<PersonFigures[]> {
  const figures = new Map<TrainedMethod, Map<string, number>>();
  for (const [method, group] of groups) figures.set(method, await latestMetric(api, group, metric));
  return people.map((person) => {
    const own = [...figures].map(([method, values]) => {
      const value = values.get(person.name);
      if (value === undefined)
        throw new Error(`${person.name} reported no ${metric} in ${groups.get(method)}`);
      return [method, value] as const;
    });
    return { user: person.shown ?? person.name, group: person.group, seed, ...Object.fromEntries(own) };
  });
}
