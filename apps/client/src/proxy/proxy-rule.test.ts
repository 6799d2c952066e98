// Which proxy an address is asked through, held to what curl and Go do with the same variables.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProxyError, proxyFor, proxySettingsOf, shownProxy } from './proxy-rule.ts';

const proxy = 'http://proxy.corp:3128';
const isProxied = (url: string, no?: string) => proxyFor(url, { https: proxy, http: proxy, no }) !== null;

test('https and http have a proxy each, ALL_PROXY stands in, lower case wins, empty is none', () => {
  const settings = { https: 'http://s:1', http: 'http://p:2' };
  assert.equal(proxyFor('https://host', settings)?.host, 's:1');
  assert.equal(proxyFor('wss://host', settings)?.host, 's:1');
  assert.equal(proxyFor('http://host', settings)?.host, 'p:2');
  assert.equal(proxyFor('ws://host', settings)?.host, 'p:2');
  assert.equal(proxyFor('https://host', { http: 'http://p:2' }), null);
  assert.equal(proxyFor('https://host', { http: 'http://p:2', all: 'a:3' })?.href, 'http://a:3/');
  const environment: Record<string, string> = {
    HTTPS_PROXY: 'upper',
    https_proxy: 'lower',
    HTTP_PROXY: 'upper',
    ALL_PROXY: '',
  };
  assert.deepEqual(
    proxySettingsOf((name) => environment[name]),
    { https: 'lower', http: 'upper', all: undefined, no: undefined },
  );
});

test('NO_PROXY: names with all below them, ports, addresses, networks, everything', () => {
  for (const [url, no, proxied] of [
    ['https://corp.example', 'corp.example', false],
    ['https://a.b.corp.example', 'corp.example', false],
    ['https://CORP.example.', 'Corp.Example', false],
    ['https://corp.example', '.corp.example', false],
    ['https://a.corp.example', '*.corp.example', false],
    ['https://xcorp.example', 'corp.example', true],
    ['https://corp.example.org', 'corp.example', true],
    ['https://corp.example', 'other, corp.example', false],
    ['https://corp.example', 'other corp.example', false],
    ['https://corp.example', '*', false],
    ['https://corp.example:8443', 'corp.example:8443', false],
    ['https://corp.example', 'corp.example:8443', true],
    ['https://corp.example', 'corp.example:443', false],
    ['http://corp.example', 'corp.example:80', false],
    ['http://10.1.2.3:7070', '10.0.0.0/8', false],
    ['http://11.1.2.3:7070', '10.0.0.0/8', true],
    ['http://10.1.2.3:7070', '10.1.2.3', false],
    ['http://10.1.2.3:7070', '10.1.2.3:7070', false],
    ['http://10.1.2.30', '10.1.2.3', true],
    ['http://[fd00::1]:7070', 'fd00::/8', false],
    ['http://[fd00::1]:7070', 'fd00::1', false],
    ['http://[fd00:0:0::1]:7070', '[fd00::1]:7070', false],
    ['http://[fd00::1]', '[fd00::1]:7070', true],
    ['http://10.host.example', '10.0.0.0/8', true],
    ['https://corp.example', '10.0.0.0/99,/8,:,::', true],
    ['https://corp.example', undefined, true],
  ] as const) {
    assert.equal(isProxied(url, no), proxied, `${url} with NO_PROXY=${no}`);
  }
});

test('this machine is asked directly, unless NO_PROXY is set to nothing', () => {
  for (const url of ['http://127.0.0.1:7070', 'http://127.9.9.9', 'http://localhost', 'https://[::1]:7070']) {
    assert.equal(isProxied(url), false, url);
    assert.equal(isProxied(url, 'corp.example'), false, url);
    assert.equal(isProxied(url, ''), true, url);
  }
  assert.equal(isProxied('http://localhost.example'), true);
});

test('a proxy that cannot be used is refused by the name of its variable, without its password', () => {
  for (const all of ['socks5://me:secret@p:1080', 'http://', 'http://me:secret@p:port']) {
    assert.throws(
      () => proxyFor('https://host', { all }),
      (error) =>
        error instanceof ProxyError && /ALL_PROXY/.test(error.message) && !error.message.includes('secret'),
      all,
    );
  }
  // not used, not refused
  assert.equal(proxyFor('https://host', { https: proxy, all: 'socks5://p:1080' })?.host, 'proxy.corp:3128');
  assert.equal(shownProxy(new URL('http://me:secret@p:3128')), 'http://p:3128');
});
