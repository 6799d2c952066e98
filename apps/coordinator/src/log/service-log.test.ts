// What a coordinator logs in a whole run, at its most talkative: each line of a request with its ids, and no secret in any, whether it
// came in a header, an address, a body or an error.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiProblem, createApiClient } from '@colora/protocol/api-client';
import { buildCoordinator } from '../coordinator.ts';
import { onOneDatabase } from '../testing/databases.ts';
import { adminKey, joinAs, makeGroup, tensors } from '../testing/group.ts';
import { createServiceLog, withoutSecrets } from './service-log.ts';

type Line = Readonly<Record<string, unknown>>;

onOneDatabase('the log of a run', (database) => {
  test('lines bear ids and no secrets', async () => {
    const lines: string[] = [];
    const logger = createServiceLog({ level: 'trace', out: { write: (line) => void lines.push(line) } });
    const metricsToken = 'a-token-of-the-monitor';
    const options = { ...(await database.create()), port: 0, adminKey, logger, metricsToken };
    const coordinator = await buildCoordinator(options);
    const secrets = [adminKey, metricsToken];
    try {
      const { url } = coordinator;
      const settings = { rounds: { count: 1, participants: 1, quorum: 1, deadlineSeconds: 600 } };
      const admin = await makeGroup(url, { access: 'invitation', settings });
      const invited = await admin.call('createInvitation', { params: { group: 'group' }, body: {} });
      secrets.push(invited.invitation);
      const ana = await joinAs(url, 'ana', 'group', invited.invitation);
      secrets.push(ana.key);
      const bad = ana.contribute(tensors({ 'x.shared.A': [Number.NaN, 1] }));
      await assert.rejects(bad, ApiProblem);
      await ana.contribute(tensors({ 'x.shared.A': [1, 1], 'x.shared.B': [0, 0, 0] }));
      await ana.until('the end', ({ state }) => state === 'completed');
      const made = await admin.call('createKey', { body: { name: 'watcher', role: 'operator' } });
      secrets.push(made.key);
      await assert.rejects(
        createApiClient(url, () => 'colora_a_guessed-by-a-stranger').call('listGroups', {}),
      );
      await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${metricsToken}` } });
      const cookie = 'colora_session=session-of-somebody';
      await fetch(`${url}/v1/groups?code=code-of-a-sign-in&state=its-state`, { headers: { cookie } });
      secrets.push('guessed-by-a-stranger', 'session-of-somebody', 'code-of-a-sign-in', 'its-state');

      const found = (message: string) =>
        lines.map((line) => JSON.parse(line) as Line).filter(({ msg }) => msg === message);
      assert.ok(lines.length > 15);
      const [accepted] = found('contribution accepted');
      const [refused] = found('contribution refused');
      for (const line of [accepted!, refused!]) {
        assert.match(String(line.request), /^[0-9a-f-]{36}$/);
        assert.deepEqual([line.group, line.round], ['group', '1']);
        assert.match(String(line.participantId), /^[0-9a-f-]{36}$/);
        assert.match(String(line.roundId), /^[0-9a-f-]{36}$/);
      }
      assert.notEqual(accepted!.request, refused!.request);
      const requests = found('request');
      assert.ok(requests.length > 10);
      for (const line of requests) assert.ok(line.request, JSON.stringify(line));
      const [committed] = found('round committed');
      assert.ok(committed?.taskGroupId && committed.roundId && committed.round);
      assert.equal(committed.request, undefined, 'a request set it off, and is not what it is about');
      const asked = await fetch(`${url}/health`);
      assert.match(asked.headers.get('request-id') ?? '', /^[0-9a-f-]{36}$/);
    } finally {
      await coordinator.close();
    }
    for (const secret of secrets)
      assert.deepEqual(
        lines.filter((line) => line.includes(secret)),
        [],
        `the log tells ${secret}`,
      );
  });
});

test('whoever logs what holds a secret, the line leaves without it and stays JSON', () => {
  const lines: string[] = [];
  const log = createServiceLog({ level: 'trace', out: { write: (line) => void lines.push(line) } });
  const secret = 'xyzzy-0123456789';
  const headers = { authorization: `Bearer ${secret}`, Cookie: `sid=${secret}`, 'set-cookie': `a=${secret}` };
  log.info({ headers, client_secret: secret, deep: { er: { password: `"${secret}` } } }, 'told');
  log.child({ token: secret }).warn(`cookie: sid=${secret}; more`);
  log.error(new Error(`cannot reach postgres://colora:${secret}@db:5432/colora`));
  log.error({ err: Object.assign(new Error('refused'), { config: { clientSecret: secret } }) }, 'sign-in');
  log.info({ url: `/callback?code=${secret}&state=${secret}`, body: `client_secret=${secret}` }, 'asked');
  log.info({ invitation: `colora_i_1.2.${secret}`, text: `key colora_p_${secret} is here` }, 'joined');
  assert.equal(lines.length, 6);
  for (const line of lines) {
    assert.doesNotMatch(line, /xyzzy/);
    assert.ok(JSON.parse(line));
  }
  assert.match(lines[5]!, /key colora_p_… is here/);
  const harmless = '{"reason":"statement of round 3 is code=","participantId":"0190","key":"colora"}';
  assert.match(withoutSecrets(harmless), /statement of round 3.*0190/);
});
