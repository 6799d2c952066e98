// `colora metrics …`: a group's curves in a tracker of one's own.
import { Command, InvalidArgumentError } from 'commander';
import { type ApiFlags, openApi, withApiFlags } from '../../coordinator-api.ts';
import { readInteger, readName, readUrl } from '../../flags/option-values.ts';
import type { TrackerKind } from '../../metrics-export/open-tracker.ts';
import { print, printJson, say } from '../../terminal/output.ts';
import { listenForStop } from '../../terminal/stop-signals.ts';
import { UsageError } from '../../usage-error.ts';

const kinds = ['tensorboard', 'mlflow', 'trackio', 'csv'] as const satisfies readonly TrackerKind[];

interface ExportFlags extends ApiFlags {
  readonly group: string;
  readonly to: readonly string[];
  readonly follow?: boolean;
  readonly every: number;
}

export function metricsCommand(): Command {
  return new Command('metrics')
    .description('The figures of a group’s rounds and members')
    .addHelpText('after', '\nExample:\n  $ colora metrics export --group reviews --to csv reviews.csv')
    .addCommand(exportCommand());
}

function exportCommand(): Command {
  return withApiFlags(
    new Command('export').description(
      'Write a group’s curves into TensorBoard, MLflow, Trackio or a CSV file',
    ),
  )
    .requiredOption('--group <name>', 'the group', readName)
    .requiredOption(
      '--to <kind and place...>',
      'where to: tensorboard FOLDER, mlflow URL, trackio URL, or csv FILE',
    )
    .option('--follow', 'go on until the group is completed or this command is stopped')
    .option('--every <seconds>', 'with --follow: look again after so many', readInteger(1, 86_400), 10)
    .addHelpText(
      'after',
      '\nA curve’s steps are checkpoint versions: a round’s figures stand at the checkpoint that it made, a member’s at the one that she judged.\nWhat is there already isn’t written again: run it as often as you like, or stop it and start it anew.\n\nMLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN, are what MLflow’s own tools read; TRACKIO_WRITE_TOKEN is Trackio’s.\n\nExample:\n  $ colora metrics export --group reviews --to tensorboard ./runs --follow',
    )
    .action(exportMetrics);
}

async function exportMetrics(flags: ExportFlags): Promise<void> {
  const { kind, place } = readTarget(flags.to);
  const { openTracker } = await import('../../metrics-export/open-tracker.ts');
  const { exportPoints } = await import('../../metrics-export/export-points.ts');
  const api = await openApi(flags);
  const group = await api.call('showGroup', { params: { group: flags.group } });
  const stop = listenForStop();
  try {
    const tracker = await openTracker(kind, place, group, stop.signal);
    const options = {
      group: group.name,
      everyMs: flags.follow === true ? flags.every * 1000 : null,
      signal: stop.signal,
      onWritten: (points: number) => flags.follow === true && say(`${points} points written`),
      onTrouble: (message: string) => say(`${message}; trying again in ${flags.every} s`),
    };
    const points = await exportPoints(api, tracker, options).finally(tracker.close);
    if (flags.json) printJson({ points });
    else print(`${points === 0 ? 'Nothing new' : `${points} points`} of ${group.name} in ${place}`);
  } finally {
    stop.release();
  }
}

function readTarget([kind, place, ...more]: readonly string[]): { kind: TrackerKind; place: string } {
  const known = kinds.find((one) => one === kind);
  if (known === undefined || place === undefined || more.length > 0)
    throw new UsageError(`--to takes a kind (${kinds.join(', ')}) and a place: --to csv reviews.csv`);
  if (known === 'csv' || known === 'tensorboard') return { kind: known, place };
  try {
    return { kind: known, place: readUrl(place) };
  } catch (error) {
    throw error instanceof InvalidArgumentError ? new UsageError(`--to ${known}: ${error.message}`) : error;
  }
}
