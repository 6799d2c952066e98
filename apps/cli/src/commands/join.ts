// `colora join`: runs the client daemon for one or more groups in this process, all sharing one trainer.
import {
  type ClientOptions,
  type ClientOutcome,
  type EvaluationTime,
  evaluationTimes,
  type Until,
  untils,
} from '@colora/client/session/client-options';
import type { Trainer } from '@colora/training/trainer';
import { Command, Option } from 'commander';
import { baseModelForms, readBaseModelName } from '../base-model/base-model-name.ts';
import { config, type LogFormat } from '../config.ts';
import { acceptChanges } from '../consent/accept-changes.ts';
import { agreeToDownload } from '../consent/agree-to-download.ts';
import { type AskYes, askingYes } from '../consent/ask-yes.ts';
import { exitCodes } from '../exit-codes.ts';
import {
  type Access,
  type AccessFlags,
  accessTo,
  replaceKeyHelp,
  withAccessFlags,
} from '../flags/access-flags.ts';
import { type EngineFlags, engineOptions, withEngineFlags } from '../flags/engine-flags.ts';
import { logFormatOption } from '../flags/log-format-option.ts';
import { type GuestFlags, guestHelp, guestSettingsOf, withGuestFlags } from '../flags/member/guest-flags.ts';
import { type LimitFlags, ownLimitsOf, withLimitFlags } from '../flags/member/limit-flags.ts';
import { type MemoryFlags, memoryWishesOf, withMemoryFlags } from '../flags/member/memory-flags.ts';
import { type TellingFlags, tellingOf, withTellingFlags } from '../flags/member/telling-flags.ts';
import {
  collect,
  readInteger,
  readInvitation,
  readName,
  readPublicKey,
  readShare,
  readUrl,
} from '../flags/option-values.ts';
import { openMemberTracing } from '../member-tracing.ts';
import { tellFinishing } from '../terminal/finishing.ts';
import { type Outcomes, reportOutcomes } from '../terminal/join/join-outcomes.ts';
import { openDisplays } from '../terminal/join/join-progress.ts';
import { watchSteps } from '../terminal/join/watch-steps.ts';
import { listenForStop, type StopSignals } from '../terminal/stop-signals.ts';
import { UsageError } from '../usage-error.ts';
import { reportOf } from '../why/report-of.ts';
import { whereTo } from './accounts/where-to.ts';

interface JoinFlags extends EngineFlags, MemoryFlags, GuestFlags, LimitFlags, TellingFlags, AccessFlags {
  readonly group?: string[];
  readonly data: string;
  readonly test?: string;
  readonly holdOut?: number;
  readonly workspace: string;
  readonly replaceKey?: boolean;
  readonly coordinatorKey?: string;
  readonly name?: string;
  readonly invitation?: string;
  readonly baseModel?: string;
  readonly pollOnly?: boolean;
  readonly until: Until;
  readonly personaliseSteps?: number;
  readonly evaluate: EvaluationTime;
  readonly seed?: number;
  readonly guard: boolean;
  readonly json?: boolean;
  readonly logFormat?: LogFormat;
}

