// The flags of `colora join`, and what of them a daemon is told. What join does with them is join.ts.
import {
  type ClientOptions,
  type EvaluationTime,
  evaluationTimes,
  type Until,
  untils,
} from '@colora/client/session/client-options';
import { Command, Option } from 'commander';
import { baseModelForms } from '../../base-model/base-model-name.ts';
import { config, type LogFormat } from '../../config.ts';
import { type Access, type AccessFlags, replaceKeyHelp, withAccessFlags } from '../../flags/access-flags.ts';
import { type EngineFlags, withEngineFlags } from '../../flags/engine-flags.ts';
import { logFormatOption } from '../../flags/log-format-option.ts';
import { type GuestFlags, guestHelp, withGuestFlags } from '../../flags/member/guest-flags.ts';
import { type LimitFlags, withLimitFlags } from '../../flags/member/limit-flags.ts';
import { type MemoryFlags, withMemoryFlags } from '../../flags/member/memory-flags.ts';
import { type TellingFlags, tellingOf, withTellingFlags } from '../../flags/member/telling-flags.ts';
import {
  collect,
  readInteger,
  readInvitation,
  readJoinAddress,
  readName,
  readProfileName,
  readPublicKey,
  readShare,
} from '../../flags/option-values.ts';
import { usualWorkspace } from '../../remembered/choose-profile.ts';
import { reportOf } from '../../why/report-of.ts';

export interface JoinFlags
  extends EngineFlags,
    MemoryFlags,
    GuestFlags,
    LimitFlags,
    TellingFlags,
    AccessFlags {
  readonly group?: string[];
  readonly data?: string;
  readonly test?: string;
  readonly holdOut?: number;
  readonly workspace: string;
  readonly profile?: string | false;
  readonly replaceKey?: boolean;
  readonly useHere?: boolean;
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

/** `join`: what runs. */
export function joinCommandOf(join: (address: string, flags: JoinFlags) => Promise<void>): Command {
  const command = new Command('join')
    .description('Join task groups and train with your own data, which stays on this machine')
    .argument('<url>', 'address of the coordinator, or an invitation’s link, in quotes', readJoinAddress)
    .option(
      '--group <name>',
      'task group to join (may be repeated; an invitation’s link names it)',
      collect(readName),
    )
    .option(
      '--data <path>',
      'private examples (asked for at a terminal): a .jsonl, .csv, .tsv, .parquet or .txt file, a folder of text files, or - (JSON lines on the standard input)',
    )
    .option('--test <path>', 'held-out examples in any of these forms, evaluated and never trained on')
    .option('--hold-out <share>', 'without --test: hold out this share of the data', readShare)
    .option('--workspace <folder>', 'folder for key, personal tensors and resume marks', usualWorkspace)
    .option(
      '--profile <name>',
      'remember it by this name, for commands without flags (default: the group’s)',
      readProfileName,
    )
    .option('--no-profile', 'remember nothing of it');
  withAccessFlags(command, 'API key of an enrolled participant (else the workspace’s, else one is enrolled)')
    .option('--replace-key', replaceKeyHelp)
    .option(
      '--use-here',
      'go on in a workspace that was exported, or that was used in another place meanwhile: here, and not there',
    )
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
      'train nothing alone beside the rounds and come to no verdict: predictions are the shared model’s, but where a verdict of the same examples is there (or COLORA_NO_GUARD)',
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

export function clientFlags(
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
    useHere: flags.useHere === true,
    ...(coordinatorKey === undefined ? {} : { coordinatorKey }),
    ...(name === undefined ? {} : { name }),
    ...(invitation === undefined ? {} : { invitation }),
    ...(personaliseSteps === undefined ? {} : { personaliseSteps }),
    ...(flags.seed === undefined ? {} : { seed: flags.seed }),
  };
}
