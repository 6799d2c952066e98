// A daemon's connections, with the list in its workspace of what leaves by them.
import type { Log } from '../client-log.ts';
import { type Connections, openConnections } from '../proxy/connections.ts';
import { openSentList } from '../sent/open-sent-list.ts';
import type { ClientOptions } from './client-options.ts';

type Wanted = Pick<ClientOptions, 'workspace' | 'line' | 'keepBodies'>;

export function connectionsOf({ workspace, line = {}, keepBodies }: Wanted, log: Log): Connections {
  return openConnections(line, openSentList(workspace, { keepBodies, log }));
}