export function joinCommand(): Command {
  const command = new Command('join')
    .description('Join task groups and train with your own data, which stays on this machine')
    .argument('<url>', 'address of the coordinator, or an invitation’s link', readUrl)
    .option(
      '--group <name>',
      'task group to join (may be repeated; an invitation’s link names it)',
      collect(readName),
    )
    .requiredOption(
      '--data <path>',
      'private examples: a .jsonl, .csv, .tsv, .parquet or .txt file, a folder of text files, or - (JSON lines on the standard input)',
    )
    .option('--test <path>', 'held-out examples in any of these forms, evaluated and never trained on')
    .option('--hold-out <share>', 'without --test: hold out this share of the data', readShare)
    .option('--workspace <folder>', 'folder for key, personal tensors and resume marks', '.colora-workspace');
  withAccessFlags(command, 'API key of an enrolled participant (else the workspace’s, else one is enrolled)')
    .option('--replace-key', replaceKeyHelp)
    .option(
      '--coordinator-key <key>',
      'the key that the coordinator signs receipts with, as whoever runs it tells you (default: the one that the workspace first met)',
      readPublicKey,
    )
    .option('--name <name>', 'name to enrol under', readName)
    .option('--invitation <link>', 'invitation, for a group that needs one', readInvitation)
    .option(
      '--base-model <model>',
      `the group's base model: ${baseModelForms} (default: as the group names it)`,
    );
  return withTellingFlags(withLimitFlags(withGuestFlags(withMemoryFlags(withEngineFlags(command)))))
    .option('--poll-only', 'use no socket: ask the coordinator at intervals only')
    .addOption(new Option('--until <when>', 'when to end').choices(untils).default(untils[0]))
    .option(
      '--personalise-steps <n>',
      'who comes when the group is completed: train only the personal part, so many steps',
      readInteger(1, 1_000_000),
    )
    .addOption(
      new Option('--evaluate <when>', 'when to evaluate held-out examples')
        .choices(evaluationTimes)
        .default(evaluationTimes[0]),
    )
    .option(
      '--seed <n>',
      'draw batches, personal starts and rounding from this number, to run the same again; else they come of a secret of the workspace, and nobody who guesses your examples can try them out',
      readInteger(0, Number.MAX_SAFE_INTEGER),
    )
    .option(
      '--no-guard',
      'train nothing alone beside the rounds and come to no verdict: predictions are the shared model’s (or COLORA_NO_GUARD)',
    )
    .option('--json', 'print the outcome as JSON')
    .addOption(logFormatOption())
    .addHelpText(
      'after',
      '\nCtrl-C or SIGTERM ends it after the step under way, whose round the next start takes up again; a second one ends it at once.\n' +
        guestHelp +
        '\n\nExample:\n  $ colora join http://127.0.0.1:7070 --group reviews --data mine.jsonl --test held-out.jsonl',
    )
    .action(join);
}

async function join(address: string, given: JoinFlags): Promise<void> {
  const { url, ...flags } = { ...given, ...whereTo(address, given) };
  if (flags.test !== undefined && flags.holdOut !== undefined) {
    throw new UsageError('--hold-out splits the data where there is no --test file: pass one of them');
  }
  if (
    [flags.data, flags.test].includes('-') &&
    (flags.data === flags.test || new Set(flags.group).size > 1)
  ) {
    throw new UsageError(
      'the standard input can be read only once: use - for --data or --test, and join one group with it',
    );
  }
  const access = await accessTo(url, flags, 'member');
  const stop = listenForStop();
  const displays = await openDisplays((flags.logFormat ?? config.logFormat) === 'json');
  try {
    const outcomes = await runGroups(url, flags, access, stop, displays).finally(() => displays.close());
    reportOutcomes(flags, outcomes);
    const unfinished = outcomes.some(([, outcome]) => outcome.state === 'stopped');
    if (stop.received() === 'SIGINT' && unfinished) process.exitCode = exitCodes.interrupted.status;
  } finally {
    stop.release();
  }
}

