// What can be told of a service: its system's word, how its daemon ended, what its groups wait for, its last lines.
import { explainGroup } from '@colora/client/own-membership';
import { readWorks } from '@colora/client/told';
import type { Asking } from '@colora/client/workspace-api';
import { config } from '../config.ts';
import { explainError } from '../explain-error.ts';
import { textOf } from '../terminal/progress-text.ts';
import { runCommand } from '../terminal/run-command.ts';
import { type Ending, readEnding, readService, type Service, serviceFolder } from './installed-services.ts';
import { lastLines } from './service-log.ts';
import type { ServiceState } from './systems/service-system.ts';
import { configFolder, thisSystem } from './this-system.ts';

export interface ServiceReport {
  readonly name: string;
  readonly system: string;
  readonly state: ServiceState['state'];
  /** Why it is not running; null where it is, or nobody knows. */
  readonly why: string | null;
  readonly workspace: string | null;
  readonly groups: Readonly<Record<string, GroupReport>>;
  readonly lines: readonly string[];
}

interface GroupReport {
  /** What its daemon is at, where that lasts. */
  readonly at: string | null;
  /** What the group waits for, by its coordinator, or why that is not known. */
  readonly waits: string | null;
}

const shownLines = 5;

/** Never throws what is wrong with the service itself: that is what it tells. */
export async function reportOn(name: string, asking: Asking): Promise<ServiceReport> {
  const system = thisSystem();
  const folder = serviceFolder(configFolder(), name);
  const facts = { name, user: config.serviceUser };
  const told = system.stateOf(await runCommand(system.ask(facts)));
  const service = await readService(folder).catch((error: Error) => error);
  const isKnown = service !== null && !(service instanceof Error);
  return {
    name,
    system: system.called,
    ...outcomeOf(told, await readEnding(folder)),
    ...(service instanceof Error ? { why: service.message } : {}),
    workspace: isKnown ? service.workspace : null,
    groups: isKnown ? await groupsOf(service, asking) : {},
    lines: await lastLines(folder, shownLines),
  };
}

/** A daemon that ended by itself said why; of one that was killed the system alone knows. */
export function outcomeOf(told: ServiceState, ending: Ending | null): Pick<ServiceReport, 'state' | 'why'> {
  const said =
    ending === null ? null : ending.message === '' ? null : `${ending.message} (status ${ending.status})`;
  if (told.state === 'running') return { state: 'running', why: null };
  if (told.state === 'stopped' && ending !== null && ending.status !== 0)
    return { state: 'failed', why: said };
  if (told.state === 'stopped') return { state: 'stopped', why: null };
  if (told.state === 'unknown')
    return {
      state: 'unknown',
      why: said ?? 'the system knows nothing of it: install it again, or remove it',
    };
  return { state: told.state, why: said ?? told.why };
}

async function groupsOf(
  { workspace, url, groups }: Omit<Service, 'name'>,
  asking: Asking,
): Promise<Record<string, GroupReport>> {
  const works = new Map(await readWorks(workspace, url).catch(() => []));
  const reports = groups.map(async (group) => {
    const work = works.get(group);
    const at = work === undefined ? null : textOf(work);
    const waits = await explainGroup(workspace, group, asking).then(
      ({ reasons }) => reasons[0]?.text ?? null,
      (error) => explainError(error).message,
    );
    return [group, { at, waits }] as const;
  });
  return Object.fromEntries(await Promise.all(reports));
}
