// `colora privacy check`: what can be read out of one's own next update, attacked here as somebody would who sees it. Nothing is sent, and
// the workspace stays as it is.
import type { PrivacyReport } from '@colora/client/privacy-check/check-privacy';
import type { Example } from '@colora/training/tasks/tasks';
import { Command, InvalidArgumentError } from 'commander';
import { baseModelForms } from '../../base-model/base-model-name.ts';
import { exitCodes } from '../../exit-codes.ts';
import { type EngineFlags, engineOptions, withEngineFlags } from '../../flags/engine-flags.ts';
import { withGroupFlags } from '../../flags/member/place-flags.ts';
import { readInteger, readNumber } from '../../flags/option-values.ts';
import { printJson, say } from '../../terminal/output.ts';
import { UsageError } from '../../usage-error.ts';
import type { FirstStart } from './first-start.ts';

interface CheckFlags extends EngineFlags {
  readonly group?: string;
  readonly groupFile?: string;
  readonly data: string;
  readonly heldOut?: string;
  readonly others?: string;
  readonly canaries?: string;
  readonly members?: number;
  readonly examples: number;
  readonly above: number;
  readonly workspace: string;
  readonly baseModel?: string;
  readonly seed?: number;
  readonly json?: boolean;
}

/** A sum of more says little more, and each is trained. */
const mostMembers = 64;

function readAuc(text: string): number {
  const value = readNumber(text);
  if (value >= 0.5 && value < 1) return value;
  throw new InvalidArgumentError('Use a number from 0.5 to below 1.');
}

export function checkCommand(): Command {
  const command = withGroupFlags(new Command('check'), ['groupFile'])
    .description('What can be read out of your next update: attacks it here, and sends nothing')
    .option(
      '--group-file <path>',
      'or, before you join, its file as colora groups export prints it: the first round is looked at',
    )
    .requiredOption('--data <path>', 'your examples, in any form that join takes')
    .option('--held-out <path>', 'examples that aren’t yours, to tell yours from (default: half of yours)')
    .option(
      '--others <path>',
      'examples for simulated members of a sum (default: what is left of --held-out)',
    )
    .option(
      '--members <n>',
      'members of the sum, you among them (default: as a round of the group wants, 8 at most)',
      readInteger(2, mostMembers),
    )
    .option(
      '--canaries <path>',
      'language models: a file with a text a line, each with a secret in it and standing in your examples (default: some are made, and trained on here)',
    )
    .option('--examples <n>', 'guess at so many of your examples', readInteger(4, 1000), 64)
    .option(
      '--above <auc>',
      `status ${exitCodes.toldApart.status} where something is told apart better than this for sure`,
      readAuc,
      0.6,
    )
    .option('--base-model <model>', `${baseModelForms} (default: as the group names it)`)
    .option(
      '--seed <n>',
      'draw everything but the noise from this number (default: another one each time)',
      readInteger(0, Number.MAX_SAFE_INTEGER),
    );
  return withEngineFlags(command)
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `\nStatus 0: nothing is told apart better than --above, by more than its error, in what the group’s coordinator would see; ${exitCodes.toldApart.status}: something is.\n\nExample:\n  $ colora privacy check --group reviews --data mine.jsonl --held-out others.jsonl\n  $ colora privacy check --group-file reviews.yaml --data mine.jsonl`,
    )
    .action(check);
}

async function check(flags: CheckFlags): Promise<void> {
  const { checkPrivacy } = await import('@colora/client/privacy-check/check-privacy');
  const { checkBaseModel } = await import('@colora/client/session/check-base-model');
  const { readExamples } = await import('@colora/training/data/data');
  const { startTrainer } = await import('@colora/training/trainer');
  const { conclude, printReport } = await import('./check-report.ts');
  const { start, baseModel } = await startOf(flags);
  const { settings } = start.group;
  const read = async (path: string | undefined): Promise<Example[]> =>
    path === undefined ? [] : (await readExamples(path, settings.task)).examples;
  const examples = await read(flags.data);
  const [heldOut, others] = [await read(flags.heldOut), await read(flags.others)];
  const canaries = flags.canaries === undefined ? [] : await readLines(flags.canaries);
  await checkBaseModel(baseModel, settings.baseModel);
  const trainer = await startTrainer({ ...engineOptions(flags), log: say });
  let report: PrivacyReport;
  try {
    report = await checkPrivacy({
      ...{ start, baseModel, trainer, examples, heldOut, others, canaries },
      members: flags.members ?? Math.min(8, Math.max(2, settings.rounds.participants)),
      most: flags.examples,
      seed: flags.seed ?? Math.floor(Math.random() * 2 ** 32),
      onProgress: progressLines(),
    });
  } finally {
    await trainer.close();
  }
  const conclusion = conclude(report, settings, flags.above);
  if (flags.json) printJson({ group: start.group.name, ...report, ...conclusion });
  else printReport(report, conclusion, flags.above);
  if (conclusion.toldApart) process.exitCode = exitCodes.toldApart.status;
}

async function startOf({ group, groupFile, workspace, baseModel: flag }: CheckFlags): Promise<FirstStart> {
  if (groupFile !== undefined && group === undefined) {
    const { firstStart } = await import('./first-start.ts');
    return await firstStart(groupFile, flag);
  }
  if (group === undefined || groupFile !== undefined)
    throw new UsageError(
      'say which group: --group that the workspace takes part in, or --group-file before you join',
    );
  const { readOwnStart } = await import('@colora/client/privacy-check/own-start');
  const { readTrained } = await import('@colora/client/trained');
  const { baseModelOf } = await import('../../named-model.ts');
  const start = await readOwnStart(workspace, group);
  return { start, baseModel: await baseModelOf(await readTrained(workspace, group), flag, workspace) };
}

async function readLines(path: string): Promise<string[]> {
  const { readFile } = await import('node:fs/promises');
  const { withFile } = await import('@colora/protocol/failures/file-problem');
  const text = await withFile('read', path, () => readFile(path, 'utf8'));
  return text.split(/\r?\n/).filter((line) => line.trim() !== '');
}

/** A line when something begins, and now and then while it lasts. */
function progressLines(): (what: string, done: number, of: number) => void {
  let current = '';
  let began = 0;
  let said = 0;
  return (what, done, of) => {
    const now = performance.now();
    if (what !== current) [current, began, said] = [what, now, Number.NEGATIVE_INFINITY];
    if (now - said < everyMs) return;
    said = now;
    const left = done > 1 ? Math.round((((now - began) / (done - 1)) * (of - done)) / 1000) : null;
    say(`${what}: ${done} of ${of}${left === null ? '' : `, about ${left} s left`}`);
  };
}

const everyMs = 8000;
