// The environment of the command, read here and nowhere else (the coordinator reads its own). Flags win.
import { readFileSync } from 'node:fs';
import { homedir, userInfo } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { proxySettingsOf } from '@colora/client/proxy/proxy-rule';
import { expandedPath } from '@colora/protocol/environment/expanded-path';
import { systemErrorOf } from '@colora/protocol/failures/system-errors';
import { configFolderOf } from './config-folder.ts';
import { carriedEnvironment } from './environment/carried-environment.ts';
import { UsageError } from './usage-error.ts';

const environment = process.env;
/** Without blanks around it: files of secrets and of variables leave a line break at the end. */
const read = (name: string) => environment[name]?.trim() || undefined;
/** Asked for only where no variable names a folder: a user without a home needs none then. */
function homeFolder(): string | null {
  try {
    return homedir() || null;
  } catch {
    return null; // no HOME, and no such user in the system's list
  }
}
function caches(variable: string): string {
  const home = homeFolder();
  if (home !== null) return join(home, '.cache');
  throw new UsageError(`this user has no home folder to keep models in: name a folder in ${variable}`);
}
/** What no shell has expanded (in an .env file, a service's unit) is meant as a shell would: Hugging Face's tools do the same. */
const readFolder = (name: string) => {
  const value = read(name);
  return value === undefined ? undefined : expandedPath(value, { home: homedir, read });
};
const hubHome = () =>
  readFolder('HF_HOME') ?? join(readFolder('XDG_CACHE_HOME') ?? caches('HF_HOME'), 'huggingface');
const hubToken = read('HF_TOKEN') ?? read('HUGGING_FACE_HUB_TOKEN');

function clientCertificate() {
  const cert = readFolder('COLORA_CLIENT_CERT');
  const key = readFolder('COLORA_CLIENT_KEY');
  if (cert === undefined && key === undefined) return undefined;
  if (cert === undefined || key === undefined)
    throw new UsageError('name both files: COLORA_CLIENT_CERT and COLORA_CLIENT_KEY');
  const readPem = (path: string) => {
    try {
      return readFileSync(path, 'utf8');
    } catch (error) {
      throw new UsageError(`${path} cannot be read: ${systemErrorOf(error)?.words ?? String(error)}`);
    }
  };
  return { cert: readPem(cert), key: readPem(key) };
}

function mlflowHeaders(): Readonly<Record<string, string>> {
  const token = read('MLFLOW_TRACKING_TOKEN');
  const user = read('MLFLOW_TRACKING_USERNAME');
  if (token !== undefined) return { authorization: `Bearer ${token}` };
  if (user === undefined) return {};
  const login = `${user}:${read('MLFLOW_TRACKING_PASSWORD') ?? ''}`;
  return { authorization: `Basic ${Buffer.from(login).toString('base64')}` };
}

function trackioHeaders(): Readonly<Record<string, string>> {
  const token = read('TRACKIO_WRITE_TOKEN');
  return token === undefined ? {} : { 'x-trackio-write-token': token };
}

export const logFormats = ['pretty', 'json'] as const;
export type LogFormat = (typeof logFormats)[number];

function readLogFormat(): LogFormat | undefined {
  const value = read('LOG_FORMAT');
  const known = logFormats.find((format) => format === value);
  if (value === undefined || known !== undefined) return known;
  throw new UsageError(`LOG_FORMAT is ${logFormats.join(' or ')}, not ${value}`);
}

