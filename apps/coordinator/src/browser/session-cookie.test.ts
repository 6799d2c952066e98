// The session's cookie as it is written and read: where TLS is, nothing that came without it counts.
import assert from 'node:assert/strict';
import type { IncomingHttpHeaders } from 'node:http';
import { test } from 'node:test';
import { flowCookie, flowOf } from './flow-cookie.ts';
import { csrfTokenOf, isCsrfTokenOf, sessionCookie, sessionTokenOf } from './session-cookie.ts';

const token = `${'a-b_'.repeat(10)}xyz`;
const plain = (headers: IncomingHttpHeaders) => ({ headers, isEncrypted: false });
const encrypted = (headers: IncomingHttpHeaders) => ({ headers, isEncrypted: true });

test('over TLS the cookie is bound to this host, here and at a proxy that the page’s own address tells of', () => {
  const bound = `__Host-colora-session=${token}; Path=/; Max-Age=60; HttpOnly; SameSite=Strict; Secure`;
  assert.equal(sessionCookie(encrypted({ host: 'a.example' }), token, 60), bound);
  const behind = plain({ host: 'a.example', origin: 'https://a.example' });
  assert.equal(sessionCookie(behind, token, 60), bound);
  const local = plain({ host: 'localhost:7070', origin: 'http://localhost:7070' });
  assert.equal(
    sessionCookie(local, token, 60),
    `colora-session-7070=${token}; Path=/; Max-Age=60; HttpOnly; SameSite=Strict`,
  );
  assert.match(sessionCookie(local, null, 0), /^colora-session-7070=; Path=\/; Max-Age=0;/);
});

test('it is read back, and one that plain HTTP could have set counts over no TLS', () => {
  const cookie = `x=1; colora-session=${token}; y="2"`;
  assert.equal(sessionTokenOf(plain({ host: 'a', cookie })), token);
  assert.equal(sessionTokenOf(encrypted({ host: 'a', cookie })), undefined);
  const both = `colora-session=${'b'.repeat(43)}; __Host-colora-session=${token}`;
  for (const request of [plain({ host: 'a', cookie: both }), encrypted({ host: 'a', cookie: both })])
    assert.equal(sessionTokenOf(request), token);
  for (const wrong of [
    undefined,
    '',
    '=',
    `colora-session=`,
    'colora-session=short',
    `colora-session=${token}x`,
  ])
    assert.equal(sessionTokenOf(plain({ host: 'a', cookie: wrong })), undefined, wrong);
});

test('the token of a page follows from the cookie’s and is no other’s', () => {
  assert.equal(isCsrfTokenOf(token, csrfTokenOf(token)), true);
  for (const wrong of [undefined, '', token, csrfTokenOf('b'.repeat(43)), [csrfTokenOf(token), 'x']])
    assert.equal(isCsrfTokenOf(token, wrong), false);
});

test('a sign-in’s cookie comes back from the provider’s page, and is no session’s', () => {
  const flow = `1764444444444.${token}`;
  const bound = `__Host-colora-sign-in=${flow}; Path=/; Max-Age=600; HttpOnly; SameSite=Lax; Secure`;
  assert.equal(flowCookie(encrypted({ host: 'a.example' }), flow, 600), bound);
  const back = encrypted({ host: 'a.example', cookie: `__Host-colora-sign-in=${flow}` });
  assert.deepEqual([flowOf(back), sessionTokenOf(back)], [flow, undefined]);
  for (const cookie of [`colora-sign-in=${flow}`, `__Host-colora-sign-in=${token}`])
    assert.equal(flowOf(encrypted({ host: 'a.example', cookie })), undefined, cookie);
});
