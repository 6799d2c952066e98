// What a request is about, known wherever its work leads: each line that is logged for it bears these ids without being told.
import { AsyncLocalStorage } from 'node:async_hooks';

export interface RequestIds {
  /** Made here; told in the answer's header `request-id`. */
  readonly request: string;
  /** Of the address, where they stand there. */
  readonly group?: string;
  readonly round?: string;
  /** Of whose key it is, once that is known. */
  participantId?: string;
}

const current = new AsyncLocalStorage<RequestIds>();

export function withRequestIds<Result>(ids: RequestIds, work: () => Result): Result {
  return current.run(ids, work);
}

/** For what a request only sets off: whoever comes next may be the reason too. */
export function apartFromRequests<Result>(work: () => Result): Result {
  return current.exit(work);
}

/** Of the request under way; undefined elsewhere. */
export function requestIds(): RequestIds | undefined {
  return current.getStore();
}
