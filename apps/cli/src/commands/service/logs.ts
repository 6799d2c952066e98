// `colora service logs`: what a service said.
import { setTimeout } from 'node:timers/promises';
import { Command } from 'commander';
import { readInteger, readName } from '../../flags/option-values.ts';
import { write } from '../../terminal/door.ts';
import { print, say } from '../../terminal/output.ts';
import { stoppable } from '../../terminal/stop-signals.ts';

interface LogsFlags {
  readonly lines: number;
  readonly follow?: boolean;
}

const pauseMs = 500;

export function logsCommand(): Command {
  return new Command('logs')
    .description('Show what a service said')
    .argument('[service]', 'its name, where there are several', readName)
    .option('--lines <n>', 'so many of the last ones', readInteger(0, 100_000), 100)
    .option('--follow', 'and what it says from now on, until Ctrl-C')
    .addHelpText('after', '\nExample:\n  $ colora service logs --follow')
    .action(async (named: string | undefined, flags: LogsFlags) => {
      const { followLog, lastLines } = await import('../../service/service-log.ts');
      const { chosenService, configFolder } = await import('../../service/this-system.ts');
      const { serviceFolder } = await import('../../service/installed-services.ts');
      const folder = serviceFolder(configFolder(), await chosenService(named));
      const lines = await lastLines(folder, flags.lines);
      for (const line of lines) print(line);
      if (lines.length === 0 && flags.lines > 0) say('it said nothing yet');
      if (!flags.follow) return;
      await stoppable(async ({ signal }) => {
        for await (const text of followLog(folder, () => setTimeout(pauseMs, undefined, { signal })))
          write(process.stdout, text);
      });
    });
}
