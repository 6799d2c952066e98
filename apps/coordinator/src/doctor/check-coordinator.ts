// `colora doctor coordinator`: looks at what a coordinator with these settings needs, changes nothing, and says what is missing. What
// its database holds is check-database.ts's.
import { X509Certificate } from 'node:crypto';
import { existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Finding, fault, faultOf, nodeFinding, ok, warning } from '@colora/protocol/doctor/finding';
import { Redis } from 'ioredis';
import type { CoordinatorConfig } from '../config.ts';
import { readTrustProxy } from '../http/sender/trust-proxy.ts';
import { readTls, tlsFilesOf } from '../tls/tls-files.ts';
import { checkDatabase } from './check-database.ts';

export type Checked = Pick<
  CoordinatorConfig,
  'databaseUrl' | 'dataFolder' | 'redisUrl' | 'host' | 'port' | 'tls' | 'trustProxy' | 'storage'
>;

const askMs = 5_000;

/** In the order in which a start would need them. */
export async function checkCoordinator(config: Checked): Promise<Finding[]> {
  const all = await Promise.all([
    [nodeFinding([20, 19])],
    checkDatabase(config),
    checkFiles(config.dataFolder),
    checkDisk(config),
    checkTls(config),
    checkProxies(config),
    checkRedis(config),
    checkRunning(config),
  ]);
  return all.flat();
}

/** Of the data folder: what others on this machine may read, and a first key that lies there still. */
function checkFiles(folder: string): Finding[] {
  if (!existsSync(folder)) return [ok('files', `${folder} isn’t there yet: the first start makes it`)];
  const database = join(folder, 'database');
  const key = join(folder, 'admin.key');
  const inside = existsSync(database) ? readdirSync(database).map((name) => join(database, name)) : [];
  const open = [database, ...inside, key].find(isOpen);
  const findings =
    open === undefined
      ? [ok('files', `what is in ${folder} is its owner’s alone`)]
      : [fault('files', `others on this machine may read ${open}`, `chmod -R go-rwx ${folder}`)];
  if (!existsSync(key)) return findings;
  return [
    ...findings,
    warning('first key', `${key} holds an admin’s key`, 'keep it elsewhere, and remove the file'),
  ];
}

function isOpen(path: string): boolean {
  const mode = lstatSync(path, { throwIfNoEntry: false })?.mode ?? 0;
  return process.platform !== 'win32' && (mode & 0o077) !== 0;
}

async function checkDisk({ dataFolder, databaseUrl, storage }: Checked): Promise<Finding[]> {
  const { limitBytes, reserveBytes } = storage;
  if (databaseUrl !== undefined) {
    return limitBytes === null
      ? [
          warning(
            'disk',
            'how much room Postgres has can’t be seen from here',
            'set STORAGE_LIMIT to what its disk has for it: groups pause before it is full',
          ),
        ]
      : [ok('disk', `the database may take ${megabytes(limitBytes)}`)];
  }
  let folder = dataFolder;
  while (!existsSync(folder)) folder = dirname(folder);
  const { bavail, bsize } = await statfs(folder);
  const says = `${megabytes(bavail * bsize)} left where ${dataFolder} is`;
  if (bavail * bsize >= 2 * reserveBytes) return [ok('disk', says)];
  const kept = `${megabytes(reserveBytes)} are kept free (STORAGE_RESERVE)`;
  return bavail * bsize < reserveBytes
    ? [fault('disk', `${says}, and ${kept}: groups are paused`, 'make room, or keep less (colora storage)')]
    : [warning('disk', `${says}, and ${kept}`, 'make room, or keep less (colora storage)')];
}

const megabytes = (bytes: number) => `${Math.round(bytes / 1e6)} MB`;
const dayMs = 24 * 3600 * 1000;
const isOwn = (host: string) => ['127.0.0.1', '::1', 'localhost'].includes(host);

function checkTls({ tls, host }: Checked): Finding[] {
  try {
    const files = tlsFilesOf(tls);
    if (files === undefined) {
      return isOwn(host)
        ? [ok('tls', `none, and it listens on ${host} alone`)]
        : [
            warning(
              'tls',
              `none, and it listens on ${host}: keys and updates are in the open, unless a proxy before it has TLS`,
              'put a proxy with a certificate before it, or set TLS_CERT and TLS_KEY',
            ),
          ];
    }
    readTls(files);
    const { validTo, subject } = new X509Certificate(readFileSync(files.cert));
    const days = Math.floor((new Date(validTo).getTime() - Date.now()) / dayMs);
    const says = `the certificate of ${subject.replaceAll('\n', ', ')} is good until ${validTo}`;
    if (days < 0) return [fault('tls', says, 'renew it: the files are read anew when they change')];
    return days < 21
      ? [warning('tls', says, `renew it within ${days} days: the files are read anew when they change`)]
      : [ok('tls', says)];
  } catch (error) {
    return [faultOf('tls', error)];
  }
}

function checkProxies({ trustProxy, host }: Checked): Finding[] {
  try {
    const trusted = readTrustProxy(trustProxy);
    if (trusted !== undefined)
      return [ok('proxies', `believed about where requests come from: ${trusted.join(', ')}`)];
    if (isOwn(host)) return [ok('proxies', 'none is believed')];
    return [
      warning(
        'proxies',
        'none is believed: behind one, all members count as its one address',
        'where there is a proxy, name it in TRUST_PROXY',
      ),
    ];
  } catch (error) {
    return [faultOf('proxies', error)];
  }
}

async function checkRedis({ redisUrl, databaseUrl }: Checked): Promise<Finding[]> {
  if (redisUrl === undefined) return [];
  if (databaseUrl === undefined)
    return [
      warning('redis', 'set, and not used: the embedded database has one coordinator', 'unset REDIS_URL'),
    ];
  const redis = new Redis(redisUrl, {
    ...{ lazyConnect: true, connectTimeout: askMs, commandTimeout: askMs },
    ...{ maxRetriesPerRequest: 0, retryStrategy: () => null },
  });
  redis.on('error', () => undefined); // told by what is awaited
  try {
    await redis.connect();
    await redis.ping();
    return [ok('redis', 'answers')];
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const says = `doesn’t answer (${why}): sockets at other coordinators hear late`;
    return [fault('redis', says, 'start it, or correct REDIS_URL, or unset it: Postgres carries hints then')];
  } finally {
    redis.disconnect();
  }
}

/** Whether one with these settings answers now; that none runs is no fault. */
async function checkRunning({ host, port, tls }: Checked): Promise<Finding[]> {
  if (tls.cert !== undefined) return []; // its certificate is of another name than this machine’s
  const address = `http://${['0.0.0.0', '::'].includes(host) ? '127.0.0.1' : host}:${port}`;
  try {
    const answer = await fetch(`${address}/ready`, { signal: AbortSignal.timeout(askMs) });
    if (answer.ok) return [ok('running', `one answers at ${address}`)];
    const says = `one answers at ${address}, and takes no work (${answer.status})`;
    return [fault('running', says, 'its log says what is wrong with its database')];
  } catch {
    return [ok('running', `none answers at ${address}`)];
  }
}
