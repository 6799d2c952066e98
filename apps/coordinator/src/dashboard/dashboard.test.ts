// The dashboard's files as they are served: as built, packed, named by their content, and nothing else of the disk; and what is said
// where nothing is built.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { pino } from 'pino';
import { createDatabaseWatch } from '../database/database-watch.ts';
import { createApp } from '../http/app.ts';
import { openDashboard } from './dashboard-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'colora-dashboard-'));
const dist = join(folder, 'dist');
const script = `export const text = "${'abc '.repeat(500)}";`;
const told: string[] = [];
const log = pino({ level: 'warn' }, { write: (line: string) => told.push(line) });
const watch = createDatabaseWatch({ ask: async () => undefined, cut: () => undefined }, log);
const { app } = createApp(log, watch, 'test', { dashboard: openDashboard(dist, log) });
let url = '';
const html = { accept: 'text/html,application/xhtml+xml' };

before(async () => {
  writeFileSync(join(folder, 'secret.txt'), 'a secret');
  await app.listen({ port: 0, host: '127.0.0.1' });
  url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
});
after(async () => {
  await app.close();
  rmSync(folder, { recursive: true });
});

function build(page: string): void {
  mkdirSync(join(dist, 'assets'), { recursive: true });
  writeFileSync(join(dist, 'assets', 'main-1a2b.js'), script);
  writeFileSync(join(dist, 'icon.svg'), '<svg/>');
  writeFileSync(join(dist, 'notes.exe'), 'not served');
  writeFileSync(join(dist, 'index.html'), page);
}

/** As it comes, packed: fetch would unpack it. */
function raw(path: string, headers: Record<string, string> = {}): Promise<{ head: Headers; body: Buffer }> {
  return new Promise((done, fail) => {
    request(url + path, { headers }, async (answer) => {
      const parts: Buffer[] = [];
      for await (const part of answer) parts.push(part);
      done({ head: new Headers(answer.headers as Record<string, string>), body: Buffer.concat(parts) });
    })
      .on('error', fail)
      .end();
  });
}

