// What a step is given inside a transaction. A type alone, so that storage need not know the context.
import type { Prisma } from '../generated/prisma/client.ts';

/** Inside a transaction: the same models, one connection. */
export type Transaction = Prisma.TransactionClient;
