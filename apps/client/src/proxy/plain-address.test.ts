// Keys don't travel over http:// but within this machine.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertMaySendKey, isPlainAddress, plainAddressWarning } from './plain-address.ts';

test('http:// is open but on this machine; the name of a container is another machine', () => {
  for (const url of [
    'http://coordinator:7070',
    'http://10.0.0.1',
    'http://example.org/x',
    'ws://h:1',
    'http://[::2]',
  ])
    assert.ok(isPlainAddress(url), url);
  for (const host of [
    'localhost',
    'LOCALHOST:7070',
    'a.localhost',
    '127.0.0.1:7070',
    '127.1.2.3',
    '[::1]:7070',
    'localhost.',
  ])
    assert.ok(!isPlainAddress(`http://${host}`), host);
  for (const url of ['https://example.org', 'wss://example.org']) assert.ok(!isPlainAddress(url), url);
  for (const host of ['localhost.example', '127.0.0.1.example', '0.0.0.0', '128.0.0.1'])
    assert.ok(isPlainAddress(`http://${host}`), host);
});

test('a key is refused there, with the cure and without what the address holds of a login', () => {
  assert.throws(
    () => assertMaySendKey('http://me:secret@example.org:7070/x', false),
    (error: Error) => {
      assert.match(error.message, /http:\/\/example\.org:7070 .*https:\/\/.*--insecure.*COLORA_INSECURE/);
      return !error.message.includes('secret');
    },
  );
  assertMaySendKey('http://example.org', true);
  assertMaySendKey('https://example.org', false);
  assertMaySendKey('http://127.0.0.1:7070', false);
  assert.ok(!plainAddressWarning('http://me:secret@example.org').includes('secret'));
});