/** Where things are when no flag says so. */
export const config = {
  /** COLORA_URL: the coordinator that operators' and admins' commands talk to; undefined: the one that is remembered. */
  url: read('COLORA_URL')?.replace(/\/+$/, ''),
  /** COLORA_KEY: the key they use. */
  key: read('COLORA_KEY'),
  /** COLORA_KEY_FILE: a file that holds it, where COLORA_KEY doesn't. */
  get keyFile(): string | undefined {
    return readFolder('COLORA_KEY_FILE');
  },
  /** COLORA_SERVE_KEY: what callers of colora serve have to show. */
  serveKey: read('COLORA_SERVE_KEY'),
  /** COLORA_PASSPHRASE: of the file of colora workspace export. */
  passphrase: read('COLORA_PASSPHRASE'),
  /** COLORA_INSECURE: as with --insecure. */
  insecure: read('COLORA_INSECURE') !== undefined,
  /** COLORA_CACHE: where converted base models are kept. */
  get cache(): string {
    return readFolder('COLORA_CACHE') ?? join(caches('COLORA_CACHE'), 'colora');
  },
  /** Of what is remembered of coordinators (remembered/), and what vouches for members; null: this user has no place for it. */
  get configFolder(): string | null {
    return configFolderOf({ platform: process.platform, folderIn: readFolder, home: homeFolder });
  },
  /** Whose services are installed. XDG_CONFIG_HOME counts where it is absolute, as its specification says. */
  get serviceUser() {
    const home = homeFolder();
    const domain = read('USERDOMAIN');
    const configHome = read('XDG_CONFIG_HOME');
    const { username } = userInfo();
    if (home === null) throw new UsageError('this user has no home folder to keep services in');
    return {
      home,
      configHome: configHome !== undefined && isAbsolute(configHome) ? configHome : null,
      id: process.getuid?.() ?? null,
      account: domain === undefined || process.platform !== 'win32' ? username : `${domain}\\${username}`,
    };
  },
  /** What of this environment a service's daemon would read. */
  get carriedEnvironment() {
    return carriedEnvironment(environment);
  },
  /** XDG_RUNTIME_DIR: Linux knows of a session of this user. */
  hasSession: read('XDG_RUNTIME_DIR') !== undefined,
  /** What `colora members vouch` signs with. */
  get vouchKeyFile(): string {
    const { configFolder } = this;
    if (configFolder !== null) return join(configFolder, 'vouch-key');
    throw new UsageError('this user has no home folder to keep a key in: name a file with --vouch-key');
  },
  /** What Hugging Face's own tools read too: HF_ENDPOINT, HF_HOME, HF_HUB_CACHE, HF_HUB_OFFLINE, HF_TOKEN(_PATH). */
  hub: {
    endpoint: (read('HF_ENDPOINT') ?? 'https://huggingface.co').replace(/\/+$/, ''),
    get cache(): string {
      return readFolder('HF_HUB_CACHE') ?? readFolder('HUGGINGFACE_HUB_CACHE') ?? join(hubHome(), 'hub');
    },
    offline: ['1', 'ON', 'YES', 'TRUE'].includes(
      (read('HF_HUB_OFFLINE') ?? read('TRANSFORMERS_OFFLINE') ?? '').toUpperCase(),
    ),
    get tokenFile(): string {
      return readFolder('HF_TOKEN_PATH') ?? join(hubHome(), 'token');
    },
    ...(hubToken === undefined ? {} : { token: hubToken }),
  },
  /** HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY, in upper or lower case: for the coordinator and the Hub. */
  proxy: proxySettingsOf((name) => environment[name]),
  /** The way to the coordinator: proxies, and COLORA_CLIENT_CERT with COLORA_CLIENT_KEY, PEM files of who shows a certificate. */
  get line() {
    return { ...this.proxy, certificate: clientCertificate() };
  },
  /** What the daemon may take of this machine, as text: guest-flags.ts reads it. */
  guest: {
    pauseBetween: read('COLORA_PAUSE_BETWEEN'),
    onBattery: read('COLORA_ON_BATTERY'),
    idleOnly: read('COLORA_IDLE_ONLY'),
    cpuShare: read('COLORA_CPU_SHARE'),
    priority: read('COLORA_PRIORITY'),
    maxUpload: read('COLORA_MAX_UPLOAD'),
    maxDownload: read('COLORA_MAX_DOWNLOAD'),
    maxMemory: read('COLORA_MAX_MEMORY'),
  },
  /** What the member allows a group, as text: limit-flags.ts reads it. */
  limits: {
    maxMinutesPerRound: read('COLORA_MAX_MINUTES_PER_ROUND'),
    maxSteps: read('COLORA_MAX_STEPS'),
    maxBytesPerDay: read('COLORA_MAX_BYTES_PER_DAY'),
    minNoise: read('COLORA_MIN_NOISE'),
    maxEpsilon: read('COLORA_MAX_EPSILON'),
    requireClip: read('COLORA_REQUIRE_CLIP'),
    requireSecureAggregation: read('COLORA_REQUIRE_SECURE_AGGREGATION') !== undefined,
    requireVouched: read('COLORA_REQUIRE_VOUCHED'),
  },
  /** COLORA_NO_GUARD: join as with --no-guard. */
  noGuard: read('COLORA_NO_GUARD') !== undefined,
  /** COLORA_NO_FIGURES: join as with --no-figures. */
  noFigures: read('COLORA_NO_FIGURES') !== undefined,
  /** COLORA_NO_REPORTS: join as with --no-reports. */
  noReports: read('COLORA_NO_REPORTS') !== undefined,
  /** How trackers' servers know who asks: headers of MLflow's and Trackio's own variables. */
  trackers: { mlflow: mlflowHeaders(), trackio: trackioHeaders() },
  /** OTEL_EXPORTER_OTLP_ENDPOINT, of the daemon: a collector that its traces are sent to. */
  get tracesTo(): string | undefined {
    const address = read('OTEL_EXPORTER_OTLP_ENDPOINT');
    if (address === undefined || (URL.canParse(address) && /^https?:$/.test(new URL(address).protocol)))
      return address;
    throw new UsageError('OTEL_EXPORTER_OTLP_ENDPOINT must be an http:// or https:// address');
  },
  /** LOG_FORMAT, of the daemon; the coordinator reads its own. */
  get logFormat(): LogFormat | undefined {
    return readLogFormat();
  },
  /** COLORA_DEBUG: print the stack of an error. */
  debug: read('COLORA_DEBUG') !== undefined,
} as const;

