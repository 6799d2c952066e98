// For tests: one coordinator for all tests of a suite, opened before them on a new database and closed after. Those that open
// several, or one anew, do it themselves.
import { after, before } from 'node:test';
import { buildCoordinator, type Coordinator } from '../coordinator.ts';
import type { TestDatabase } from './databases.ts';
import { adminKey } from './group.ts';

/** Its address is there while tests run. */
export function useCoordinator(database: TestDatabase): Pick<Coordinator, 'url'> {
  let coordinator: Coordinator;
  before(async () => {
    const options = await database.create();
    coordinator = await buildCoordinator({ ...options, port: 0, adminKey, logger: 'silent' });
  });
  after(() => coordinator.close());
  return {
    get url() {
      return coordinator.url;
    },
  };
}
