// For tests: a running coordinator, a group on it and members that contribute, all over real sockets.
// No tests here.

import { type ApiClient, createApiClient } from '@colora/protocol/api-client';
import { type ContributionMetadata, encodeContributionMetadata } from '@colora/protocol/contribution';
import type { Acknowledgement, Assignment } from '@colora/protocol/entities';
import { sha256Hex } from '@colora/protocol/sha256';
import { type TaskSettingsInput, taskSettingsSchema } from '@colora/protocol/task-settings';
import { decode, encode } from '@colora/tensors/safetensors/safetensors';
import type { TensorMap } from '@colora/tensors/tensor';
import { storedSettings } from '../access/stored-settings.ts';

export const adminKey = 'colora_a_for-tests-only-0123456789';

export function tensors(entries: Record<string, readonly number[]>): TensorMap {
  return new Map(
    Object.entries(entries).map(([name, values]) => [
      name,
      { shape: [values.length], data: Float32Array.from(values) },
    ]),
  );
}

export function hash(bytes: Uint8Array): string {
  return sha256Hex(bytes);
}

export function makeSettings(extra: Partial<TaskSettingsInput> = {}): TaskSettingsInput {
  return {
    baseModel: { name: 'test', modelType: 'use-lite', fingerprint: 'a'.repeat(64) },
    task: { kind: 'classification', labels: ['bad', 'good'], clusters: 'off' }, // they send no probes
    ...extra,
    privacy: { minMembers: 1, ...extra.privacy }, // what one sends counts, but where a test says otherwise
  };
}

/** What a group's row holds of such settings, for tests that write one themselves. */
export function settingsRow(extra: Partial<TaskSettingsInput> = {}) {
  return storedSettings(taskSettingsSchema.parse(makeSettings(extra)));
}

interface GroupOptions {
  readonly name?: string;
  /** Open unless told otherwise; undefined: what a group is by default. */
  readonly access?: 'open' | 'invitation' | undefined;
  readonly settings?: Partial<TaskSettingsInput>;
  readonly initial?: TensorMap;
  readonly start?: boolean;
  /** An admin’s; the one above unless told otherwise. */
  readonly key?: string;
}

/** A group with its initial checkpoint, started unless told otherwise. */
export async function makeGroup(url: string, options: GroupOptions = {}): Promise<ApiClient> {
  const { name = 'group', access, start = true, key = adminKey } = { access: 'open' as const, ...options };
  const admin = createApiClient(url, () => key);
  await admin.call('createGroup', { body: { name, access, settings: makeSettings(options.settings) } });
  const bytes = encode(options.initial ?? tensors({ 'x.shared.A': [1, 2], 'x.shared.B': [0, 0, 0] }));
  await admin.call('putInitialCheckpoint', { params: { group: name }, bytes, sha256: hash(bytes) });
  if (start) await admin.call('startGroup', { params: { group: name } });
  return admin;
}

/** A member without a socket: it polls. */
export interface TestMember {
  readonly name: string;
  readonly key: string;
  readonly api: ApiClient;
  assignment(): Promise<Assignment>;
  /** Polls until the assignment satisfies; fails after some seconds. */
  until(what: string, satisfied: (assignment: Assignment) => boolean): Promise<Assignment>;
  checkpoint(version?: number | 'latest'): Promise<TensorMap>;
  /** Encodes and sends `update` for the round of the assignment given or asked for. */
  contribute(
    update: TensorMap,
    options?: { metadata?: Partial<ContributionMetadata>; round?: number },
  ): Promise<Acknowledgement>;
  send(round: number, bytes: Uint8Array, sha256?: string): Promise<Acknowledgement>;
}

export async function joinAs(
  url: string,
  name: string,
  group = 'group',
  invitation?: string,
  labels?: readonly string[],
): Promise<TestMember> {
  let key: string | null = null;
  const api = createApiClient(url, () => key);
  const joined = await api.call('joinGroup', {
    params: { group },
    body: { name, invitation, ...(labels === undefined ? {} : { labels: [...labels] }) },
  });
  if (joined.key === null) throw new Error('joining without a key must yield one');
  key = joined.key;
  return member(url, joined.participant, joined.key, group);
}

/** The same member again, at another address: after a restart. */
export function member(url: string, name: string, key: string, group = 'group'): TestMember {
  const api = createApiClient(url, () => key);
  const params = { group };
  const assignment = () => api.call('getAssignment', { params });
  const until = async (what: string, satisfied: (now: Assignment) => boolean) => {
    for (let tries = 0; tries < 200; tries += 1) {
      const now = await assignment();
      if (satisfied(now)) return now;
      await new Promise((done) => setTimeout(done, 50));
    }
    throw new Error(`${name} waited in vain for ${what}`);
  };
  const send = (round: number, bytes: Uint8Array, sha256 = hash(bytes)) =>
    api.call('putContribution', { params: { group, round }, bytes, sha256 });
  return {
    name,
    key,
    api,
    assignment,
    until,
    send,
    async checkpoint(version = 'latest') {
      const response = await api.call('getCheckpoint', { params: { group, version } });
      return decode(new Uint8Array(await response.arrayBuffer())).tensors;
    },
    async contribute(update, options = {}) {
      const { round } = await until('a round', (now) => now.round !== null);
      const number = options.round ?? round?.number ?? 0;
      const claims = { kind: 'delta', version: round?.version ?? 0, round: number, examples: 1 } as const;
      const metadata = encodeContributionMetadata({ ...claims, ...options.metadata });
      return send(number, encode(update, { metadata }));
    },
  };
}