test('without a build the page says what to run, and the log says so once', async () => {
  for (let times = 0; times < 3; times += 1) {
    const answer = await fetch(`${url}/`);
    assert.equal(answer.status, 503);
    assert.match(await answer.text(), /npm run build -w apps\/dashboard/);
  }
  const invited = await fetch(`${url}/join/reviews`, { headers: html });
  assert.match(await invited.text(), /colora join '/, 'who is invited can do without it');
  assert.equal(told.filter((line) => line.includes('npm run build -w apps/dashboard')).length, 1);
});

test('once built it is served without a restart: the page anew each time, what is named by its hash for ever', async () => {
  build('<!doctype html><title>one</title>');
  await sleep(1_100);
  const page = await fetch(`${url}/`);
  assert.equal(await page.text(), '<!doctype html><title>one</title>');
  assert.equal(page.headers.get('content-type'), 'text/html; charset=utf-8');
  assert.equal(page.headers.get('cache-control'), 'no-cache');
  const tag = page.headers.get('etag')!;
  assert.equal((await fetch(`${url}/`, { headers: { 'if-none-match': tag } })).status, 304);
  const asset = await fetch(`${url}/assets/main-1a2b.js`);
  assert.equal(await asset.text(), script);
  assert.equal(asset.headers.get('cache-control'), 'public, max-age=31536000, immutable');
  assert.equal((await fetch(`${url}/icon.svg`)).headers.get('content-type'), 'image/svg+xml');
  assert.equal((await fetch(`${url}/`, { method: 'HEAD' })).status, 200);
  build('<!doctype html><title>two</title>, and longer');
  await sleep(1_100);
  const next = await fetch(`${url}/`, { headers: { 'if-none-match': tag } });
  assert.match(await next.text(), /two/);
});

test('it is packed as the browser takes it', async () => {
  const path = '/assets/main-1a2b.js';
  const br = await raw(path, { 'accept-encoding': 'gzip, deflate, br' });
  assert.equal(br.head.get('content-encoding'), 'br');
  assert.equal(brotliDecompressSync(br.body).toString(), script);
  const gzip = await raw(path, { 'accept-encoding': 'gzip;q=1.0, br;q=0' });
  assert.equal(gzip.head.get('content-encoding'), 'gzip');
  assert.equal(gunzipSync(gzip.body).toString(), script);
  const plain = await raw(path);
  assert.equal(plain.head.get('content-encoding'), null);
  assert.equal(plain.body.toString(), script);
  assert.equal(plain.head.get('vary'), 'accept-encoding');
});

test('nothing inline, from elsewhere or in a frame: the page’s policy; the API’s lets nothing be a page', async () => {
  const policy = (await fetch(`${url}/`)).headers.get('content-security-policy')!;
  const rules = new Map(policy.split('; ').map((rule) => [rule.split(' ')[0], rule] as const));
  assert.equal(rules.get('default-src'), "default-src 'none'");
  assert.equal(rules.get('script-src'), "script-src 'self'");
  assert.equal(rules.get('style-src'), "style-src 'self'");
  assert.equal(rules.get('connect-src'), "connect-src 'self'");
  assert.equal(rules.get('frame-ancestors'), "frame-ancestors 'none'");
  assert.equal(rules.get('base-uri'), "base-uri 'none'");
  assert.doesNotMatch(policy, /unsafe|\*|https?:/);
  const api = await fetch(`${url}/openapi.json`);
  assert.equal(api.headers.get('content-security-policy'), "default-src 'none';frame-ancestors 'none'");
  for (const answer of [api, await fetch(`${url}/`)])
    assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
});

test('addresses of the page’s own are the page; those of routes and files that are not there are 404', async () => {
  for (const path of ['/groups/reviews', '/groups/Ärzte%20%26%20co/rounds/7?x=1', '/keys'])
    assert.match(await (await fetch(url + path, { headers: html })).text(), /two/, path);
  for (const path of ['/v1/nothing', '/v1', '/assets/gone-1.js', '/favicon.ico']) {
    const answer = await fetch(url + path, { headers: html });
    assert.equal(answer.status, 404, path);
    assert.match(answer.headers.get('content-type') ?? '', /problem\+json/);
  }
  assert.equal((await fetch(`${url}/groups/reviews`)).status, 404, 'who takes no page gets none');
  assert.equal((await fetch(`${url}/groups/reviews`, { method: 'POST', headers: html })).status, 404);
  assert.equal((await fetch(`${url}/health`, { method: 'HEAD' })).status, 405);
});

test('no path leads out of its folder, and links are not followed', async () => {
  symlinkSync(join(folder, 'secret.txt'), join(dist, 'assets', 'link.txt'));
  writeFileSync(join(dist, 'index.html'), '<!doctype html><title>three</title>');
  await sleep(1_100);
  const tries = [
    ...[
      '/../secret.txt',
      '/assets/../../secret.txt',
      '/..%2fsecret.txt',
      '/%2e%2e/secret.txt',
      '/..\\secret.txt',
    ],
    ...[
      '//secret.txt',
      `/${folder}/secret.txt`,
      '/assets/link.txt',
      '/notes.exe',
      '/assets',
      '/.%00./secret.txt',
    ],
  ];
  for (const path of tries) {
    const answer = await new Promise<string>((done) => {
      const socket = connect(Number(new URL(url).port), '127.0.0.1', () =>
        socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`),
      );
      let text = '';
      socket.on('data', (data) => {
        text += data.toString('latin1');
      });
      socket.on('close', () => done(text));
    });
    assert.match(answer, /^HTTP\/1.1 40[04]/, path);
    assert.doesNotMatch(answer, /a secret|not served/, path);
  }
});
