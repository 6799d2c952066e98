// Full jitter within its bounds, Retry-After respected, and the line between what passes and what doesn't.
import assert from 'node:assert/strict';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { ApiProblem, createApiClient, NetworkProblem } from '@colora/protocol/api-client';
import { type ProblemCode, ProblemError, problemTable } from '@colora/protocol/problems';
import fc from 'fast-check';
import { backoffSeconds, canPass, retry } from './backoff.ts';

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

test('silence and 5xx pass, every other refusal does not', () => {
  const passing = Object.keys(problemTable).filter((code) => canPass(problem(code as ProblemCode)));
  assert.deepEqual(passing.sort(), ['hash-mismatch', 'internal', 'truncated-body', 'unavailable']);
  assert.equal(canPass(new NetworkProblem('refused')), true);
  const stranger = new NetworkProblem('a web page', { stranger: true });
  assert.equal(canPass(stranger, true), false);
  assert.equal(canPass(stranger), true);
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
  const endless = retry(() => api.call('health', {}), {
    ...options,
    signal: abort.signal,
    backoff: { baseSeconds: 60, capSeconds: 60 },
    log: () => abort.abort(new Error('enough')),
  });
  await assert.rejects(endless, /enough/);
});
