// A member behind a proxy: the coordinator's name is known to the proxy alone, and joining, checkpoints, contributions and
// the socket all go through it. And what a command says where it can't get through, or can't write.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runClient } from '@colora/client/daemon';
import { type ForwardProxyRules, forwardProxy } from '../../apps/client/src/proxy/testing-forward-proxy.ts';
import { useMembers } from '../support/members.ts';
import { reviews } from '../support/people.ts';
import { colora } from '../support/processes.ts';
import { makeGroup, useSystem } from '../support/system.ts';

const system = useSystem(async () => {
  for (const name of ['tunnelled', 'passed-on'])
    await makeGroup(system, name, { rounds: { count: 1, participants: 1 } });
});
const members = useMembers(system);

async function takePart(group: string, rules: ForwardProxyRules): Promise<string[]> {
  const proxy = await forwardProxy(rules);
  const url = system.url.replace('127.0.0.1', 'coordinator.test');
  const options = members.options(group, group, {
    ...{ url, insecure: true, line: { http: proxy.url } },
    examples: reviews(1, 8),
  });
  const outcome = await runClient(options);
  proxy.close();
  assert.deepEqual([outcome.rounds, outcome.state], [1, 'completed']);
  return proxy.asked;
}

test('a daemon joins, trains and contributes through a proxy’s tunnels', async () => {
  const asked = await takePart('tunnelled', {});
  assert.deepEqual(new Set(asked), new Set([`CONNECT coordinator.test:${new URL(system.url).port}`]));
});

test('through a proxy that opens no tunnels, its socket polls', async () => {
  const asked = await takePart('passed-on', { tunnelStatus: 403 });
  const passedOn = asked.filter((line) => !line.startsWith('CONNECT'));
  for (const wanted of [
    /^POST .*\/members/,
    /^GET .*\/assignment/,
    /^GET .*\/checkpoints\//,
    /^PUT .*\/contribution/,
    /^GET .*\/socket\.io\/.*transport=polling/,
  ])
    assert.ok(
      passedOn.some((line) => wanted.test(line)),
      `${wanted} in ${passedOn.join('\n')}`,
    );
});

test('commands take the proxy from the environment, and name it where it is down', async () => {
  const url = system.url.replace('127.0.0.1', 'coordinator.test');
  const proxy = await forwardProxy();
  const env = { http_proxy: proxy.url, no_proxy: 'elsewhere.test' };
  const up = await colora(['status', url], { env });
  assert.equal(up.status, 0, up.stderr);
  assert.equal(proxy.asked.length > 0, true);
  proxy.close();
  const down = await colora(['status', url], { env });
  assert.equal(down.status, 5);
  assert.match(down.stderr, /the proxy http:\/\/127\.0\.0\.1:\d+ does not answer: connection refused/);
  const direct = await colora(['status', system.url], { env });
  assert.equal(direct.status, 0, 'this machine is asked without it');
  const socks = await colora(['status', url], { env: { ALL_PROXY: 'socks5://127.0.0.1:1080' } });
  assert.deepEqual([socks.status, /ALL_PROXY names a socks5 proxy/.test(socks.stderr)], [2, true]);
});

test('a cache, a workspace and data that cannot be used are named before anything is started', async () => {
  for (const [args, env, status, says] of [
    [
      ['join', system.url, '--group', 'tunnelled', '--data', 'none.jsonl'],
      {},
      3,
      /none\.jsonl does not exist/,
    ],
    [
      ['generate', '--base-model', 'use-lite', 'x'],
      { COLORA_CACHE: '/dev/null/cache' },
      14,
      /cannot write to \/dev\/null\/cache: .*; COLORA_CACHE names another folder/,
    ],
    [
      ['join', system.url, '--group', 'tunnelled', '--data', 'package.json', '--workspace', '/dev/null/w'],
      {},
      14,
      /cannot make the folder \/dev\/null\/w\/tunnelled: .*--workspace/,
    ],
  ] as const) {
    const ended = await colora([...args], { env });
    assert.match(ended.stderr, says);
    assert.equal(ended.status, status, ended.stderr);
    assert.doesNotMatch(ended.stderr, /ENOENT|ENOTDIR|\n {4}at /);
  }
});
