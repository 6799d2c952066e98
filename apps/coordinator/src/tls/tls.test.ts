// The coordinator's own TLS over real sockets: what it shows, that it follows its files, and that members show a certificate where
// it names an authority.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { connect, type DetailedPeerCertificate, type TLSSocket } from 'node:tls';
import { pino } from 'pino';
import { io } from 'socket.io-client';
import { buildCoordinator, type Coordinator } from '../coordinator.ts';
import { StartError } from '../start-error.ts';
import { onOneDatabase } from '../testing/databases.ts';
import { adminKey, makeSettings } from '../testing/group.ts';
import { makeAuthority, replace } from './testing-certificates.ts';
import { followTls, readTls, tlsFilesOf } from './tls-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'colora-tls-'));
after(() => rmSync(folder, { recursive: true }));
const { ca, sign } = makeAuthority(folder);
const server = sign('server');
const member = sign('member');

const stays = (text: RegExp) => (error: unknown) => {
  assert.ok(error instanceof StartError, String(error));
  assert.match(error.message, text);
  return true;
};

test('files that cannot be used are named, with what to mend', () => {
  const none = join(folder, 'none.pem');
  const text = join(folder, 'text.pem');
  writeFileSync(text, 'not a certificate');
  assert.throws(() => readTls({ ...server, cert: none }), stays(/--tls-cert .*none.pem cannot be read/));
  assert.throws(
    () => readTls({ ...server, cert: text }),
    stays(/--tls-cert .*text.pem holds no CERTIFICATE/),
  );
  assert.throws(() => readTls({ ...server, key: text }), stays(/--tls-key .*holds no PRIVATE KEY/));
  assert.throws(() => readTls({ ...server, key: member.key }), stays(/cannot be used together/));
  assert.throws(() => readTls({ ...server, clientCa: text }), stays(/--tls-client-ca/));
  assert.throws(() => tlsFilesOf({ cert: server.cert }), stays(/name --tls-key too/));
  assert.throws(() => tlsFilesOf({ clientCa: ca }), stays(/--tls-cert and --tls-key/));
  assert.equal(tlsFilesOf({}), undefined);
});

onOneDatabase('TLS', (database) => {
  let coordinator: Coordinator;
  before(async () => {
    const tls = { ...server, clientCa: ca };
    const options = { ...(await database.create()), port: 0, adminKey, logger: 'silent' as const, tls };
    coordinator = await buildCoordinator(options);
  });
  after(() => coordinator.close());

  function ask(
    path: string,
    init: { method?: string; key?: string; body?: unknown; shown?: typeof member } = {},
  ): Promise<{ status: number; code: string; headers: NodeJS.Dict<string | string[]>; key: string }> {
    const { method = 'GET', key, body, shown } = init;
    const text = body === undefined ? undefined : JSON.stringify(body);
    return new Promise((resolve, reject) => {
      const asked = request(coordinator.url + path, {
        method,
        agent: false,
        ca: readFileSync(ca),
        ...(shown && { cert: readFileSync(shown.cert), key: readFileSync(shown.key) }),
        headers: {
          ...(key && { authorization: `Bearer ${key}` }),
          ...(text && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
        },
      });
      asked.on('error', reject).on('response', async (response) => {
        const answer = JSON.parse((await response.toArray()).join(''));
        const { statusCode = 0, headers } = response;
        resolve({ status: statusCode, code: answer.code ?? '', headers, key: answer.key ?? '' });
      });
      asked.end(text);
    });
  }

  function openSocket(key: string, shown?: typeof member): Promise<string> {
    const socket = io(coordinator.url, {
      ...{ auth: { key }, transports: ['websocket'], reconnection: false, ca: readFileSync(ca, 'utf8') },
      ...(shown && { cert: readFileSync(shown.cert, 'utf8'), key: readFileSync(shown.key, 'utf8') }),
    });
    return new Promise<string>((done) => {
      socket.once('connect', () => done('connected')).once('connect_error', ({ message }) => done(message));
    }).finally(() => socket.close());
  }

  test('it is reached over https, and says so to browsers', async () => {
    assert.match(coordinator.url, /^https:/);
    const { status, headers } = await ask('/health');
    assert.equal(status, 200);
    assert.match(String(headers['strict-transport-security']), /max-age/);
    assert.deepEqual(
      [headers['x-content-type-options'], headers['x-frame-options']],
      ['nosniff', 'SAMEORIGIN'],
    );
  });

  test('members show a certificate of the authority, whoever administers needs none', async () => {
    const settings = makeSettings();
    const made = { method: 'POST', key: adminKey, body: { name: 'group', access: 'open', settings } };
    assert.equal((await ask('/v1/groups', made)).status, 200);
    const join = { method: 'POST', body: { name: 'ada' } };
    const path = '/v1/groups/group/members';
    const refused = await ask(path, join);
    assert.deepEqual([refused.status, refused.code], [403, 'client-certificate-needed']);
    const { status, key } = await ask(path, { ...join, shown: member });
    assert.equal(status, 200);
    const bare = await ask('/v1/groups/group/assignment', { key });
    assert.deepEqual([bare.status, bare.code], [403, 'client-certificate-needed']);
    assert.equal((await ask('/v1/groups/group/assignment', { key, shown: member })).status, 200);
    const upload = { method: 'PUT', key, body: {} };
    const sent = await ask('/v1/groups/group/rounds/1/contribution', upload);
    assert.deepEqual([sent.status, sent.code], [403, 'client-certificate-needed']);
    assert.match(await openSocket(key), /client-certificate-needed/);
    assert.equal(await openSocket(key, member), 'connected');
    assert.equal(await openSocket(adminKey), 'connected');
  });

  test('a renewed certificate is shown without a restart; one that cannot be used changes nothing', async () => {
    const shown = () =>
      new Promise<string>((done, failed) => {
        const { hostname, port } = new URL(coordinator.url);
        const socket: TLSSocket = connect(
          { host: hostname, port: Number(port), ca: readFileSync(ca) },
          () => {
            done((socket.getPeerCertificate() as DetailedPeerCertificate).subject.CN as string);
            socket.destroy();
          },
        ).on('error', failed);
      });
    const until = async (name: string) => {
      for (let tries = 0; tries < 100 && (await shown()) !== name; tries += 1)
        await new Promise((wait) => setTimeout(wait, 100));
      assert.equal(await shown(), name);
    };
    await until('server');
    replace(server, sign('renewed'));
    await until('renewed');
    writeFileSync(server.cert, 'half a file');
    const told: string[] = [];
    const log = pino({}, { write: (line: string) => void told.push(JSON.parse(line).msg) });
    const end = followTls({ setSecureContext: () => undefined } as never, server, log, 20);
    await new Promise((wait) => setTimeout(wait, 100));
    writeFileSync(server.cert, 'another half');
    for (let tries = 0; tries < 50 && told.length === 0; tries += 1)
      await new Promise((wait) => setTimeout(wait, 100));
    end();
    assert.match(told[0] ?? '', /the last ones stay/);
    assert.equal(await shown(), 'renewed');
  });
});
