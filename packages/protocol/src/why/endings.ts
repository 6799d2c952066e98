// How a daemon can end with an error, and what is behind it, as two lists of codes: what each means to whoever runs the group, and what can
// be done. Without schemas, so that a command line is read without them; what is told of it is error-report.ts's.
import { systemErrors } from '../failures/system-errors.ts';
import { type ProblemCode, problemTable } from '../problem-table.ts';

/** How it ended: names of colora's exit codes. Those that don't stand here end before there is a member, or by its own will. */
const endings = {
  failed: 'something unexpected',
  usage: 'what it was started with does not work on its machine',
  noMemory: 'a training step needs more memory than its machine has, or than it allows',
  badData: 'its data cannot be used',
  badModel: 'its base model cannot be used, or is not the group’s',
  unreachable: 'something it needs from the network does not answer',
  forbidden: 'it was not allowed to do what it asked',
  notFound: 'something it asked for is not there',
  refused: 'the coordinator refused what it asked',
  workspace: 'its workspace is locked, damaged or another coordinator’s',
  diverged: 'its training diverged',
  contributionRefused: 'the coordinator refused its contribution',
  files: 'a file or folder of its machine cannot be read or written',
  excessive: 'the group asks more than its settings or the member’s own limits allow',
  notAgreed: 'a yes of the member is needed',
} as const;
export type ReportedExit = keyof typeof endings;

/** Beside those of the problem table and of system calls: what a daemon's own errors ask for. */
const ownCauses = {
  'fingerprint-mismatch': 'it has another base model than the group: it needs the very files',
  'bad-file': 'have the member look at what the message on its machine names',
  'workspace-locked': 'another daemon uses that workspace',
  'workspace-mismatch': 'the workspace is of another group, participant or coordinator: it needs its own',
  'workspace-damaged': 'have the member move the damaged file away, as the message on its machine says',
  'used-elsewhere':
    'its workspace is used in two places, or was exported: have the member go on in one, there with --use-here',
  'contribution-refused': 'look for why: colora rounds refusals',
  diverged: 'lower rates (training settings), or look for odd examples on that machine',
  excessive: 'lower what the group asks, or have the member raise its limits',
  'not-agreed': 'have the member run colora join --accept-changes, if it agrees',
  'no-examples': 'it has no example that can be trained on',
  'wrong-task': 'its examples or its base model are for another kind of task than the group’s',
  'no-token': 'its examples hold what the base model has no token for',
  'context-full': 'a text is longer than the model reads',
  'no-engine': 'the device it asked for does not work there: colora devices says why',
  'bad-settings': 'the group’s settings do not fit that machine or this version of CoLoRA: update it',
  'bad-tensors': 'tensors of its workspace or base model have other shapes than the group’s',
  'not-enough-memory':
    'join with --fit-memory, which chooses the flags that save some, or a smaller batch in the group',
  closed: 'its training was closed: start it again',
  'worker-failed': 'its training thread ended: the message on its machine says why (want of memory, say)',
  'missing-file': 'files of the base model are missing: fetch it again',
  'bad-config': 'the base model’s config.json cannot be used',
  'unknown-model-type': 'CoLoRA does not know that kind of model: update it',
  'missing-weight': 'weights of the base model are missing: fetch it again',
  'wrong-shape': 'weights of the base model do not fit its config.json: fetch it again',
  'unsupported-dtype': 'the base model is in a number format that is not read',
  'unsupported-quantisation': 'the base model is quantised in a way that is not read',
  'bad-tokenizer': 'the base model’s tokenizer.json cannot be used',
  'bad-gguf': 'the GGUF file is damaged: fetch it again',
  'unsupported-gguf': 'the GGUF file holds what is not read',
  'disk-full': 'free space on that machine, or another COLORA_CACHE',
} as const;

export type ReportedCause = ProblemCode | keyof typeof systemErrors | keyof typeof ownCauses;

export const exits = Object.keys(endings) as [ReportedExit, ...ReportedExit[]];
export const causes = [
  ...new Set([problemTable, systemErrors, ownCauses].flatMap((table) => Object.keys(table))),
] as [ReportedCause, ...ReportedCause[]];
const knownCauses: ReadonlySet<string> = new Set(causes);

export function isReportedExit(name: string): name is ReportedExit {
  return Object.hasOwn(endings, name);
}

export function isReportedCause(code: string): code is ReportedCause {
  return knownCauses.has(code);
}

/** "its training diverged (not-finite)": of a report as it was stored, by this version or another one. */
export function endingText({
  exit,
  cause,
}: {
  readonly exit: string;
  readonly cause: string | null;
}): string {
  const words = isReportedExit(exit) ? endings[exit] : exit;
  return cause === null ? words : `${words} (${cause})`;
}

/** What can be done about it; null where nothing more is known than how it ended. */
export function adviceFor(cause: string | null): string | null {
  if (cause === null) return null;
  if (Object.hasOwn(ownCauses, cause)) return ownCauses[cause as keyof typeof ownCauses];
  if (Object.hasOwn(systemErrors, cause)) return systemErrors[cause as keyof typeof systemErrors].words;
  if (!Object.hasOwn(problemTable, cause)) return null;
  const row = problemTable[cause as ProblemCode];
  return 'advice' in row ? row.advice : row.title;
}
