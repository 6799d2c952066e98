// What `colora uninstall` is about to do and what stays, in words.
import { join } from 'node:path';
import { byteText } from '../terminal/output.ts';
import type { Traces } from './traces.ts';

export interface UninstallWishes {
  readonly everything: boolean;
  readonly keepModels: boolean;
}

/** `configFolder`: where services and profiles are; null: nowhere. */
export function whatGoes(traces: Traces, wishes: UninstallWishes, configFolder: string | null): string[] {
  const { services, workspaces, profiles, logins, models, vouchKey, installation } = traces;
  const memberships = workspaces.flatMap(({ path, groups }) =>
    groups.map((group) => `membership of ${group} (workspace ${path})`),
  );
  return [
    ...services.map((name) => `service ${name}`),
    ...memberships,
    ...(profiles.length === 0 ? [] : [`what is remembered in ${join(configFolder ?? '', 'profiles')}`]),
    ...logins.map((url) => `key for ${url} in the system’s keychain`),
    ...(models === null || wishes.keepModels
      ? []
      : [`converted base models in ${models.path}, ${byteText(models.bytes)}`]),
    ...(wishes.everything
      ? workspaces.map(
          ({ path, bytes }) => `workspace ${path}, ${byteText(bytes)}: keys, personal tensors, receipts`,
        )
      : []),
    ...(wishes.everything && vouchKey !== null ? [`key that vouches for members, ${vouchKey}`] : []),
    ...(installation.kind === 'packages'
      ? [
          `${installation.names.join(', ')} ${installation.folder === null ? '(npm install -g)' : `in ${installation.folder}`}`,
        ]
      : []),
  ];
}

/** `kept`: workspaces that are still there. */
export function whatStays(
  { hub, models, vouchKey, installation }: Traces,
  wishes: UninstallWishes,
  kept: Traces['workspaces'],
): string[] {
  return [
    ...kept.map(
      ({ path, bytes }) =>
        `workspace ${path}, ${byteText(bytes)}: keys, personal tensors, receipts (--everything removes it)`,
    ),
    ...(models !== null && wishes.keepModels
      ? [`converted base models in ${models.path}, ${byteText(models.bytes)}`]
      : []),
    ...(hub === null
      ? []
      : [`${hub.path}, ${byteText(hub.bytes)}: models of the Hub, which other programs use too`]),
    ...(vouchKey !== null && !wishes.everything
      ? [`key that vouches for members, ${vouchKey} (--everything removes it)`]
      : []),
    ...(installation.kind === 'clone'
      ? [`the clone that this colora runs from (${installation.script})`]
      : []),
    ...(installation.kind === 'cache' ? [`npx’s copy of colora (${installation.script})`] : []),
    'your data, what colora export wrote and workspaces that were not remembered, where you put them',
  ];
}
