// Statements of the embedded database stay prepared under their text. PGlite has each read and planned anew, in six messages, which
// was most of what the database did; what is prepared takes one. https://www.postgresql.org/docs/current/protocol-flow.html
import {
  type messages,
  type PGlite,
  parse,
  protocol,
  type QueryOptions,
  type Results,
} from '@electric-sql/pglite';

const { serialize } = protocol;

/** Kept at once, the longest prepared out first; Postgres holds up to some hundred kilobytes of each. */
const mostStatements = 200;

/** Then it is prepared anew: its plan is for tables of the size that they had, and they grow. */
const usesOfOne = 200;

type Message = messages.BackendMessage;

interface Prepared {
  readonly name: string;
  /** What Postgres says of its parameters and its rows. */
  readonly described: readonly Message[];
  /** Types of its parameters (oids). */
  readonly types: readonly number[];
  uses: number;
}

/** Of its `query`, and of that of its transactions. What a statement answers stays of one form: the schema changes before all of them alone. */
export function prepareStatements(pglite: PGlite): void {
  const kept = new Map<string, Prepared>();
  const parsersWith = new WeakMap<object, PGlite['parsers']>();
  let made = 0;

  const send = (...parts: readonly Uint8Array[]) =>
    pglite.execProtocolStream(Buffer.concat([...parts, serialize.sync()]), { syncToFs: false });
  const forget = async (text: string, { name }: Prepared) => {
    kept.delete(text);
    await send(serialize.close({ type: 'S', name }));
  };
  const prepare = async (text: string): Promise<Prepared> => {
    for (const [oldest, statement] of kept) if (kept.size >= mostStatements) await forget(oldest, statement);
    made += 1;
    const name = `colora_${made}`;
    const described = await send(serialize.parse({ name, text }), serialize.describe({ type: 'S', name }));
    const statement = { name, described, types: parse.parseDescribeStatementResults(described), uses: 0 };
    kept.set(text, statement);
    return statement;
  };
  const prepared = async (text: string): Promise<Prepared> => {
    const known = kept.get(text);
    if (known !== undefined && known.uses < usesOfOne) return known;
    if (known !== undefined) await forget(text, known);
    return await prepare(text);
  };
  const parsersOf = ({ parsers }: QueryOptions) => {
    if (parsers === undefined) return pglite.parsers;
    const all = parsersWith.get(parsers) ?? { ...pglite.parsers, ...parsers };
    parsersWith.set(parsers, all);
    return all;
  };
  const run = <Row>(text: string, values: readonly unknown[] = [], options: QueryOptions = {}) =>
    pglite._runExclusiveQuery(async () => {
      const { parsers: _, ...further } = options;
      const statement = await prepared(text);
      statement.uses += 1;
      const bound = values.map((value, index) => {
        if (value === null || value === undefined) return null;
        const write = pglite.serializers[statement.types[index]!];
        return write === undefined ? String(value) : write(value);
      });
      const answers = await send(
        serialize.bind({ statement: statement.name, values: bound }),
        serialize.execute(),
      );
      const [results] = parse.parseResults([...statement.described, ...answers], parsersOf(options), further);
      return results as Results<Row>;
    });

  pglite.query = async <Row>(text: string, values?: unknown[], options?: QueryOptions) => {
    await pglite._checkReady();
    return await pglite._runExclusiveTransaction(() => run<Row>(text, values, options));
  };
  const transaction = pglite.transaction.bind(pglite);
  pglite.transaction = (work) =>
    transaction((tx) => {
      const query = async <Row>(text: string, values?: unknown[], options?: QueryOptions) => {
        if (tx.closed) throw new Error('the transaction is over');
        return await run<Row>(text, values, options);
      };
      return work(Object.assign(tx, { query }));
    });
}
