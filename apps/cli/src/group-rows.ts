// How a task group looks as a row and as a page of facts.
import type { TaskGroup } from '@colora/protocol/entities';
import { byteText, type Cell, localTime } from './output.ts';

export const groupHeader = [
  'group',
  'state',
  'rounds',
  'members',
  'online',
  'layout',
  'base model',
  'access',
];

export function groupRow(group: TaskGroup): Cell[] {
  const { settings } = group;
  return [
    group.name,
    group.state,
    `${group.committedRounds}/${settings.rounds.count}`,
    group.members,
    group.online,
    settings.adapter.layout,
    settings.baseModel.name,
    group.access,
  ];
}

export function groupFacts(group: TaskGroup): [string, Cell][] {
  const { settings, checkpoint } = group;
  const { adapter, training, rounds, task } = settings;
  return [
    ['group', group.name],
    ['state', group.state],
    ['access', group.access],
    ['members', `${group.members} (${group.online} online)`],
    ['rounds', `${group.committedRounds} of ${rounds.count}`],
    ['a round', `${rounds.participants} participants, quorum ${rounds.quorum}, ${rounds.deadlineSeconds} s`],
    ['base model', `${settings.baseModel.name} (${settings.baseModel.fingerprint.slice(0, 12)}…)`],
    ['task', task.kind === 'causal-lm' ? task.kind : `${task.kind}: ${task.labels.join(', ')}`],
    ['adapter', `${adapter.layout}, rank ${adapter.rank}, on ${adapter.targets.join(', ') || 'nothing'}`],
    [
      'training',
      `${training.contribution}, ${training.personalSteps} personal + ${training.sharedSteps} shared steps of ${training.batchSize}`,
    ],
    [
      'checkpoint',
      checkpoint === null
        ? null
        : `version ${checkpoint.version}, ${byteText(checkpoint.bytes)}, sha256 ${checkpoint.sha256.slice(0, 12)}…`,
    ],
    ['created', localTime(group.createdAt)],
  ];
}