export const environmentHelp = `
Environment:
  COLORA_URL    the coordinator's address (default: the one that is remembered, else http://127.0.0.1:7070)
  COLORA_KEY    the API key for operators' and admins' commands
  COLORA_KEY_FILE
                a file that holds it instead
  COLORA_SERVE_KEY
                the key that callers of colora serve have to show
  COLORA_PASSPHRASE
                of the file that colora workspace export and import are about
  COLORA_INSECURE
                set: send keys over http:// to other machines too
  COLORA_CACHE  folder for converted base models (default ~/.cache/colora)
  HF_TOKEN, HF_HOME, HF_HUB_CACHE, HF_HUB_OFFLINE, HF_ENDPOINT
                of the Hugging Face Hub, as its own tools read them
  HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY
                of the way to the coordinator and the Hub, as curl reads them; what is on this machine is asked without a proxy
  COLORA_CLIENT_CERT, COLORA_CLIENT_KEY
                PEM files of a certificate to show, where a coordinator wants one of its members
  NODE_EXTRA_CA_CERTS
                file with certificates of authorities to trust beside the usual ones
  COLORA_PAUSE_BETWEEN, COLORA_ON_BATTERY, COLORA_IDLE_ONLY, COLORA_CPU_SHARE, COLORA_PRIORITY, COLORA_MAX_UPLOAD, COLORA_MAX_DOWNLOAD, COLORA_MAX_MEMORY, COLORA_NO_GUARD, COLORA_NO_FIGURES, COLORA_NO_REPORTS, COLORA_MAX_MINUTES_PER_ROUND, COLORA_MAX_STEPS, COLORA_MAX_BYTES_PER_DAY, COLORA_MIN_NOISE, COLORA_MAX_EPSILON, COLORA_REQUIRE_CLIP, COLORA_REQUIRE_SECURE_AGGREGATION, COLORA_REQUIRE_VOUCHED
                of the daemon: see colora join --help
  DATABASE_URL, REDIS_URL, HOST, PORT, PUBLIC_URL, COLORA_DATA, COLORA_ADMIN_KEY, COLORA_METRICS_TOKEN, LOG_LEVEL, LOG_FORMAT, TLS_CERT, TLS_KEY, TLS_CLIENT_CA, TRUST_PROXY, COLORA_ENROLMENTS_PER_ADDRESS, COLORA_ENROLMENT_HOURS, COLORA_MEMBERS_PER_GROUP, COLORA_GROUPS_PER_PARTICIPANT, COLORA_UNSEEN_DAYS, STORAGE_LIMIT, STORAGE_RESERVE, COLORA_SESSION_IDLE_HOURS, COLORA_SESSION_HOURS, OIDC_ISSUER, OIDC_CLIENT_ID, OIDC_CLIENT_SECRET, OIDC_CLIENT_SECRET_FILE, OIDC_ROLES, OIDC_CLAIM, OIDC_SCOPES, OIDC_NAME
                of the coordinator: see colora coordinator --help and docs/operators.md
  MLFLOW_TRACKING_USERNAME, MLFLOW_TRACKING_PASSWORD, MLFLOW_TRACKING_TOKEN, TRACKIO_WRITE_TOKEN
                of trackers: see colora metrics export --help
  OTEL_EXPORTER_OTLP_ENDPOINT
                a collector that coordinator and daemon send their traces to (default: nothing is traced)
  COLORA_DEBUG  print the stack of an error`;
