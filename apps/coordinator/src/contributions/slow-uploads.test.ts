// Members that send their contributions as slowly as they may: whoever sends hers at once is not kept waiting by them, however
// many they are.
import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { after, afterEach, before, test } from 'node:test';
import { encodeContributionMetadata } from '@colora/protocol/contribution';
import { formatContentDigest } from '@colora/protocol/digest';
import { encode } from '@colora/tensors/safetensors/safetensors';
import { buildCoordinator, type Coordinator } from '../coordinator.ts';
import { onOneDatabase } from '../testing/databases.ts';
import { adminKey, hash, joinAs, makeGroup, type TestMember, tensors } from '../testing/group.ts';

/** 240 KB: a minute of a slow one's. */
const update = tensors({ 'x.shared.A': Array.from({ length: 60_000 }, () => 0.001) });
const bytes = encode(update, {
  metadata: encodeContributionMetadata({ kind: 'delta', version: 0, round: 1, examples: 1 }),
});

onOneDatabase('slow uploads', (database) => {
  let coordinator: Coordinator;
  let groups = 0;
  const slow: { readonly end: () => void }[] = [];
  before(async () => {
    const options = { ...(await database.create()), port: 0, adminKey, logger: 'silent', uploadsAtOnce: 2 };
    coordinator = await buildCoordinator(options as Parameters<typeof buildCoordinator>[0]);
  });
  afterEach(() => {
    for (const { end } of slow.splice(0)) end();
  });
  after(() => coordinator.close());

  /** A round that waits for one who is honest, and for others. */
  async function makeRound(others: number) {
    groups += 1;
    const name = `group-${groups}`;
    await makeGroup(coordinator.url, { name, initial: update });
    const members: TestMember[] = [];
    for (let i = 0; i <= others; i += 1)
      members.push(await joinAs(coordinator.url, `member-${groups}-${i}`, name));
    for (const member of members) await member.until('a round', ({ round }) => round !== null);
    const [honest, ...rest] = members;
    return { honest: honest!, rest, path: `/v1/groups/${name}/rounds/1/contribution` };
  }

  /** 4 KB a second, in small parts; what was answered is in `heard`. */
  function sendSlowly({ key }: TestMember, path: string) {
    const { hostname, port } = new URL(coordinator.url);
    const socket: Socket = connect(Number(port), hostname).on('error', () => undefined);
    const upload = { heard: '', end: () => end() };
    socket.on('data', (data) => {
      upload.heard += data.toString('latin1');
    });
    socket.write(
      `PUT ${path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${key}\r\ncontent-type: application/octet-stream\r\n` +
        `content-length: ${bytes.length}\r\ncontent-digest: ${formatContentDigest(hash(bytes))}\r\n\r\n`,
    );
    let at = 0;
    const timer = setInterval(() => {
      if (socket.writable) socket.write(bytes.subarray(at, at + 256));
      at += 256;
    }, 62.5);
    const end = () => {
      clearInterval(timer);
      socket.destroy();
    };
    slow.push(upload);
    return upload;
  }

  const secondsOf = async (work: () => Promise<unknown>) => {
    const began = performance.now();
    await work();
    return (performance.now() - began) / 1000;
  };
  const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));

  test('as many as are read at once hold nobody up', async () => {
    const { honest, rest, path } = await makeRound(3);
    const uploads = rest.map((one) => sendSlowly(one, path));
    await pause(500);
    const seconds = await secondsOf(() => honest.send(1, bytes));
    assert.ok(seconds < 10, `${seconds} s`);
    assert.deepEqual(
      uploads.map(({ heard }) => heard),
      ['', '', ''],
      'and go on themselves',
    );
  });

  test('where no more may be under way, the slowest give way', async () => {
    const { honest, rest, path } = await makeRound(6);
    const uploads = rest.map((one) => sendSlowly(one, path));
    await pause(500);
    const seconds = await secondsOf(() => honest.send(1, bytes));
    assert.ok(seconds < 15, `${seconds} s`);
    const gone = uploads.filter(({ heard }) => heard !== '');
    assert.ok(gone.length >= 1, 'at least one was told to go');
    for (const { heard } of gone) assert.match(heard, /^HTTP\/1.1 408 .*too-slow/s);
  });
});
