// `colora groups start|pause|extend|rollback|end|events`: the life of a group after its creation.
import { type EventKind, eventKinds } from '@colora/protocol/audit/event-kinds';
import type { GroupEvent } from '@colora/protocol/entities';
import { Command } from 'commander';
import { type ApiFlags, openApi, withApiFlags } from '../coordinator-api.ts';
import { readInteger, readName, readNumber, readOneOf } from '../flags/option-values.ts';
import { type PageFlags, sayNext, withPageFlags } from '../flags/page-flags.ts';
import { type Cell, localTime, print, printJson, printTable } from '../terminal/output.ts';
import { UsageError } from '../usage-error.ts';

export function lifecycleCommands(): Command[] {
  return [
    switchCommand('start', 'startGroup', 'Start the rounds of a group, or go on after a pause'),
    switchCommand('pause', 'pauseGroup', 'Pause a group: no round opens and none collects'),
    extendCommand(),
    rollbackCommand(),
    switchCommand('end', 'endGroup', 'End a group before its rounds are over: its live round is cancelled'),
    eventsCommand(),
  ];
}

type Switch = 'startGroup' | 'pauseGroup' | 'endGroup';

function switchCommand(name: string, route: Switch, description: string): Command {
  return withApiFlags(new Command(name).description(description))
    .argument('<group>', 'name of the group', readName)
    .addHelpText('after', `\nExample:\n  $ colora groups ${name} reviews`)
    .action(async (group: string, flags: ApiFlags) => {
      const answer = await (await openApi(flags)).call(route, { params: { group } });
      if (flags.json) return printJson(answer);
      print(`${answer.name} is ${answer.state}`);
    });
}

interface ExtendFlags {
  readonly rounds?: number;
  readonly seconds?: number;
  readonly deadline?: number;
}

function extendCommand(): Command {
  const description =
    'More rounds for a group (a completed one goes on), more time for its live round, or another deadline for those to come';
  return withApiFlags(new Command('extend').description(description))
    .argument('<group>', 'name of the group', readName)
    .option('--rounds <n>', 'so many rounds more', readInteger(1))
    .option('--seconds <n>', 'so many seconds more for the live round', readNumber)
    .option('--deadline <seconds>', 'for the rounds to come', readNumber)
    .addHelpText('after', '\nExample:\n  $ colora groups extend reviews --rounds 5')
    .action(async (group: string, flags: ApiFlags & ExtendFlags) => {
      const { rounds, seconds, deadline: deadlineSeconds } = flags;
      const body = { rounds, seconds, deadlineSeconds };
      if (Object.values(body).every((value) => value === undefined))
        throw new UsageError('say what to add: --rounds, --seconds or --deadline');
      const answer = await (await openApi(flags)).call('extendGroup', { params: { group }, body });
      if (flags.json) return printJson(answer);
      const more = seconds === undefined ? '' : `; its live round has ${seconds} s more`;
      const later = deadlineSeconds === undefined ? '' : `; rounds to come have ${deadlineSeconds} s`;
      const { committedRounds, settings } = answer;
      print(
        `${answer.name} is ${answer.state}, ${committedRounds} of ${settings.rounds.count} rounds${more}${later}`,
      );
    });
}

function rollbackCommand(): Command {
  const description =
    'Go back to an earlier checkpoint of a group: its tensors and optimizer state become the next version';
  return withApiFlags(new Command('rollback').description(description))
    .argument('<group>', 'name of the group', readName)
    .requiredOption('--to-version <n>', 'the checkpoint to go back to', readInteger(0))
    .addHelpText('after', '\nExample:\n  $ colora groups rollback reviews --to-version 12')
    .action(async (group: string, flags: ApiFlags & { toVersion: number }) => {
      const { toVersion } = flags;
      const answer = await (await openApi(flags)).call('rollbackGroup', {
        params: { group },
        body: { toVersion },
      });
      if (flags.json) return printJson(answer);
      const { name, state, checkpoint } = answer;
      print(
        `${name} is ${state} at checkpoint ${checkpoint?.version}, with what checkpoint ${toVersion} held`,
      );
    });
}

function eventsCommand(): Command {
  const description = 'What happened in a group and who did it, newest first';
  return withPageFlags(withApiFlags(new Command('events').description(description)))
    .argument('<group>', 'name of the group', readName)
    .option('--kind <kind>', 'only of this kind, for instance round-retried', readOneOf(eventKinds))
    .option('--round <n>', 'only of this round', readInteger(1))
    .addHelpText('after', '\nExample:\n  $ colora groups events reviews --kind group-paused')
    .action(async (group: string, flags: ApiFlags & PageFlags & { kind?: EventKind; round?: number }) => {
      const { limit, cursor, kind, round } = flags;
      const query = { limit, cursor, kind, round };
      const answer = await (await openApi(flags)).call('listEvents', { params: { group }, query });
      if (flags.json) return printJson(answer);
      const rows = answer.items.map((event) => [...eventCells(event), event.by, detailText(event)]);
      const isAll = kind === undefined && round === undefined;
      printTable(
        ['when', 'what', 'round', 'participant', 'by', 'detail'],
        rows,
        isAll ? 'Nothing happened yet.' : 'Nothing of that happened.',
      );
      sayNext(answer);
    });
}

function eventCells({ at, kind, round, participant }: GroupEvent): Cell[] {
  return [localTime(at), kind, round, participant];
}

function detailText({ detail }: GroupEvent): string {
  const { reason, code, message, ...rest } = detail;
  const said = [code, reason ?? message].filter((part) => part !== undefined).join(': ');
  const figures = Object.entries(rest).map(([name, value]) => `${name} ${String(value)}`);
  return [said, figures.join(', ')].filter((part) => part !== '').join('; ');
}
