// Statements as parts of whatever is traced around them, each by its kind alone: no SQL and no values.
import type { Tracing } from '@colora/tracing/tracing';
import type { AroundStatement } from './statements.ts';

export function tracedStatements(around: AroundStatement, tracing: Tracing): AroundStatement {
  if (tracing.provider === null) return around;
  return (statement, work) => {
    const attributes = { 'db.operation.name': statement };
    return tracing.during('database', () => around(statement, work), { attributes, onlyInside: true });
  };
}
