// The coordinator's routes: each that takes bytes, with its digest right, and each that takes JSON. A fault is an answer that is not
// in words, a server error, or a coordinator that is not well afterwards.
import { fillPath } from '@colora/protocol/api-client';
import { encodeContributionMetadata } from '@colora/protocol/contribution';
import { formatContentDigest } from '@colora/protocol/digest';
import { problemSchema } from '@colora/protocol/problems';
import { type RouteName, routes } from '@colora/protocol/routes';
import { sha256Hex } from '@colora/protocol/sha256';
import { encode } from '@colora/tensors/safetensors/safetensors';
import { encodeWire } from '@colora/tensors/wire/wire-file';
import { groups, initial, type Service, startService } from '../service.ts';
import { type FuzzTarget, jsonBytes } from '../target.ts';

/** Answers with the status, once the answer has been held to what it has to be. */
async function send(service: Service, name: RouteName, params: object, key: string, body: Uint8Array) {
  const route = routes[name];
  const isBytes = 'body' in route && route.body === 'bytes';
  const response = await fetch(service.url + fillPath(route.path, { ...params }), {
    method: route.method,
    headers: {
      authorization: `Bearer ${key}`,
      'content-type': isBytes ? 'application/octet-stream' : 'application/json',
      ...(isBytes ? { 'content-digest': formatContentDigest(sha256Hex(body)) } : {}),
    },
    body: body as Uint8Array<ArrayBuffer>,
  });
  const text = await response.text();
  const told = `${response.status} ${text.slice(0, 500)}`;
  if (response.status >= 500) throw new Error(`${name}: a server error, ${told}`);
  if (!response.ok && !problemSchema.safeParse(JSON.parse(text)).success)
    throw new Error(`${name}: not a problem, ${told}`);
  return { status: response.status };
}

const metadata = encodeContributionMetadata({ kind: 'delta', version: 0, round: 1, examples: 1 });
const update = new Map(
  [...initial].map(([name, { shape }]) => [name, { shape, data: new Float32Array(shape[0]!) }]),
);
const files: Partial<Record<RouteName, Uint8Array[]>> = {
  putContribution: [encode(update, { metadata }), encodeWire(update, { encoding: 'int8', metadata })],
  putProbe: [encode(new Map([['head/good', { shape: [3], data: Float32Array.of(0, 0.01, 0) }]]))],
  putInitialCheckpoint: [encode(initial)],
};

const settings = { baseModel: { name: 'm', modelType: 'use-lite', fingerprint: 'a'.repeat(64) } };
const bodies: Partial<Record<RouteName, unknown>> = {
  createKey: { role: 'operator', name: 'otto' },
  createGroup: {
    name: 'more',
    access: 'open',
    settings: { ...settings, task: { kind: 'classification', labels: ['a', 'b'] }, rounds: { count: 2 } },
  },
  extendGroup: { rounds: 1 },
  rollbackGroup: { toVersion: 0 },
  putAvailability: { awayUntil: '2030-01-01T00:00:00Z', hours: null },
  joinGroup: { name: 'ada', check: true },
  changeClusters: { clusters: [['ada']] },
  postMetrics: { checkpoint: 0, metrics: { accuracy: 0.5 } },
  putFigures: { version: 0, shareOfCore: 50, gain: 1, standardError: 2 },
  putStepTime: { stepSeconds: 3 },
};

export async function openRouteTargets(folder: string): Promise<FuzzTarget[]> {
  const service = await startService(folder);
  let sent = 0; // members whose contribution was taken: each has one a round
  const targets: FuzzTarget[] = [];
  for (const [name, route] of Object.entries(routes) as [RouteName, (typeof routes)[RouteName]][]) {
    if (!('body' in route)) continue;
    const isMembers = Array.isArray(route.access) && route.access.includes('participant' as never);
    const params = { group: name === 'putInitialCheckpoint' ? groups.draft : groups.collecting, round: 1 };
    const corpus = files[name] ?? [jsonBytes(bodies[name] ?? {})];
    targets.push({
      name: `route ${name}`,
      form: route.body === 'bytes' ? 'safetensors' : 'json',
      corpus,
      async read(bytes) {
        const key = isMembers ? service.memberKeys[sent % service.memberKeys.length]! : service.adminKey;
        const { status } = await send(service, name, params, key, bytes);
        if (status === 200 && name === 'putContribution') sent += 1;
      },
    });
  }
  const last = targets.at(-1)!;
  targets[targets.length - 1] = { ...last, close: service.close };
  return targets;
}
