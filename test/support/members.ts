// Members whose daemons run in the test's own process: one trainer for all tests of a file, and a member's options.
// Daemons as processes of their own are processes.ts.
import { join } from 'node:path';
import { after, before } from 'node:test';
import type { ClientOptions } from '@colora/client/session/client-options';
import { startTrainer, type Trainer } from '@colora/training/trainer';
import { reviews } from './people.ts';
import type { System } from './system.ts';

export interface Members {
  /** There while tests and hooks run. */
  readonly trainer: Trainer;
  /** Of a member with eight reviews and a workspace of its own, never told to stop; `extra` wins. */
  options(group: string, name: string, extra?: Partial<ClientOptions>): ClientOptions;
}

/** Members of `system` for the tests of the file that calls it. */
export function useMembers(system: System): Members {
  let trainer: Trainer;
  before(async () => {
    trainer = await startTrainer({ threads: 1 });
  });
  after(() => trainer?.close());
  return {
    get trainer() {
      return trainer;
    },
    options: (group, name, extra) => memberOptions({ system, trainer }, group, name, extra),
  };
}

/** The same where no test's hooks are. */
export function memberOptions(
  { system, trainer }: { readonly system: System; readonly trainer: Trainer },
  group: string,
  name: string,
  extra: Partial<ClientOptions> = {},
): ClientOptions {
  return {
    url: system.url,
    group,
    baseModel: system.baseModel,
    trainer,
    workspace: join(system.folder, `${group}-${name}`),
    examples: reviews(name.length, 8),
    signal: new AbortController().signal,
    seed: 'of-group', // the same bytes whenever it is run
    acceptChanges: async () => true, // whoever extends a group in a test; consent.test.ts asks
    guard: false, // it takes longer than all rounds of a test; test/guard has it on
    ...extra,
  };
}
