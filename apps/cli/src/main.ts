// The `colora` command: its commands, its help, and how every ending becomes an exit status. Commands
// load what they need when they run, so that help and wrong input are answered at once.
import { withoutKeys } from '@colora/protocol/accounts/without-keys';
import { keepFilesPrivate } from '@colora/protocol/environment/private-files';
import { Command, CommanderError } from 'commander';
import packageJson from '../package.json' with { type: 'json' };
import { auditCommand } from './commands/accounts/audit.ts';
import { keysCommand } from './commands/accounts/keys.ts';
import { forgetCommand, leaveCommand } from './commands/accounts/leave.ts';
import { loginCommand, logoutCommand } from './commands/accounts/login.ts';
import { membersCommand } from './commands/accounts/members.ts';
import { participantsCommand } from './commands/accounts/participants.ts';
import { profilesCommand } from './commands/accounts/profiles.ts';
import { compareCommand } from './commands/compare.ts';
import { completionCommand } from './commands/completion.ts';
import { coordinatorCommand } from './commands/coordinator.ts';
import { demoCommand } from './commands/demo.ts';
import { devicesCommand } from './commands/devices.ts';
import { evaluateCommand } from './commands/evaluate.ts';
import { exportCommand } from './commands/export.ts';
import { groupsCommand } from './commands/groups.ts';
import { importCommand } from './commands/import.ts';
import { uninstallCommand } from './commands/installation/uninstall.ts';
import { updateCommand } from './commands/installation/update.ts';
import { joinCommand } from './commands/join/join.ts';
import { metricsCommand } from './commands/metrics/metrics.ts';
import { backupCommand, migrateCommand, restoreCommand } from './commands/operation/backup.ts';
import { doctorCommand } from './commands/operation/doctor.ts';
import { storageCommand } from './commands/operation/storage.ts';
import { predictCommand } from './commands/predict.ts';
import { privacyCommand } from './commands/privacy/privacy.ts';
import { sentCommand } from './commands/privacy/sent.ts';
import { verifyCommand } from './commands/proofs/verify.ts';
import { roundsCommand } from './commands/rounds.ts';
import { serviceCommand } from './commands/service/service.ts';
import { simulateCommand } from './commands/simulate.ts';
import { statusCommand } from './commands/status.ts';
import { generateCommand } from './commands/use/generate.ts';
import { serveCommand } from './commands/use/serve.ts';
import { verdictCommand } from './commands/use/verdict.ts';
import { workspaceCommand } from './commands/use/workspace.ts';
import { whyCommand } from './commands/why.ts';
import { config, environmentHelp } from './config.ts';
import { fitHelp } from './every-command/fit-help.ts';
import { refuseTwice } from './every-command/refuse-twice.ts';
import { exitCodes, exitCodesHelp } from './exit-codes.ts';
import { explainError } from './explain-error.ts';
import { loadOptions } from './flags/load-options.ts';
import { write } from './terminal/door.ts';
import { say } from './terminal/output.ts';

/** The whole command, for `main` and for who wants to read its help (whole after `loadOptions`). */
export function buildProgram(): Command {
  const program = new Command('colora')
    .description(
      'Fine-tune one foundation model together: a shared low-rank adapter for everybody, a personal one that never leaves your machine.',
    )
    .version(packageJson.version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .addHelpText(
      'after',
      `\nExample:\n  $ colora coordinator --data ./colora-data\n${environmentHelp}\n${exitCodesHelp()}`,
    );
  const commands = [
    demoCommand(),
    compareCommand(),
    coordinatorCommand(),
    joinCommand(),
    serviceCommand(),
    updateCommand(),
    uninstallCommand(),
    leaveCommand(),
    forgetCommand(),
    loginCommand(),
    logoutCommand(),
    profilesCommand(),
    completionCommand(),
    statusCommand(),
    whyCommand(),
    storageCommand(),
    backupCommand(),
    restoreCommand(),
    migrateCommand(),
    doctorCommand(),
    groupsCommand(),
    participantsCommand(),
    membersCommand(),
    keysCommand(),
    auditCommand(),
    roundsCommand(),
    metricsCommand(),
    exportCommand(),
    importCommand(),
    predictCommand(),
    generateCommand(),
    serveCommand(),
    workspaceCommand(),
    evaluateCommand(),
    verdictCommand(),
    privacyCommand(),
    sentCommand(),
    verifyCommand(),
    devicesCommand(),
    simulateCommand(),
  ];
  for (const command of commands) program.addCommand(command);
  applyToAll(program, (command) => {
    command.configureOutput({
      writeOut: (text) => write(process.stdout, fitHelp(text, process.stdout.columns ?? 80)),
      writeErr: (text) => write(process.stderr, withoutKeys(text)), // the values that it refuses are among them
    });
    command.exitOverride().showHelpAfterError(`(colora ${pathOf(command)}--help says what is allowed)`);
  });
  return program;
}

function applyToAll(command: Command, apply: (command: Command) => void): void {
  apply(command);
  for (const child of command.commands) applyToAll(child, apply);
}

/** "groups create " for that command, "" for the program. */
function pathOf(command: Command): string {
  return command.parent === null ? '' : `${pathOf(command.parent)}${command.name()} `;
}

/** Runs one command line (without node and script) and returns the exit status. */
export async function main(argv: readonly string[]): Promise<number> {
  keepFilesPrivate();
  try {
    const program = buildProgram();
    await loadOptions(program, argv);
    refuseTwice(program);
    await program.parseAsync(argv, { from: 'user' });
    return Number(process.exitCode ?? exitCodes.done.status);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.usage.status;
    const { status, message } = explainError(error);
    say(`colora: ${withoutKeys(message)}`);
    if (config.debug && error instanceof Error) say(error.stack ?? '');
    return status;
  }
}
