// What a member does about its own key and membership, with its workspace alone: ask why its group waits, leave it, be forgotten, get
// another key.
import { rm } from 'node:fs/promises';
import type { Explanation } from '@colora/protocol/why/explanation';
import { keepIdentity, keyPath } from './workspace/identity.ts';
import { type Asking, openWorkspaceApi } from './workspace-api.ts';

/** What its group waits for, with nobody's name but its own. */
export async function explainGroup(workspace: string, group: string, asking: Asking): Promise<Explanation> {
  const { api } = await openWorkspaceApi(workspace, asking);
  return api.call('explainGroup', { params: { group } });
}

/** Returns the coordinator's address. */
export async function leaveGroup(workspace: string, group: string, asking: Asking): Promise<string> {
  const { api } = await openWorkspaceApi(workspace, asking);
  await api.call('leaveGroup', { params: { group } });
  return api.url;
}

/** Who would be forgotten, and where. */
export async function whoIsForgotten(workspace: string, asking: Asking) {
  const { api, identity } = await openWorkspaceApi(workspace, asking);
  const { participant } = await api.call('whoAmI', {});
  return { url: api.url, participant: participant ?? identity.participant };
}

/** For good: the workspace's key, which admits nobody any more, is removed too. Returns the groups it was in. */
export async function forgetMe(workspace: string, asking: Asking): Promise<string[]> {
  const { api } = await openWorkspaceApi(workspace, asking);
  const { groups } = await api.call('forgetMe', {});
  await rm(keyPath(workspace), { force: true });
  return groups;
}

/** Another key in the workspace; the one before admits its holder for the overlap still. Returns until when the new one does. */
export async function rotateOwnKey(
  workspace: string,
  terms: { readonly overlapSeconds: number; readonly expiresInSeconds?: number },
  asking: Asking,
): Promise<string | null> {
  const { api, identity } = await openWorkspaceApi(workspace, asking);
  const { key, expiresAt } = await api.call('rotateKey', { params: { id: 'own' }, body: terms });
  await keepIdentity(workspace, { ...identity, key });
  return expiresAt;
}
