// An admin changed the group's settings in the middle of a run: heard with a round to train, before it is begun. What a member
// agrees to is consent/agree.ts's; more rounds alone are round-count.ts's.
import type { Assignment } from '@colora/protocol/entities';
import { changesOfTerms } from '@colora/protocol/settings/changes';
import { agreeRunning } from '../consent/agree.ts';
import { retry } from '../line/backoff.ts';
import type { Session } from '../session/open-session.ts';

/**
 * True where the session's are others than those that rounds have now: it is to be opened anew. Throws ClientError 'not-agreed' where
 * they ask more than its member accepts.
 */
export async function hasOtherSettings(
  session: Session,
  { settingsVersion }: Pick<Assignment, 'settingsVersion'>,
): Promise<boolean> {
  const { api, log, options, group, paths, keys } = session;
  if (settingsVersion === undefined || settingsVersion === group.settingsVersion) return false;
  const { signal, backoff } = options;
  const call = () => api.call('showGroup', { params: { group: group.name }, signal });
  const told = await retry(call, { signal, log, doing: 'asking for the group’s settings', backoff });
  // what takes effect at once is no matter of the one who trains, or is told otherwise
  const isOther = changesOfTerms({ ...group, access: told.access }, told).some(({ when }) => when !== 'now');
  if (isOther) {
    await agreeRunning(group.settings, told, { ...options, log, paths, signer: keys.signer });
    log('info', `${group.name} has other settings now: its model is opened anew`);
  } else session.group = { ...group, settingsVersion: told.settingsVersion };
  return isOther;
}
