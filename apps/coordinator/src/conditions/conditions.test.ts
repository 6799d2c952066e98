// Idempotency keys and If-Match over REST: what is asked twice with a key is done once, at two coordinators of a database and after a
// crash too; a change of a group that somebody else has changed meanwhile is refused, with what is there now.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { parseJson } from '@colora/protocol/api-client';
import { answerOnce } from '../answers/answer-once.ts';
import { forgetAnswers } from '../answers/kept-answers.ts';
import { buildCoordinator, type Coordinator } from '../coordinator.ts';
import { type Database, openDatabase } from '../database/open-database.ts';
import { makeContext } from '../testing/context.ts';
import { onOneDatabase } from '../testing/databases.ts';
import { adminKey, makeGroup, makeSettings, settingsRow } from '../testing/group.ts';

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

onOneDatabase('conditions of a request', (database) => {
  let coordinators: Coordinator[] = [];
  before(async () => {
    const options = await database.create();
    const build = () => buildCoordinator({ ...options, port: 0, adminKey, logger: 'silent' });
    coordinators = [await build()];
    if (database.kind === 'postgres') coordinators.push(await build()); // a data folder has one alone
  });
  after(async () => {
    for (const one of coordinators) await one.close();
  });

  async function post(
    path: string,
    body: object | null,
    headers: Record<string, string> = {},
    at = 0,
  ): Promise<Answer> {
    const response = await fetch(coordinators[at % coordinators.length]!.url + path, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${adminKey}`,
        ...(body === null ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === null ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: parseJson(text) as Answer['body'] };
  }
  const keyed = (key: string) => ({ 'idempotency-key': key });

  test('the same key and body give the same answer, the key that was made included; another body is refused', async () => {
    const body = { role: 'operator', name: 'grafana' };
    const first = await post('/v1/keys', body, keyed('one'));
    assert.equal(first.status, 200);
    assert.equal(first.headers.get('idempotent-replayed'), null);
    const again = await post('/v1/keys', body, keyed('one'), 1);
    assert.deepEqual([again.status, again.body], [200, first.body]);
    assert.equal(again.headers.get('idempotent-replayed'), 'true');
    const other = await post('/v1/keys', { ...body, name: 'other' }, keyed('one'));
    assert.deepEqual([other.status, other.body.code], [422, 'key-reused']);
    const asOther = await post(
      '/v1/keys',
      { ...body, name: 'other' },
      {
        ...keyed('one'),
        authorization: `Bearer ${first.body.key}`,
      },
    );
    assert.equal(asOther.body.code, 'wrong-role'); // refused as anybody would be: an idempotency key lets nobody in
    assert.equal((await post('/v1/keys', body, keyed('two'))).body.code, 'name-taken');
    assert.equal((await post('/v1/keys', { ...body, name: 'later' }, keyed('two'))).status, 200); // a refusal isn't kept
    for (const bad of ['a b', 'x'.repeat(201)])
      assert.equal((await post('/v1/keys', body, keyed(bad))).body.code, 'invalid-request');
  });

  test('asked many times at once, at each coordinator, it is done once', async () => {
    const body = { name: 'at-once', settings: makeSettings() };
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, at) => post('/v1/groups', body, keyed('at-once'), at)),
    );
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200]);
    assert.equal(new Set(answers.map(({ body: answer }) => JSON.stringify(answer))).size, 1);
    assert.equal(answers.filter(({ headers }) => headers.get('idempotent-replayed') === null).length, 1);
  });

  test('a stranger has no idempotency keys', async () => {
    await makeGroup(coordinators[0]!.url, { name: 'open', start: false });
    const response = await fetch(`${coordinators[0]!.url}/v1/groups/open/members`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...keyed('mine') },
      body: JSON.stringify({ name: 'eve' }),
    });
    const { code, detail } = parseJson(await response.text()) as { code: string; detail: string };
    assert.deepEqual([code, /leave it out/.test(detail)], ['invalid-request', true]);
  });

  test('If-Match: a stale revision is refused with what is there now, and changes nothing', async () => {
    await makeGroup(coordinators[0]!.url, { name: 'two-admins', start: false });
    const path = '/v1/groups/two-admins';
    const read = async () =>
      fetch(coordinators[0]!.url + path, { headers: { authorization: `Bearer ${adminKey}` } });
    const tag = (await read()).headers.get('etag')!;
    assert.match(tag, /^"\d+"$/);
    const extended = await post(`${path}/extend`, { rounds: 1 }, { 'if-match': tag });
    assert.equal(extended.status, 200);
    assert.notEqual(extended.headers.get('etag'), tag);
    const stale = await post(`${path}/extend`, { rounds: 5 }, { 'if-match': tag });
    assert.deepEqual([stale.status, stale.body.code], [412, 'changed-meanwhile']);
    const now = stale.body.now as { revision: number; settings: { rounds: { count: number } } };
    assert.equal(`"${now.revision}"`, extended.headers.get('etag'));
    assert.deepEqual(now.settings, extended.body.settings);
    assert.equal(
      (await post(`${path}/extend`, { rounds: 5 }, { 'if-match': `W/${extended.headers.get('etag')}` }))
        .status,
      412,
    );
    assert.equal((await post(`${path}/extend`, { rounds: 1 }, { 'if-match': '*' })).status, 200);
    // of two at once with one revision, one is first
    const latest = (await read()).headers.get('etag')!;
    const both = await Promise.all(
      [0, 1].map((at) => post(`${path}/extend`, { rounds: 1 }, { 'if-match': latest }, at)),
    );
    assert.deepEqual(both.map(({ status }) => status).sort(), [200, 412]);
  });

  test('each answer says how much of its key’s rate is left', async () => {
    const { headers } = await post('/v1/keys', { role: 'operator', name: 'rated' });
    assert.equal(headers.get('ratelimit-limit'), '1000');
    assert.ok(Number(headers.get('ratelimit-remaining')) < 1000);
    assert.match(headers.get('ratelimit-reset') ?? '', /^\d+$/);
  });
});

onOneDatabase('answers that are kept', (database) => {
  let opened: Database;
  before(async () => {
    opened = await openDatabase(await database.create());
  });
  after(() => opened.close());

  const asked = (idempotencyKey: string, credential = 'Bearer a') => ({
    ...{ keyId: 'a', credential, idempotencyKey, request: '["POST","/v1/x",null]' },
  });

  test('killed between the change and its answer: the change is there once, and who asks again hears that it was done', async () => {
    const context = makeContext(opened, 'one');
    const change = (given: typeof context) =>
      given.db.$transaction((tx) =>
        tx.taskGroup.create({ data: { name: 'g', access: 'open', ...settingsRow() } }),
      );
    const killed = new Error('killed');
    const dies = answerOnce(context, asked('k'), async (given) => {
      await change(given);
      throw killed;
    });
    await assert.rejects(dies, killed);
    await assert.rejects(
      answerOnce(context, asked('k'), async (given) => JSON.stringify(await change(given))),
      (error: Error & { code?: string }) => error.code === 'answer-lost',
    );
    assert.equal(await opened.client.taskGroup.count(), 1);
    // killed before the change was there: nothing was done, and the key is as new
    const early = answerOnce(context, asked('early'), (given) =>
      given.db.$transaction(async () => {
        throw killed;
      }),
    );
    await assert.rejects(early, killed);
    assert.equal((await answerOnce(context, asked('early'), async () => '1')).text, '1');
  });

  test('the database alone shows no answer; another credential neither', async () => {
    const context = makeContext(opened, 'one');
    await answerOnce(context, asked('secret'), async () => '{"key":"colora_a_secret"}');
    const rows = await opened.client.keptAnswer.findMany();
    assert.ok(rows.length > 0);
    for (const { answer } of rows) assert.ok(!Buffer.from(answer ?? []).includes('colora'));
    await assert.rejects(
      answerOnce(context, asked('secret', 'Bearer b'), async () => '2'),
      /answer isn’t kept/,
    );
  });

  test('they are bounded by number and time', async () => {
    const context = makeContext(opened, 'one');
    const old = { keyId: 'b', request: 'x' };
    await opened.client.keptAnswer.createMany({
      data: Array.from({ length: 1200 }, (_, at) => ({
        ...old,
        key: `k${at}`,
        createdAt: new Date(Date.now() - (at < 100 ? 25 : 1) * 3_600_000),
      })),
    });
    const write = (given: typeof context) =>
      given.db.$transaction(async (tx) => String(await tx.taskGroup.count()));
    await answerOnce(context, { ...asked('new'), keyId: 'b' }, write);
    assert.ok((await opened.client.keptAnswer.count({ where: { keyId: 'b' } })) <= 1000);
    await opened.client.keptAnswer.create({ data: { ...old, key: 'older', createdAt: new Date(0) } });
    assert.ok((await forgetAnswers(context)) >= 1);
    assert.equal(
      await opened.client.keptAnswer.count({
        where: { createdAt: { lt: new Date(Date.now() - 24.5 * 3_600_000) } },
      }),
      0,
    );
  });
});
