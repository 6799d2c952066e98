// Names for the statements that are sent again and again, so that Postgres parses and plans each once a connection: planning
// the joins of a poll takes it longer than running them. Bounded, since the server keeps what it has prepared.
import { sha256Hex } from '@colora/protocol/sha256';

/** All that the coordinator says fits; lists of many lengths, each a text of its own, may come after. */
const namedStatements = 500;

/** The same name for the same text; the empty one, under which Postgres keeps nothing, once there are too many. */
export function createStatementNames(limit = namedStatements): (statement: { sql: string }) => string {
  const names = new Map<string, string>();
  return ({ sql }) => {
    const known = names.get(sql);
    if (known !== undefined || names.size >= limit) return known ?? '';
    const name = `colora_${sha256Hex(sql).slice(0, 24)}`;
    names.set(sql, name);
    return name;
  };
}
