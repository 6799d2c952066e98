// `colora service status`: does a service run, how did it end, what does its group wait for, and what did it say last.
import { Command } from 'commander';
import { config } from '../../config.ts';
import { readName } from '../../flags/option-values.ts';
import type { ServiceReport } from '../../service/service-report.ts';
import { harmlessLine } from '../../terminal/harmless-text.ts';
import { print, printJson, say } from '../../terminal/output.ts';

interface StatusFlags {
  readonly insecure?: boolean;
  readonly json?: boolean;
}

export function statusCommand(): Command {
  return new Command('status')
    .description('Does a service run, what does its group wait for, and what did it say last')
    .argument('[service]', 'its name (default: all)', readName)
    .option('--insecure', 'ask the coordinator over http:// on another machine too (or COLORA_INSECURE)')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  $ colora service status')
    .action(async (named: string | undefined, flags: StatusFlags) => {
      const { reportOn } = await import('../../service/service-report.ts');
      const { chosenService, configFolder } = await import('../../service/this-system.ts');
      const { serviceNames } = await import('../../service/installed-services.ts');
      const names = named === undefined ? await serviceNames(configFolder()) : [await chosenService(named)];
      const asking = {
        line: config.line,
        insecure: flags.insecure === true || config.insecure,
        log: (_: string, text: string) => say(text),
      };
      const reports = await Promise.all(names.map((name) => reportOn(name, asking)));
      if (flags.json) return printJson(reports);
      if (reports.length === 0) print('No services are installed (colora service install).');
      reports.forEach(show);
    });
}

function show({ name, system, state, why, workspace, groups, lines }: ServiceReport, index: number): void {
  if (index > 0) print();
  const because = why === null ? '' : `: ${harmlessLine(why)}`;
  print(`${name}  ${state}${because}  (${system}; workspace ${workspace ?? 'unknown'})`);
  for (const [group, { at, waits }] of Object.entries(groups))
    for (const text of [at, waits]) if (text !== null) print(`  ${group}: ${harmlessLine(text)}`);
  for (const line of lines) print(`  ${harmlessLine(line)}`);
}
