// The point around which statements are watched: how long they take, what they belong to. Both databases have it
// (database/watched-adapter.ts); what is noted is its callers' affair.

/** What Prisma asks of a driver. `begin` waits for a connection. */
export type Statement = 'query' | 'execute' | 'begin' | 'commit' | 'rollback';

/** Does the work, and answers as it does. */
export type AroundStatement = <Answer>(statement: Statement, work: () => Promise<Answer>) => Promise<Answer>;
