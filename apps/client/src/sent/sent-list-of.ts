// The list of a workspace that may not be there: a command that only looks makes none.
import { type SentList, unlisted } from '../proxy/sent-list.ts';
import { keptIdentity } from '../workspace/identity.ts';
import { openSentList } from './open-sent-list.ts';

export async function sentListOf(workspace: string): Promise<SentList> {
  const identity = await keptIdentity(workspace).catch(() => null);
  return identity === null ? unlisted : openSentList(workspace);
}
