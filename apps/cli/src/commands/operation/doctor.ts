// `colora doctor`: what is set up, what is missing, and what to do, of a coordinator here or of a member's machine. The checks are the
// coordinator's (doctor/check-coordinator.ts) and doctor/check-member.ts; here they are shown.
import type { Finding } from '@colora/protocol/doctor/finding';
import { Command } from 'commander';
import { exitCodes } from '../../exit-codes.ts';
import { withWorkspaceFlags } from '../../flags/member/place-flags.ts';
import { print, printJson, printTable } from '../../terminal/output.ts';
import { type DatabaseFlags, databaseOf, withDatabaseFlags } from './database-flags.ts';

export function doctorCommand(): Command {
  return new Command('doctor')
    .description('What is set up, what is missing, and what to do')
    .addCommand(coordinatorDoctor())
    .addCommand(memberDoctor())
    .addHelpText('after', '\nExample:\n  $ colora doctor coordinator --data ./colora-data');
}

function coordinatorDoctor(): Command {
  const command = new Command('coordinator').description(
    'Of a coordinator with this database and this environment: it may run meanwhile, and nothing is changed',
  );
  return withDatabaseFlags(command)
    .addHelpText('after', '\nExample:\n  $ colora doctor coordinator --data ./colora-data')
    .action(async (flags: DatabaseFlags) => {
      const { checkCoordinator } = await import('@colora/coordinator/doctor/check-coordinator');
      const { readConfig } = await import('@colora/coordinator/config');
      show(await checkCoordinator({ ...readConfig(), ...(await databaseOf(flags)) }), flags.json);
    });
}

interface MemberFlags {
  readonly workspace: string;
  readonly json?: boolean;
}

function memberDoctor(): Command {
  return withWorkspaceFlags(new Command('member'))
    .description('Of this machine and a workspace on it: a daemon may run meanwhile, and nothing is changed')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  $ colora doctor member')
    .action(async (flags: MemberFlags) => {
      const { checkMember } = await import('../../doctor/check-member.ts');
      show(await checkMember(flags.workspace), flags.json);
    });
}

const signs = { ok: 'ok', warning: 'look', fault: 'MEND' } as const;

function show(findings: readonly Finding[], json: boolean | undefined): void {
  const faults = findings.filter(({ state }) => state === 'fault').length;
  if (json) printJson({ faults, findings });
  else {
    const rows = findings.map(({ what, state, says }) => [signs[state], what, says]);
    printTable(['', 'what', 'is'], rows, 'Nothing was looked at.');
    const open = findings.filter(({ mend }) => mend !== undefined);
    if (open.length > 0) print('\nWhat to do:');
    for (const { what, mend } of open) print(`  ${what}: ${mend}`);
  }
  if (faults > 0) process.exitCode = exitCodes.unwell.status;
}
