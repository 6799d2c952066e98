// `colora coordinator`: runs the service until Ctrl-C or SIGTERM.
import { relative, resolve } from 'node:path';
import type { LogFormat, LogLevel } from '@colora/coordinator/config';
import { Command, Option } from 'commander';
import { withOptionsLater } from '../flags/load-options.ts';
import { readPort } from '../flags/option-values.ts';
import { jsonLines } from '../terminal/door.ts';
import { logLines } from '../terminal/log-lines.ts';
import { print, printJson, say } from '../terminal/output.ts';
import { listenForStop, stopped } from '../terminal/stop-signals.ts';

interface CoordinatorFlags {
  readonly port?: number;
  readonly host?: string;
  readonly data?: string;
  readonly databaseUrl?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly tlsClientCa?: string;
  readonly trustProxy?: string;
  readonly publicUrl?: string;
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
      '\nThe first start tells the first admin key, once: on a terminal it is printed; elsewhere, where output ends up in logs, it is\nwritten to admin.key in the data folder, which only this user may read. COLORA_ADMIN_KEY presets it instead, and it is not told.\n\nStrangers are bounded by COLORA_ENROLMENTS_PER_ADDRESS (100) in COLORA_ENROLMENT_HOURS (1), newcomers with an invitation not counted;\nCOLORA_MEMBERS_PER_GROUP (10000), COLORA_GROUPS_PER_PARTICIPANT (100); who enrolled in an open group and never used its key is forgotten\nafter COLORA_UNSEEN_DAYS (30).\n\nWith less than STORAGE_RESERVE (512MiB) left on its disk running groups are paused until there is more; of Postgres, whose disk it can’t see,\nwith less left up to STORAGE_LIMIT (none), which counts for the embedded database too.\n\nExample:\n  $ colora coordinator --port 7070 --data ./colora-data',
    )
    .action(runCoordinator);
  return withOptionsLater(command, async () => {
    const { logFormatSchema, logLevelSchema, readConfig } = await import('@colora/coordinator/config');
    const { port, host, dataFolder, logLevel } = readConfig({});
    const data = relative('', dataFolder);
    const level = new Option('--log-level <level>', `how much to log (or LOG_LEVEL; default ${logLevel})`);
    const format = new Option(
      '--log-format <format>',
      'the log as lines for people or as JSON (or LOG_FORMAT; default: pretty on a terminal)',
    );
    command
      .option('--port <port>', `port to listen on, 0 for any (or PORT; default ${port})`, readPort)
      .option('--host <host>', `address to listen on (or HOST; default ${host})`)
      .option('--data <folder>', `folder of the embedded database (or COLORA_DATA; default ${data})`)
      .option('--database-url <url>', 'Postgres instead of the embedded database (or DATABASE_URL)')
      .option(
        '--tls-cert <file>',
        'PEM certificate, with those between: HTTPS; read anew when it changes (or TLS_CERT)',
      )
      .option('--tls-key <file>', 'its key, PEM (or TLS_KEY)')
      .option(
        '--tls-client-ca <file>',
        'PEM certificate of an authority: members show a certificate of it (or TLS_CLIENT_CA)',
      )
      .option(
        '--trust-proxy <addresses>',
        'proxies to believe about where requests come from, such as 10.0.0.2,192.168.0.0/16 or loopback (or TRUST_PROXY)',
      )
      .option(
        '--public-url <url>',
        'where browsers reach the page, if not at this machine or by https (or PUBLIC_URL), such as http://colora.lan:7070',
      )
      .addOption(level.choices(logLevelSchema.options))
      .addOption(format.choices(logFormatSchema.options))
      .option(
        '--json',
        'print the address and, where one was made, the admin key as one JSON object, for the program that starts it',
      );
  });
}

async function runCoordinator(flags: CoordinatorFlags): Promise<void> {
  const { buildCoordinator } = await import('@colora/coordinator/coordinator');
  const { readConfig } = await import('@colora/coordinator/config');
  const { createServiceLog } = await import('@colora/coordinator/log/service-log');
  const config = readConfig();
  const databaseUrl = flags.databaseUrl ?? config.databaseUrl;
  const format = flags.logFormat ?? config.logFormat ?? (process.stderr.isTTY ? 'pretty' : 'json');
  const logStream = format === 'json' ? jsonLines(process.stderr) : logLines(say);
  const dataFolder = resolve(flags.data ?? config.dataFolder);
  const { writeAdminKey } = await import('@colora/coordinator/database/data-folder/data-folder');
  let keyFile: string | undefined;
  const keepAdminKey = (key: string) => {
    keyFile = writeAdminKey(dataFolder, key);
  };
  const isShown = flags.json === true || process.stdout.isTTY;
  const stop = listenForStop();
  const coordinator = await buildCoordinator({
    host: flags.host ?? config.host,
    port: flags.port ?? config.port,
    dataFolder,
    logger: createServiceLog({ level: flags.logLevel ?? config.logLevel, out: logStream }),
    redisUrl: config.redisUrl,
    tls: {
      cert: flags.tlsCert ?? config.tls.cert,
      key: flags.tlsKey ?? config.tls.key,
      clientCa: flags.tlsClientCa ?? config.tls.clientCa,
    },
    trustProxy: flags.trustProxy ?? config.trustProxy,
    publicUrl: flags.publicUrl ?? config.publicUrl,
    oidc: config.oidc,
    ...(databaseUrl === undefined ? {} : { databaseUrl }),
    limits: config.limits,
    storage: config.storage,
    ...(config.adminKey === undefined ? {} : { adminKey: config.adminKey }),
    metricsToken: config.metricsToken,
    tracesTo: config.tracesTo,
    ...(isShown ? {} : { keepAdminKey }),
  });
  announce(coordinator, flags, keyFile);
  await stopped(stop.signal);
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
  keyFile: string | undefined,
): void {
  if (flags.json) {
    printJson({ url, adminKey: adminKey ?? null });
    return;
  }
  print(`coordinator at ${url}`);
  if (adminKey === undefined) return; // preset, or told at an earlier start
  if (keyFile === undefined) print(`admin key (shown only now): ${adminKey}`);
  else print(`admin key (only there; keep it and remove the file): ${keyFile}`);
  const key = keyFile === undefined ? `COLORA_KEY=${adminKey}` : `COLORA_KEY_FILE=${keyFile}`;
  print(`\nNext:\n  export COLORA_URL=${url} ${key}`);
  print('  colora groups create reviews --labels good,bad --participants 2 --start');
}
