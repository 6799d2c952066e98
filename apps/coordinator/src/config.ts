// The coordinator's settings from the environment, checked. The only file here that reads process.env;
// settings of runs are data in the database.
import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { readBytes } from '@colora/protocol/bounds/byte-amount';
import { expandedPath } from '@colora/protocol/environment/expanded-path';
import { z } from 'zod';
import { type AccountLimits, accountVariables, limitsOf } from './account-limits.ts';
import { type GivenOidc, oidcVariables } from './oidc/oidc-settings.ts';
import { type StorageBounds, usualReserveBytes } from './room/storage-bounds.ts';
import { StartError } from './start-error.ts';

export const logLevelSchema = z.enum(['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace']);
export type LogLevel = z.infer<typeof logLevelSchema>;
export const logFormatSchema = z.enum(['pretty', 'json']);
export type LogFormat = z.infer<typeof logFormatSchema>;

/** An amount of bytes with its unit. */
const bytesInText = (least: number) =>
  z
    .string()
    .max(40)
    .transform((text) => Math.round(readBytes(text) ?? Number.NaN))
    .refine(
      (bytes) => bytes >= least,
      `must be an amount with its unit, such as 20GB, of at least ${least} bytes`,
    );

const environmentSchema = z.object({
  /** A postgres:// address; without it the embedded database in the data folder is used. */
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'must start with postgres:// or postgresql://')
    .optional(),
  /** A redis:// address: how several coordinators on one Postgres tell each other's sockets; Postgres does it without. */
  REDIS_URL: z
    .string()
    .regex(/^rediss?:\/\//, 'must start with redis:// or rediss://')
    .optional(),
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: z.coerce.number().int().min(0).max(65_535).default(7070),
  /** PEM files of TLS, and of the authority of members' certificates. */
  TLS_CERT: z.string().optional(),
  TLS_KEY: z.string().optional(),
  TLS_CLIENT_CA: z.string().optional(),
  /** Addresses of proxies that are believed about where requests come from. */
  TRUST_PROXY: z.string().optional(),
  /** Where browsers reach the coordinator: needed by a name over HTTP, and to sign in by OpenID Connect. */
  PUBLIC_URL: z.string().optional(),
  COLORA_DATA: z.string().min(1).default('.colora'),
  LOG_LEVEL: logLevelSchema.default('info'),
  /** Lines for people, or JSON; whoever writes the log chooses where it is unset. */
  LOG_FORMAT: logFormatSchema.optional(),
  /** Presets an admin key, for setups that cannot read the one printed at first start. */
  COLORA_ADMIN_KEY: z.string().optional(),
  /** What the database may take on its disk; where it is Postgres, nothing is watched without. */
  STORAGE_LIMIT: bytesInText(50_000_000).optional(),
  /** With less room left than this, running groups are paused. */
  STORAGE_RESERVE: bytesInText(1).default(usualReserveBytes),
  /** Opens /metrics to a monitor, and nothing else; without it an operator's key does alone. */
  COLORA_METRICS_TOKEN: z.string().min(16, 'use 16 characters or more').max(200).optional(),
  /** A collector's address, to which traces are sent; without it nothing is traced. */
  OTEL_EXPORTER_OTLP_ENDPOINT: z
    .url({ protocol: /^https?$/, error: 'must be an http:// or https:// address' })
    .optional(),
  ...accountVariables,
  ...oidcVariables,
});

/** Names of all that is read. */
export const coordinatorVariables: readonly string[] = Object.keys(environmentSchema.shape);

export interface CoordinatorConfig {
  readonly databaseUrl: string | undefined;
  readonly redisUrl: string | undefined;
  readonly host: string;
  readonly port: number;
  readonly tls: { readonly [File in 'cert' | 'key' | 'clientCa']: string | undefined };
  readonly trustProxy: string | undefined;
  readonly publicUrl: string | undefined;
  readonly dataFolder: string;
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat | undefined;
  readonly adminKey: string | undefined;
  readonly metricsToken: string | undefined;
  readonly tracesTo: string | undefined;
  readonly limits: AccountLimits;
  readonly storage: StorageBounds;
  readonly oidc: GivenOidc;
}

/**
 * Reads the environment; throws StartError naming the variable. An empty variable counts as unset, and blanks around a
 * value as none: files of secrets and of variables leave a line break at the end.
 */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): CoordinatorConfig {
  const trimmed = coordinatorVariables.map((name) => [name, environment[name]?.trim()]);
  const given = Object.fromEntries(trimmed.filter(([, value]) => value !== ''));
  const parsed = environmentSchema.safeParse(given);
  if (!parsed.success) {
    const wrong = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw new StartError(`environment variable ${wrong.join('; ')}`);
  }
  const { DATABASE_URL, REDIS_URL, HOST, PORT, COLORA_DATA, LOG_LEVEL, LOG_FORMAT, COLORA_ADMIN_KEY } =
    parsed.data;
  const { TLS_CERT, TLS_KEY, TLS_CLIENT_CA, TRUST_PROXY, PUBLIC_URL } = parsed.data;
  return {
    databaseUrl: DATABASE_URL,
    redisUrl: REDIS_URL,
    host: HOST,
    port: PORT,
    tls: { cert: TLS_CERT, key: TLS_KEY, clientCa: TLS_CLIENT_CA },
    trustProxy: TRUST_PROXY,
    publicUrl: PUBLIC_URL,
    dataFolder: resolve(expandedPath(COLORA_DATA, { home: homedir, read: (name) => environment[name] })),
    logLevel: LOG_LEVEL,
    logFormat: LOG_FORMAT,
    adminKey: COLORA_ADMIN_KEY,
    metricsToken: parsed.data.COLORA_METRICS_TOKEN,
    tracesTo: parsed.data.OTEL_EXPORTER_OTLP_ENDPOINT,
    limits: limitsOf(parsed.data),
    storage: { limitBytes: parsed.data.STORAGE_LIMIT ?? null, reserveBytes: parsed.data.STORAGE_RESERVE },
    oidc: z.object(oidcVariables).parse(parsed.data),
  };
}

/** The environment a child process of ours is given: everything, with these on top. */
export function childEnvironment(extra: Record<string, string>): NodeJS.ProcessEnv {
  return { ...process.env, ...extra };
}

/** For tests alone: a Redis server. */
export function testRedisUrl(environment: NodeJS.ProcessEnv = process.env): string | undefined {
  return environment.COLORA_TEST_REDIS || undefined;
}

/** For tests alone: a Postgres server on which they may create databases. */
export function testPostgresUrl(environment: NodeJS.ProcessEnv = process.env): string | undefined {
  return environment.COLORA_TEST_POSTGRES || undefined;
}
