// What a list of everything that leaves is told, and what it can be told later. How one is kept is sent/open-sent-list.ts; who
// tells it is connections.ts alone.

/** A body: its bytes, or the file that they lie in. */
export type LeavingBody =
  | Uint8Array
  | { readonly path: string; readonly bytes: number; readonly sha256: string };

/** What is about to leave. */
export interface Leaving {
  /** What for, in a word or two (sent-kind.ts). */
  readonly kind: string;
  /** Scheme, host and port. */
  readonly to: string;
  /** Method and path, without what may be a secret in it. */
  readonly what: string;
  readonly body: LeavingBody | null;
}

/** What became of it, where that is another thing than was announced. */
export interface Left {
  readonly bytes: number;
  readonly sha256: string;
}

export interface SentList {
  /**
   * Returns when it stands in the list, and throws FileProblem where it can't: then nothing may leave. The answer takes what really
   * left, once that is known to be less.
   */
  note(leaving: Leaving): (left: Left) => void;
}

/** Of commands that have no workspace: an operator's, an admin's. */
export const unlisted: SentList = { note: () => () => undefined };
