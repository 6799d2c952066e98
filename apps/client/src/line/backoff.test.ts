// Full jitter within its bounds, Retry-After respected, and the line between what passes and what doesn't.
import assert from 'node:assert/strict';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { ApiProblem, createApiClient } from '@colora/protocol/api-client';
import { NetworkProblem } from '@colora/protocol/failures/network-problem';
import { type ProblemCode, problemTable } from '@colora/protocol/problem-table';
import { ProblemError } from '@colora/protocol/problems';
import fc from 'fast-check';
import { askAfterHint, backoffSeconds, canPass, pollAfter, retry } from './backoff.ts';

const problem = (code: ProblemCode) => new ApiProblem(new ProblemError(code, code).toProblem(), null);

test('delays lie between nothing and a growing, capped ceiling', () => {
  const arbitrary = fc.tuple(
    fc.integer({ min: 1, max: 10_000 }),
    fc.double({ min: 0, max: 0.999, noNaN: true }),
  );
  fc.assert(
    fc.property(arbitrary, ([attempt, random]) => {
      const backoff = { baseSeconds: 0.5, capSeconds: 30 };
      const seconds = backoffSeconds(attempt, null, backoff, () => random);
      assert.ok(seconds >= 0 && seconds <= Math.min(30, 0.5 * 2 ** attempt));
      assert.ok(backoffSeconds(attempt, 7, backoff, () => random) >= 7);
    }),
  );
  assert.equal(
    backoffSeconds(1, null, { baseSeconds: 1, capSeconds: 8 }, () => 1),
    2,
  );
  assert.equal(
    backoffSeconds(9, null, { baseSeconds: 1, capSeconds: 8 }, () => 1),
    8,
  );
});

/** The largest share of all `times` within any one second. */
function busiestSecond(times: readonly number[]): number {
  const sorted = [...times].sort((a, b) => a - b);
  let most = 0;
  for (let from = 0, to = 0; to < sorted.length; to += 1) {
    while (sorted[to]! - sorted[from]! > 1) from += 1;
    most = Math.max(most, to - from + 1);
  }
  return most / sorted.length;
}

const daemons = 3000;
/** mulberry32 */
const seeded = (seed: number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
};

test('after an outage that all saw begin at once, no second gets more than a seventh of the daemons', () => {
  const outage = fc.tuple(fc.double({ min: 30, max: 3600, noNaN: true }), fc.nat());
  fc.assert(
    fc.property(outage, ([seconds, seed]) => {
      const random = seeded(seed);
      const returns = Array.from({ length: daemons }, () => {
        let at = 0;
        for (let attempt = 1; at < seconds; attempt += 1)
          at += backoffSeconds(attempt, null, undefined, random);
        return at;
      });
      assert.ok(Math.min(...returns) >= seconds);
      assert.ok(busiestSecond(returns) < 1 / 7, `${busiestSecond(returns)}`);
    }),
    { numRuns: 20 },
  );
});

test('sent away with one and the same Retry-After, they come back over as long again', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 30 }), fc.nat(), (after, seed) => {
      const random = seeded(seed);
      const returns = Array.from({ length: daemons }, () => backoffSeconds(1, after, undefined, random));
      assert.ok(Math.min(...returns) >= after && Math.max(...returns) <= 2 * after);
      assert.ok(busiestSecond(returns) < 1.5 / after);
    }),
    { numRuns: 20 },
  );
});

test('polls keep their mean and leave no step; a hint is answered over the spread', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 300 }), fc.nat(), (seconds, seed) => {
      const random = seeded(seed);
      const polls = Array.from({ length: daemons }, () => pollAfter(seconds, random));
      const mean = polls.reduce((sum, each) => sum + each, 0) / daemons;
      assert.ok(Math.abs(mean / seconds - 1) < 0.05);
      assert.ok(Math.min(...polls) >= seconds / 2 && Math.max(...polls) <= 1.5 * seconds);
      const answers = Array.from({ length: daemons }, () => askAfterHint(seconds, random));
      assert.ok(Math.max(...answers) <= seconds && busiestSecond(answers) < 1.5 / seconds + 0.01);
    }),
    { numRuns: 20 },
  );
  assert.equal(askAfterHint(0), 0);
});

test('silence, 408, 429, 5xx and a body damaged on its way pass, every other refusal does not', () => {
  const passing = Object.keys(problemTable).filter((code) => canPass(problem(code as ProblemCode)));
  assert.deepEqual(passing.sort(), [
    'between-rounds',
    'hash-mismatch',
    'internal',
    'too-many-requests',
    'too-slow',
    'truncated-body',
    'unavailable',
    'upload-in-progress',
  ]);
  assert.equal(canPass(new NetworkProblem('refused')), true);
  const stranger = new NetworkProblem('a web page', { stranger: true });
  assert.equal(canPass(stranger, true), false);
  assert.equal(canPass(stranger), true);
  for (const first of [true, false]) {
    assert.equal(canPass(new NetworkProblem('a gateway forbids it', { final: true }), first), false);
  }
  assert.equal(canPass(new Error('a bug')), false);
});

test('retries until it is answered, and stops at the signal', async () => {
  const answers: ((response: ServerResponse) => void)[] = [
    (response) => response.destroy(),
    (response) => response.writeHead(502).end('<html>'),
    (response) =>
      response
        .writeHead(503, { 'content-type': 'application/problem+json', 'retry-after': '0' })
        .end(JSON.stringify(new ProblemError('unavailable', 'starting').toProblem())),
    (response) => response.end(JSON.stringify({ status: 'ok', version: '1', database: 'pglite' })),
  ];
  let asked = 0;
  const server = createServer((_, response) => answers[Math.min(asked++, answers.length - 1)]!(response));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const api = createApiClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, () => null);
  const backoff = { baseSeconds: 0.01, capSeconds: 0.02 };
  const said: string[] = [];
  const options = {
    signal: new AbortController().signal,
    log: (_: string, message: string) => void said.push(message),
    doing: 'looking',
    backoff,
  };
  assert.equal((await retry(() => api.call('health', {}), options)).status, 'ok');
  assert.equal(asked, 4);
  assert.equal(said.length, 3);
  assert.ok(said.every((line) => line.startsWith('looking: ')));
  server.close();
  server.closeAllConnections();

  const abort = new AbortController();
  const wrong = createApiClient('http://127.0.0.1:1024', () => null);
  const limited = { ...options, firstContact: true, silenceSeconds: 0.2 };
  await assert.rejects(
    retry(() => wrong.call('health', {}), limited),
    {
      name: 'NetworkProblem',
      message:
        /looking: cannot reach http:\/\/127\.0\.0\.1:1024: connection refused.*given up after .* check the address/,
    },
  );

  const endless = retry(() => api.call('health', {}), {
    ...options,
    signal: abort.signal,
    backoff: { baseSeconds: 60, capSeconds: 60 },
    log: () => abort.abort(new Error('enough')),
  });
  await assert.rejects(endless, /enough/);
});
