// `colora coordinator`: runs the service until Ctrl-C or SIGTERM.
import { relative } from 'node:path';
import type { LogFormat, LogLevel } from '@colora/coordinator/config';
import { Command, Option } from 'commander';
import { withOptionsLater } from '../flags/load-options.ts';
import { readPort } from '../flags/option-values.ts';
import { logLines } from '../terminal/log-lines.ts';
import { print, printJson, say } from '../terminal/output.ts';
import { listenForStop } from '../terminal/stop-signals.ts';

interface CoordinatorFlags {
  readonly port?: number;
  readonly host?: string;
  readonly data?: string;
  readonly databaseUrl?: string;
  readonly logLevel?: LogLevel;
  readonly logFormat?: LogFormat;
  readonly json?: boolean;
}

const leaveAfterMs = 1_000;

export function coordinatorCommand(): Command {
  const command = new Command('coordinator')
    .description('Run the coordinator: REST, socket and database')
    .addHelpText(
      'after',
      '\nThe first start prints the first admin key, once. COLORA_ADMIN_KEY presets it instead, and it is not printed.\n\nExample:\n  $ colora coordinator --port 7070 --data ./colora-data',
    )
    .action(runCoordinator);
  return withOptionsLater(command, async () => {
    const { logFormatSchema, logLevelSchema, readConfig } = await import('@colora/coordinator/config');
    const { port, host, dataFolder, logLevel } = readConfig({});
    const data = relative('', dataFolder);
    const level = new Option('--log-level <level>', `how much to log (or LOG_LEVEL; default ${logLevel})`);
    const format = new Option(
      '--log-format <format>',
      'the log as lines for people or as JSON (or LOG_FORMAT; default: lines on a terminal)',
    );
    command
      .option('--port <port>', `port to listen on, 0 for any (or PORT; default ${port})`, readPort)
      .option('--host <host>', `address to listen on (or HOST; default ${host})`)
      .option('--data <folder>', `folder of the embedded database (or COLORA_DATA; default ${data})`)
      .option('--database-url <url>', 'Postgres instead of the embedded database (or DATABASE_URL)')
      .addOption(level.choices(logLevelSchema.options))
      .addOption(format.choices(logFormatSchema.options))
      .option('--json', 'print the address and, where one was made, the admin key as one JSON object');
  });
}

async function runCoordinator(flags: CoordinatorFlags): Promise<void> {
  const { buildCoordinator } = await import('@colora/coordinator/coordinator');
  const { readConfig } = await import('@colora/coordinator/config');
  const { pino } = await import('pino');
  const config = readConfig();
  const databaseUrl = flags.databaseUrl ?? config.databaseUrl;
  const format = flags.logFormat ?? config.logFormat ?? (process.stderr.isTTY ? 'lines' : 'json');
  const logStream = format === 'json' ? pino.destination(2) : logLines(say);
  const stop = listenForStop();
  const coordinator = await buildCoordinator({
    host: flags.host ?? config.host,
    port: flags.port ?? config.port,
    dataFolder: flags.data ?? config.dataFolder,
    logger: pino({ level: flags.logLevel ?? config.logLevel }, logStream),
    redisUrl: config.redisUrl,
    ...(databaseUrl === undefined ? {} : { databaseUrl }),
    ...(config.adminKey === undefined ? {} : { adminKey: config.adminKey }),
  });
  announce(coordinator, flags);
  if (!stop.signal.aborted) {
    await new Promise<void>((done) => stop.signal.addEventListener('abort', () => done(), { once: true }));
  }
  say(`${stop.received() ?? 'stop'}: finishing what is under way …`);
  await coordinator.close();
  stop.release();
  // A request cut off in its middle may have opened a connection to the database anew. All that was acknowledged is
  // committed: nothing need be waited for.
  setTimeout(process.exit, leaveAfterMs).unref();
}

function announce(
  { url, adminKey }: { url: string; adminKey?: string | undefined },
  flags: CoordinatorFlags,
): void {
  if (flags.json) {
    printJson({ url, adminKey: adminKey ?? null });
    return;
  }
  print(`coordinator at ${url}`);
  if (adminKey === undefined) return; // preset, or told at an earlier start
  print(`admin key (shown only now): ${adminKey}`);
  print(`\nNext:\n  export COLORA_URL=${url} COLORA_KEY=${adminKey}`);
  print('  colora groups create reviews --labels good,bad --participants 2 --start');
}
