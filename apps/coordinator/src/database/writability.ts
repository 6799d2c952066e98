// Whether a database takes writes, asked without one. Which outage it is otherwise is sql/database-errors.ts's.

export interface Writability {
  readonly readOnly: boolean;
}

/** On for a standby too. */
export const askWritable = `SELECT current_setting('transaction_read_only')::bool AS "readOnly"`;

/** Throws Postgres's own error for a write there, where the answer says that none is taken. */
export function assertWritable(rows: readonly Writability[]): void {
  if (rows[0]?.readOnly !== true) return;
  throw Object.assign(new Error('transactions are read-only'), { code: '25006' });
}
