// A person of an experiment: who they are, what they train on and what they are judged by.
import type { Example } from '@colora/training/tasks/tasks';

export interface Person {
  /** A participant's name (a-z, 0-9, '.', '_', '-'). */
  readonly name: string;
  /** As people know it, in any script; the name where it is left out. */
  readonly shown?: string;
  /** People of one group are shown together: a domain, a convention, a team. */
  readonly group: string;
  readonly examples: readonly Example[];
  /** Never trained on. */
  readonly heldOut: readonly Example[];
}
