// What the command's exit status means, as one table; `colora --help` prints it.
export const exitCodes = {
  done: { status: 0, meaning: 'done (a daemon stopped by SIGTERM too)' },
  failed: { status: 1, meaning: 'something unexpected' },
  usage: { status: 2, meaning: 'unknown command or flag, or a bad value' },
  badData: { status: 3, meaning: 'the data, or another input file, cannot be used' },
  badModel: { status: 4, meaning: 'the base model cannot be used, or is not the group’s' },
  unreachable: { status: 5, meaning: 'no coordinator answers at that address' },
  unauthorized: { status: 6, meaning: 'the key is missing, unknown or revoked (401)' },
  forbidden: { status: 7, meaning: 'the key may not do this, or the invitation counts no more (403)' },
  notFound: { status: 8, meaning: 'no such group (for this key), round, key or checkpoint (404)' },
  refused: { status: 9, meaning: 'the coordinator refused for another reason (400, 409, 413, 422)' },
  workspace: { status: 10, meaning: 'the workspace is locked, damaged or another coordinator’s' },
  diverged: { status: 11, meaning: 'training diverged' },
  cannotServe: { status: 12, meaning: 'the coordinator cannot start (port, database, data folder)' },
  contributionRefused: { status: 13, meaning: 'the coordinator refused what was contributed (422)' },
  files: { status: 14, meaning: 'a file or folder cannot be read or written (rights, space)' },
  excessive: {
    status: 15,
    meaning: 'the coordinator sent or asked more than the group’s settings or your limits allow',
  },
  notAgreed: { status: 16, meaning: 'a yes of yours is needed (--accept-changes, --yes or --base-model)' },
  notProved: { status: 17, meaning: 'what was verified is not as it is told, or there is nothing to verify' },
  unwell: { status: 18, meaning: 'colora doctor found something that has to be mended' },
  noMemory: { status: 19, meaning: 'a training step needs more memory than there is, or than you allow' },
  found: { status: 20, meaning: 'what colora sent was asked to look for has left this machine' },
  toldApart: { status: 21, meaning: 'colora privacy check: something of you can be read out of your update' },
  interrupted: { status: 130, meaning: 'interrupted by Ctrl-C before it was done' },
  terminated: { status: 143, meaning: 'ended by SIGTERM before it was done (a daemon: by a second one)' },
} as const;

export type ExitCode = keyof typeof exitCodes;

export function exitCodesHelp(): string {
  const rows = Object.values(exitCodes).map(
    ({ status, meaning }) => `  ${String(status).padStart(3)}  ${meaning}`,
  );
  return `\nExit codes:\n${rows.join('\n')}`;
}
