// One trace for each contribution, from the member's training step to the coordinator's commit, sent to a real receiver of OTLP over
// HTTP, and the closing of its round linked to it. What leaves says what is allowed and nothing else; without a receiver nothing leaves.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { runClient } from '@colora/client/daemon';
import type { Coordinator } from '@colora/coordinator/coordinator';
import { makeOneDatabase } from '@colora/coordinator/testing/databases';
import { createApiClient } from '@colora/protocol/api-client';
import { openTracing } from '@colora/tracing/open-tracing';
import { useMembers } from '../support/members.ts';
import { adminKey, makeGroup, startCoordinator, useSystem } from '../support/system.ts';

interface Span {
  readonly service: string;
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly attributes: { key: string; value: object }[];
  readonly links: { traceId: string; spanId: string }[];
  readonly events: object[];
}

const spans: Span[] = [];
const bodies: string[] = [];
const receiver = createServer((request, answer) => {
  let body = '';
  request.setEncoding('utf8').on('data', (text: string) => {
    body += text;
  });
  request.on('end', () => {
    bodies.push(`${request.url} ${body}`);
    for (const { resource, scopeSpans } of JSON.parse(body).resourceSpans) {
      const service = resource.attributes.find(({ key }: { key: string }) => key === 'service.name');
      for (const scope of scopeSpans)
        for (const span of scope.spans)
          spans.push({ links: [], events: [], ...span, service: service.value.stringValue });
    }
    answer.setHeader('content-type', 'application/json').end('{}');
  });
});

const system = useSystem();
const members = useMembers(system);
let endpoint: string;
let traced: Coordinator;
let removeDatabase: () => Promise<void>;
before(async () => {
  receiver.listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  endpoint = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
});
after(() => receiver.close());

test('a contribution is one trace, from training to the commit', async () => {
  const database = await makeOneDatabase(join(system.folder, 'traced'));
  removeDatabase = database.remove;
  traced = await startCoordinator({ ...database.options, tracesTo: endpoint });
  const tracing = await openTracing({ endpoint, service: 'colora-member', version: 'test' });
  const secretFolder = join(system.folder, 'a-path-that-stays-here');
  try {
    const { url } = traced;
    const admin = createApiClient(url, () => adminKey);
    await makeGroup({ admin, baseModel: system.baseModel }, 'traced', {
      rounds: { count: 1, participants: 1 },
    });
    const options = members.options('traced', 'ana', { url, tracing, workspace: secretFolder });
    const outcome = await runClient(options);
    assert.equal(outcome.rounds, 1);
  } finally {
    await tracing.close();
    await traced.close();
    await removeDatabase();
  }
  const named = (name: string) => {
    const [found, ...more] = spans.filter((span) => span.name === name);
    assert.ok(found !== undefined && more.length === 0, `${name}: ${1 + more.length}`);
    return found;
  };
  const round = named('round');
  assert.equal(round.parentSpanId, undefined);
  assert.equal(round.service, 'colora-member');
  const steps = ['train', 'deliver'].map(named);
  const download = spans.find(
    ({ name, parentSpanId }) => name === 'download' && parentSpanId === round.spanId,
  );
  assert.ok(download, 'at the end it is downloaded once more, by itself');
  const put = named('PUT /v1/groups/:group/rounds/:round/contribution');
  const shares = ['contribution receive', 'contribution stage', 'contribution commit'].map(named);
  for (const span of [...steps, put, ...shares]) assert.equal(span.traceId, round.traceId, span.name);
  assert.equal(put.service, 'colora-coordinator');
  assert.equal(put.parentSpanId, named('deliver').spanId);
  assert.ok(
    spans.some(({ name, parentSpanId }) => name === 'database' && parentSpanId === shares[2]!.spanId),
  );
  const close = named('round close');
  assert.notEqual(close.traceId, round.traceId);
  const [link] = close.links;
  assert.deepEqual([link?.traceId, link?.spanId], [round.traceId, shares[2]!.spanId]);
  assert.equal(named('round aggregate').parentSpanId, close.spanId);

  assert.ok(
    spans.every(({ name, parentSpanId }) => name !== 'database' || parentSpanId),
    'of some work',
  );
  assert.ok(bodies.every((body) => body.startsWith('/v1/traces ')));
  const keys = new Set(spans.flatMap(({ attributes }) => attributes.map(({ key }) => key)));
  const mayLeave =
    /^(colora\.(group|round|version|participant|bytes|steps)|db\.operation\.name|error\.type|http\.(route|request\.method|response\.status_code))$/;
  for (const key of keys) assert.match(key, mayLeave);
  assert.deepEqual(
    spans.flatMap(({ events }) => events),
    [],
  );
  for (const secret of ['a-path-that-stays-here', system.baseModel, adminKey, 'colora_p_'])
    assert.ok(!bodies.some((body) => body.includes(secret)), secret);
});

test('without an address nothing is loaded and nothing leaves', async () => {
  const before = bodies.length;
  const off = await openTracing({ endpoint: undefined, service: 'colora-member', version: 'test' });
  assert.equal(await off.during('round', async () => off.current()), null);
  assert.equal(off.provider, null);
  await off.close();
  assert.equal(bodies.length, before);
});
