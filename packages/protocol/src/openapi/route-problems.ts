// Which refusals of the error table a route may answer with, for whoever writes a client: those that follow from its row, and
// its own. Clients have to take any other problem too (a newer coordinator's); it means what its status does.
import { type ProblemCode, problemTable } from '../problem-table.ts';
import type { Route } from '../route/route.ts';
import type { RouteName } from '../routes.ts';

const bytesIn = [
  'truncated-body',
  'hash-mismatch',
  'too-slow',
  'too-large',
  'invalid-tensors',
  'not-finite',
] as const satisfies readonly ProblemCode[];

const maskedStep = ['wrong-group-state', 'group-paused', 'not-collecting', 'not-assigned'] as const;

const own: Partial<Readonly<Record<RouteName, readonly ProblemCode[]>>> = {
  createKey: ['name-taken', 'unknown-group'],
  rotateKey: ['unknown-key', 'wrong-role', 'last-admin-key'],
  revokeKey: ['unknown-key', 'last-admin-key'],
  signIn: ['client-certificate-needed'],
  startOidc: ['unknown-route'],
  finishOidc: ['unknown-route'],
  listSessions: ['wrong-role'],
  endSessions: ['wrong-role'],
  endSession: ['unknown-session'],
  createGroup: ['invalid-settings', 'name-taken'],
  changeSettings: ['invalid-settings', 'wrong-group-state', 'settings-changed'],
  startGroup: ['wrong-group-state'],
  pauseGroup: ['wrong-group-state'],
  endGroup: ['wrong-group-state'],
  extendGroup: ['wrong-round-state'],
  rollbackGroup: ['unknown-checkpoint', 'wrong-group-state', 'wrong-round-state'],
  revokeInvitation: ['unknown-invitation'],
  joinGroup: [
    'wrong-role',
    'wrong-scope',
    'invitation-needed',
    'membership-limit',
    'enrolment-limit',
    'other-signing-key',
  ],
  putInitialCheckpoint: ['wrong-group-state', 'checkpoint-exists'],
  getCheckpoint: ['unknown-checkpoint'],
  showManifest: ['unknown-checkpoint'],
  listManifestEntries: ['unknown-checkpoint'],
  getKeptFile: ['unknown-checkpoint'],
  postMetrics: ['unknown-checkpoint'],
  putFigures: ['stale-version'],
  putContribution: [
    'stale-version',
    'not-collecting',
    'not-assigned',
    'duplicate-contribution',
    'wrong-group-state',
    'group-paused',
    'wrong-tensors',
    'norm-exceeded',
    'implausible-examples',
    'wrong-signature',
    'upload-in-progress',
    'between-rounds',
  ],
  cancelRound: ['wrong-round-state'],
  similarity: ['wrong-group-state'],
  putReceipts: ['wrong-signature'],
  putMaskingKeys: ['wrong-group-state', 'wrong-signature'],
  showMasking: maskedStep,
  putShares: [...maskedStep, 'duplicate-contribution'],
  putSendersSignature: [...maskedStep, 'duplicate-contribution', 'wrong-signature'],
  putReveals: [...maskedStep, 'duplicate-contribution'],
  putVouch: ['wrong-group-state', 'wrong-signature'],
};

/** What is posted; all else is repeatable as it is. */
export const takesIdempotencyKey = ({ method }: Route): boolean => method === 'POST';

/** In the order of the table. */
export function problemsOf(name: RouteName, route: Route): ProblemCode[] {
  const params = Object.keys(route.params?.shape ?? {});
  const asked = [...params, ...Object.keys(route.query?.shape ?? {})];
  const possible = new Set<ProblemCode>([
    ...(own[name] ?? []),
    'missing-key', // a wrong header or key is refused where none is needed too
    'invalid-key',
    'headers-too-large', // the address is among them
    'too-many-requests',
    'internal',
    'unavailable',
  ]);
  const add = (when: boolean, ...codes: readonly ProblemCode[]) => {
    if (when) for (const code of codes) possible.add(code);
  };
  add(
    route.access === 'anyone' ? name === 'joinGroup' : route.access.includes('participant'),
    'client-certificate-needed',
  );
  add(params.length > 0 || route.query !== undefined || route.body !== undefined, 'invalid-request');
  add(route.access !== 'anyone', 'wrong-role');
  add(route.access !== 'anyone' && !params.includes('group') && route.scoped !== true, 'wrong-scope');
  add(asked.includes('group'), 'unknown-group');
  add(asked.includes('round'), 'unknown-round');
  add(asked.includes('participant'), 'unknown-participant');
  add(route.body === 'bytes', ...bytesIn);
  add(route.body !== undefined, 'wrong-content-type');
  add(route.body !== undefined && route.body !== 'bytes', 'too-large', 'too-slow');
  add(route.method !== 'GET', 'foreign-site', 'csrf-token-needed');
  add(route.ifMatch === true, 'changed-meanwhile');
  add(takesIdempotencyKey(route), 'key-reused', 'answer-lost', 'invalid-request');
  return (Object.keys(problemTable) as ProblemCode[]).filter((code) => possible.has(code));
}
