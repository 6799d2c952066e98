// Makes a use case's first transaction begin with another step, so that both are done or neither is: a condition that is to hold
// while it changes something, or the mark that it was done. The use case knows nothing of it; each changes things in one transaction.
import type { Context } from '../context.ts';
import type { Transaction } from '../sql/transaction.ts';

export type Step = (tx: Transaction) => Promise<void>;

type Run = (tx: Transaction) => Promise<unknown>;

/** The same context, with the step before all else in the first transaction that is committed. Where the step throws, nothing is done. */
export function withFirst(context: Context, step: Step): Context {
  const { db } = context;
  let isDone = false;
  const transact = async (run: Run, options?: object): Promise<unknown> => {
    const result = await db.$transaction(async (tx) => {
      if (!isDone) await step(tx);
      return run(tx);
    }, options);
    isDone = true;
    return result;
  };
  const guarded = new Proxy(db, {
    get: (target, name) => (name === '$transaction' ? transact : Reflect.get(target, name, target)),
  });
  return { ...context, db: guarded };
}
