// Lets each statement of Prisma's pass a point where it is watched (meters/statements.ts). The same for both drivers; bytes of
// blobs go by ways of their own.
import type { AroundStatement } from '../../meters/statements.ts';
import type { OpenedDriver } from '../opened-driver.ts';

type Adapter = OpenedDriver['adapter'];
type Connection = Awaited<ReturnType<Adapter['connect']>>;
type Transaction = Awaited<ReturnType<Connection['startTransaction']>>;

/** The same adapter. */
export function watchStatements(adapter: Adapter, around: AroundStatement): Adapter {
  const connect = adapter.connect.bind(adapter) as () => Promise<Connection>;
  adapter.connect = (async () => watchConnection(await connect(), around)) as typeof adapter.connect;
  return adapter;
}

function watchConnection(connection: Connection, around: AroundStatement): Connection {
  watchQueries(connection, around);
  const start = connection.startTransaction.bind(connection);
  connection.startTransaction = async (isolation) => {
    const transaction = await around('begin', () => start(isolation));
    return watchTransaction(transaction, around);
  };
  return connection;
}

function watchTransaction(transaction: Transaction, around: AroundStatement): Transaction {
  watchQueries(transaction, around);
  const commit = transaction.commit.bind(transaction);
  const rollback = transaction.rollback.bind(transaction);
  transaction.commit = () => around('commit', commit);
  transaction.rollback = () => around('rollback', rollback);
  return transaction;
}

function watchQueries(to: Pick<Connection, 'queryRaw' | 'executeRaw'>, around: AroundStatement): void {
  const query = to.queryRaw.bind(to);
  const execute = to.executeRaw.bind(to);
  to.queryRaw = (asked) => around('query', () => query(asked));
  to.executeRaw = (asked) => around('execute', () => execute(asked));
}
