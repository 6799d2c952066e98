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

const own: Partial<Readonly<Record<RouteName, readonly ProblemCode[]>>> = {
  createKey: ['name-taken'],
  revokeKey: ['unknown-key', 'last-admin-key'],
  createGroup: ['invalid-settings', 'name-taken'],
  startGroup: ['wrong-group-state'],
  pauseGroup: ['wrong-group-state'],
  endGroup: ['wrong-group-state'],
  extendGroup: ['wrong-round-state'],
  rollbackGroup: ['unknown-checkpoint', 'wrong-group-state', 'wrong-round-state'],
  joinGroup: ['invalid-key', 'wrong-role', 'invitation-needed', 'name-taken', 'other-signing-key'],
  resetSigningKey: ['unknown-participant'],
  putInitialCheckpoint: ['wrong-group-state', 'checkpoint-exists'],
  putAvailability: ['not-a-member'],
  listCheckpoints: ['not-a-member'],
  getCheckpoint: ['not-a-member', 'unknown-checkpoint'],
  listManifests: ['not-a-member'],
  showManifest: ['not-a-member', 'unknown-checkpoint'],
  listManifestEntries: ['not-a-member', 'unknown-checkpoint'],
  getKeptFile: ['unknown-checkpoint'],
  getAssignment: ['not-a-member'],
  postMetrics: ['not-a-member', 'unknown-checkpoint'],
  putFigures: ['not-a-member', 'stale-version'],
  showFigures: ['not-a-member'],
  putContribution: [
    'not-a-member',
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
  showContribution: ['not-a-member'],
  cancelRound: ['wrong-round-state'],
};

/** In the order of the table. */
export function problemsOf(name: RouteName, route: Route): ProblemCode[] {
  const params = Object.keys(route.params?.shape ?? {});
  const asked = [...params, ...Object.keys(route.query?.shape ?? {})];
  const possible = new Set<ProblemCode>([
    ...(own[name] ?? []),
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
  add(route.access !== 'anyone', 'missing-key', 'invalid-key', 'wrong-role');
  add(asked.includes('group'), 'unknown-group');
  add(asked.includes('round'), 'unknown-round');
  add(route.body === 'bytes', ...bytesIn);
  add(route.body !== undefined, 'wrong-content-type');
  add(route.body !== undefined && route.body !== 'bytes', 'too-large', 'too-slow');
  add(route.method !== 'GET', 'foreign-site');
  return (Object.keys(problemTable) as ProblemCode[]).filter((code) => possible.has(code));
}