/** Every group's daemon, side by side; one that fails stops none of the others, and is told at the end. */
async function runGroups(
  url: string,
  flags: JoinFlags & { readonly group: string[] },
  access: Access,
  stop: StopSignals,
  displays: Awaited<ReturnType<typeof openDisplays>>,
): Promise<Outcomes> {
  const { runClient } = await import('@colora/client/daemon');
  const { startTrainer } = await import('@colora/training/trainer');
  const { openGuest } = await import('@colora/client/guest/guest-settings');
  const { share, priority, ...guestSettings } = guestSettingsOf(flags);
  const askYes = askingYes({ ...displays, signal: stop.signal });
  const baseModel = await baseModelOf(flags, displays, askYes, stop.signal);
  const limits = ownLimitsOf(flags);
  const groups = [...new Set(flags.group)];
  let starting: Promise<Trainer> | undefined;
  const start = async () => {
    const trainer = await startTrainer({
      ...engineOptions(flags),
      ...memoryWishesOf(flags),
      share,
      priority,
      log: displays.note,
    });
    displays.note(`trains with ${trainer.engine} on ${trainer.device}: ${trainer.why}`);
    return trainer;
  };
  /** One for all groups, once the first of them has its data and base model. */
  const sharedTrainer = () => {
    starting ??= start();
    return starting;
  };
  const guest = await openGuest({ ...guestSettings, log: displays.note });
  const tracing = await openMemberTracing(flags.workspace);
  const { watched, secondsLeft } = watchSteps();
  const told = tellFinishing(stop.signal, displays.now, secondsLeft);
  try {
    const options = (group: string): ClientOptions => ({
      url,
      guest,
      line: config.line,
      tracing,
      group,
      baseModel,
      trainer: sharedTrainer,
      signal: stop.signal,
      limits,
      acceptChanges: acceptChanges(flags.acceptChanges === true, displays.note, askYes),
      ...clientFlags(flags, access),
      ...watched(displays.forGroup(group)),
    });
    const results = await Promise.allSettled(groups.map((group) => runClient(options(group))));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    return results.map((result, index) => [
      groups[index]!,
      (result as PromiseFulfilledResult<ClientOutcome>).value,
    ]);
  } finally {
    guest.close();
    await tracing.close();
    await (await starting?.catch(() => undefined))?.close();
    told();
  }
}

/** What the flag names, else each group's own; one download or conversion for groups with the same. A wrong flag is refused at once. */
async function baseModelOf(
  flags: JoinFlags,
  displays: Awaited<ReturnType<typeof openDisplays>>,
  askYes: AskYes,
  signal: AbortSignal,
): Promise<ClientOptions['baseModel']> {
  const { resolveGroupsModel } = await import('../base-model/resolve-base-model.ts');
  const { openSentList } = await import('@colora/client/sent/open-sent-list');
  const { lineDisplay } = await import('../base-model/download-display.ts');
  const { baseModel: flag } = flags;
  if (flag !== undefined) await readBaseModelName(flag);
  const fetching = {
    agree: agreeToDownload({ yes: flags.yes === true, note: displays.note, askYes }),
    signal,
    sent: openSentList(flags.workspace),
  };
  const found = new Map<string, ReturnType<typeof resolveGroupsModel>>();
  return (wanted, remembered) => {
    const display = lineDisplay(displays.note); // beside the groups' own bars
    const place = flag ?? remembered ?? wanted.name;
    const model = found.get(place) ?? resolveGroupsModel({ flag, remembered }, wanted, fetching, display);
    found.set(place, model);
    return model;
  };
}

function clientFlags(
  flags: JoinFlags,
  { key, insecure }: Access,
): Omit<ClientOptions, 'url' | 'group' | 'baseModel' | 'trainer' | 'signal'> {
  const {
    replaceKey,
    coordinatorKey,
    name,
    invitation,
    workspace,
    until,
    evaluate,
    personaliseSteps,
    holdOut,
  } = flags;
  const { reports, ...telling } = tellingOf(flags);
  return {
    dataPath: flags.data,
    workspace,
    insecure,
    until,
    evaluate,
    guard: flags.guard && !config.noGuard,
    ...telling,
    ...(reports ? { reportOf } : {}),
    socket: flags.pollOnly !== true,
    ...(flags.test === undefined ? {} : { heldOutPath: flags.test }),
    ...(holdOut === undefined ? {} : { holdOut }),
    ...(key === undefined ? {} : { key }),
    ...(replaceKey === undefined ? {} : { replaceKey }),
    ...(coordinatorKey === undefined ? {} : { coordinatorKey }),
    ...(name === undefined ? {} : { name }),
    ...(invitation === undefined ? {} : { invitation }),
    ...(personaliseSteps === undefined ? {} : { personaliseSteps }),
    ...(flags.seed === undefined ? {} : { seed: flags.seed }),
  };
}
