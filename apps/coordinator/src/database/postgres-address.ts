// The address of a Postgres server as people write it: node-postgres would let what stands in it under `options` take the
// place of our own settings, and reads over Prisma's `schema`.

/**
 * Of every connection. A coordinator that was stopped or cut off in the middle of a transaction must not hold its row
 * locks for longer than this; Postgres ends such a transaction and gives up a peer that no longer answers.
 */
const settings = [
  'timezone=UTC', // Prisma's timestamps carry no zone
  'idle_in_transaction_session_timeout=15s',
  'tcp_keepalives_idle=15',
  'tcp_keepalives_interval=5',
  'tcp_keepalives_count=3',
  'tcp_user_timeout=30s',
];

export interface PostgresAddress {
  /** Without what stands in `options` and `schema`. */
  readonly connectionString: string;
  /** For the server at the start of a connection; ours stand last, and so win. */
  readonly options: string;
  /** Asked for by `?schema=…`; null: whatever the server's search_path leads to. */
  readonly schema: string | null;
}

/** `address`: one that URL can parse. */
export function readPostgresAddress(address: string): PostgresAddress {
  const url = new URL(address);
  const schema = url.searchParams.get('schema');
  const theirs = url.searchParams.get('options');
  const all = [
    ...(theirs === null ? [] : [theirs]),
    ...(schema === null ? [] : [setting(`search_path=${quoted(schema)}`)]),
    ...settings.map(setting),
  ];
  url.searchParams.delete('schema');
  url.searchParams.delete('options');
  const isPlain = schema === null && theirs === null;
  return { connectionString: isPlain ? address : url.href, options: all.join(' '), schema };
}

/** As an identifier of SQL. */
export const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;

/** With blanks and backslashes as the server reads them in `options`. */
const setting = (text: string) => `-c ${text.replace(/[\\\s]/g, '\\$&')}`;
