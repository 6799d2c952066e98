// That a group was joined is remembered as soon as it is so, for commands that are told no flags. Where it can't be, the daemon goes on.
import { resolve } from 'node:path';
import { config } from '../../config.ts';
import type { JoinDisplay } from '../../terminal/join/join-progress.ts';

interface Joining {
  readonly url: string;
  readonly group: string;
  readonly workspace: string;
  /** The name to remember it by; undefined: the group's; false: it isn't remembered. */
  readonly profile?: string | false;
}

export function remembering(
  joining: Joining,
  display: JoinDisplay,
  note: (line: string) => void,
): JoinDisplay {
  return {
    log: display.log,
    onProgress(progress) {
      display.onProgress(progress);
      if (progress.kind !== 'joined' || joining.profile === false) return;
      keep(joining, progress.participant).then(
        (name) => name !== null && name !== joining.group && note(`remembered as the profile ${name}`),
        (error: Error) => note(`not remembered for commands without flags: ${error.message}`),
      );
    },
  };
}

/** Null where this user has no place for it. */
async function keep(
  { url, group, workspace, profile }: Joining,
  participant: string,
): Promise<string | null> {
  const { configFolder } = config;
  if (configFolder === null || profile === false) return null;
  const { remember } = await import('../../remembered/remember.ts');
  return await remember(
    configFolder,
    { kind: 'member', url, group, workspace: resolve(workspace), participant },
    profile,
  );
}
