// Models from a Hub: what is fetched, what happens when the network, the disk or the Hub itself gets in the way. The Hub
// is a server of our own (testing-hub.ts); client, cache and files are real.
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { setTimeout as tick } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { openBaseModel } from '@colora/models/base-model';
import { fixturesFolder } from '@colora/models/testing-references';
import type { DownloadDisplay } from './download-display.ts';
import { type DownloadOffer, type Fetching, namedByHand } from './download-offer.ts';
import type { HubSettings } from './hub-settings.ts';
import { hubSnapshot } from './hub-snapshot.ts';
import { commit, sha256, startTestHub, type TestHub } from './testing-hub.ts';

const id = 'someone/stories260k';
const original = join(fixturesFolder, 'stories260k');
let hub: TestHub;
let cache: string;
let settings: HubSettings;
let told: string[];
const display: DownloadDisplay = {
  note: (line) => told.push(line),
  progress: (name, done, total) => told.push(`${name} ${done}/${total}`),
  close: () => undefined,
};

beforeEach(async () => {
  const names = ['config.json', 'tokenizer.json', 'tokenizer_config.json', 'model.safetensors', 'README.md'];
  const contents = await Promise.all(names.map((name) => readFile(join(original, name))));
  const files = new Map(names.map((name, i) => [name, contents[i]!]));
  files.set('pytorch_model.bin', Buffer.from('not wanted'));
  files.set('onnx/model.safetensors', Buffer.from('nor this'));
  hub = await startTestHub(id, files);
  cache = await mkdtemp(join(tmpdir(), 'colora-hub-'));
  settings = { endpoint: hub.url, cache, offline: false, proxy: {}, tokenFile: join(cache, 'no-token') };
  told = [];
});
afterEach(async () => {
  await hub.close();
  await rm(cache, { recursive: true });
});

const get = (change: Partial<HubSettings> = {}, revision = 'main', fetching: Partial<Fetching> = {}) =>
  hubSnapshot({ id, revision }, { ...settings, ...change }, display, { ...namedByHand, ...fetching });
const repo = () => join(cache, 'models--someone--stories260k');
const fetched = () =>
  hub.requests.filter((request) => request.includes('/resolve/') && !/bytes=0-0$/.test(request));
const weights = () => hub.files.get('model.safetensors')!;
const weightsBlob = () => join(repo(), 'blobs', sha256(weights()));

async function assertRefused(promise: Promise<unknown>, ...patterns: RegExp[]) {
  await assert.rejects(promise, (error: Error) => {
    assert.equal(error.name, 'HubError', error.stack);
    for (const pattern of patterns) assert.match(error.message, pattern);
    return true;
  });
}

describe('a download', () => {
  test('is the model itself, in the layout of the standard cache, and no more than is needed', async () => {
    const snapshot = await get();
    assert.deepEqual(snapshot, { folder: join(repo(), 'snapshots', commit), commit });
    const names = ['config.json', 'model.safetensors', 'tokenizer.json', 'tokenizer_config.json'];
    assert.deepEqual((await readdir(snapshot.folder)).sort(), names);
    assert.equal(await readFile(join(repo(), 'refs', 'main'), 'utf8'), commit);
    const link = await readlink(join(snapshot.folder, 'model.safetensors'));
    assert.equal(link, join('..', '..', 'blobs', sha256(weights())));
    const { fingerprint } = await openBaseModel(snapshot.folder);
    assert.equal(fingerprint, (await openBaseModel(original)).fingerprint);
    const size = weights().length;
    assert.ok(told.includes(`${id} model.safetensors ${size}/${size}`));
  });

  test('is made once: then only the revision is asked for, and for a commit nothing at all', async () => {
    await get();
    hub.requests.length = 0;
    await get();
    assert.deepEqual(fetched(), []);
    hub.requests.length = 0;
    await get({}, commit);
    assert.deepEqual(hub.requests, []);
  });

  test('of what is held already writes nothing: a cache may be mounted read-only', async () => {
    await get();
    const before = await stat(join(repo(), 'refs', 'main'));
    const mount = (...options: string[]) =>
      spawnSync('mount', [...options, cache], { stdio: 'ignore' }).status === 0;
    const readOnly = mount('--bind', cache) && mount('-o', 'remount,bind,ro');
    try {
      assert.equal((await get()).commit, commit);
    } finally {
      if (readOnly) spawnSync('umount', [cache], { stdio: 'ignore' });
    }
    const { mtimeMs, ino } = await stat(join(repo(), 'refs', 'main'));
    assert.deepEqual([mtimeMs, ino], [before.mtimeMs, before.ino]);
  });

  test('of shards follows the index', async () => {
    const bytes = weights();
    hub.files.delete('model.safetensors');
    hub.files.set('model-00001-of-00001.safetensors', bytes);
    const map = { weight_map: { anything: 'model-00001-of-00001.safetensors' } };
    hub.files.set('model.safetensors.index.json', Buffer.from(JSON.stringify(map)));
    const { folder } = await get();
    await openBaseModel(folder);
    hub.files.delete('model-00001-of-00001.safetensors');
    await rm(repo(), { recursive: true });
    await assertRefused(get(), /lists shards that are not there: model-00001-of-00001\.safetensors/);
  });

  test('of a gated model sends the token, from HF_TOKEN or where hf auth login left it', async () => {
    hub.gated = 'manual';
    await assertRefused(get({ token: 'secret' }), /HF_TOKEN must be an access token.*begins with hf_/);
    const tokenFile = join(cache, 'token');
    await writeFile(tokenFile, 'secret\n');
    await assertRefused(get({ tokenFile }), /begins with hf_/);
    await writeFile(tokenFile, 'hf_something\n');
    await get({ tokenFile });
    assert.deepEqual([...hub.tokens], ['Bearer hf_something']);
    await rm(repo(), { recursive: true });
    await get({ tokenFile, token: 'hf_other' });
    assert.deepEqual([...hub.tokens], ['Bearer hf_something', 'Bearer hf_other']);
  });
});

describe('a model that a group names', () => {
  const offers: DownloadOffer[] = [];
  beforeEach(() => void offers.splice(0));
  const refusing: Partial<Fetching> = {
    agree: async (offer) => {
      offers.push(offer);
      throw new Error('no');
    },
  };
  const agreeing: Partial<Fetching> = { agree: async (offer) => void offers.push(offer) };
  const token = 'hf_mine';

  test('is offered with size, licence and where it goes before a byte of it is fetched', async () => {
    await assert.rejects(get({}, 'main', refusing), /^Error: no$/);
    assert.deepEqual(fetched(), []);
    const [offer] = offers;
    const names = ['config.json', 'tokenizer.json', 'tokenizer_config.json', 'model.safetensors'];
    const bytes = names.reduce((sum, name) => sum + hub.files.get(name)!.length, 0);
    const known = { id, revision: commit, bytes, licence: 'apache-2.0', into: cache, hub: hub.url };
    assert.deepEqual(offer, { ...known, needsToken: false });
    await get({}, 'main', agreeing);
    await get({}, 'main', refusing); // what is here needs no yes
  });

  test('and open to everybody gets no token', async () => {
    await get({ token }, 'main', agreeing);
    assert.deepEqual([...hub.tokens], []);
  });

  for (const gated of ['manual', 'private'] as const) {
    test(`and ${gated} gets none either without a yes to that`, async () => {
      hub.gated = gated;
      await assert.rejects(get({ token }, 'main', refusing), /^Error: no$/);
      assert.equal(offers[0]!.needsToken, true);
      assert.ok(!fetched().some((request) => request.includes('/resolve/')));
      assert.deepEqual([...hub.tokens], []);
      await get({ token }, 'main', agreeing);
      assert.deepEqual([...hub.tokens], [`Bearer ${token}`]);
    });
  }

  test('a file that is larger than it was said to be is not taken', async () => {
    hub.swell = 50_000_000;
    hub.files.delete('README.md');
    await assertRefused(get({}, 'main', agreeing), /more than the \d+ bytes that it said/);
    const names = await readdir(join(repo(), 'blobs'));
    const sizes = await Promise.all(
      names.map(async (name) => (await stat(join(repo(), 'blobs', name))).size),
    );
    assert.ok(
      sizes.every((size) => size <= weights().length),
      sizes.join(' '),
    );
  });

  test('whose download is stopped ends at once, and nothing half-written is taken for whole', {
    timeout: 30_000,
  }, async () => {
    hub.stallAfter = 300_000;
    const stop = new AbortController();
    const loading = get({}, 'main', { ...agreeing, signal: stop.signal });
    while (!fetched().some((request) => request.includes('model.safetensors'))) await tick(20);
    await tick(200);
    const began = performance.now();
    stop.abort(new Error('stopped'));
    await assert.rejects(loading, /stopped/);
    assert.ok(performance.now() - began < 1000);
    await assertRefused(get({ offline: true }), /or only in part/);
    hub.stallAfter = undefined;
    await openBaseModel((await get()).folder);
  });
});

describe('a connection that breaks', () => {
  test('is taken up again where it stopped', async () => {
    hub.breakAfter = { bytes: 100_000, times: 2 };
    const { folder } = await get();
    assert.deepEqual(await readFile(join(folder, 'model.safetensors')), weights());
    const ranges = fetched().flatMap((request) => /model\.safetensors bytes=(\d+)-/.exec(request)?.[1] ?? []);
    assert.equal(ranges.length, 2);
    assert.ok(Number(ranges[0]) > 0 && Number(ranges[1]) > Number(ranges[0]), ranges.join(' '));
  });

  test('for good is said, and the next start goes on from what is there', async () => {
    const half = Math.floor(weights().length / 2);
    await mkdir(join(repo(), 'blobs'), { recursive: true });
    await writeFile(`${weightsBlob()}.incomplete`, weights().subarray(0, half));
    hub.breakAfter = { bytes: 0, times: 99 };
    await assertRefused(get(), /cannot be reached|answers/, /what was downloaded is kept/);
    hub.breakAfter = undefined;
    hub.requests.length = 0;
    await get();
    assert.ok(fetched().some((request) => request.endsWith(`bytes=${half}-${weights().length - 1}`)));
    assert.deepEqual(await readFile(weightsBlob()), weights());
  });

  test('whose server forgets ranges, or a part that was damaged: fetched anew, never put together wrongly', async () => {
    await mkdir(join(repo(), 'blobs'), { recursive: true });
    await writeFile(`${weightsBlob()}.incomplete`, weights().subarray(0, 1000));
    hub.ignoreRanges = true;
    await get();
    assert.deepEqual(await readFile(weightsBlob()), weights());
    await rm(repo(), { recursive: true });
    hub.ignoreRanges = false;
    await mkdir(join(repo(), 'blobs'), { recursive: true });
    await writeFile(`${weightsBlob()}.incomplete`, Buffer.alloc(1000, 7));
    await get();
    assert.deepEqual(await readFile(weightsBlob()), weights());
  });

  test('a file cut off in the cache is downloaded again', async () => {
    await get();
    await truncate(weightsBlob(), 1000);
    await get();
    assert.deepEqual(await readFile(weightsBlob()), weights());
  });
});

describe('without a network', () => {
  test('what is in the cache is used, with a word about it; HF_HUB_OFFLINE asks for nothing', async () => {
    const { folder } = await get();
    hub.requests.length = 0;
    assert.equal((await get({ offline: true })).folder, folder);
    assert.deepEqual(hub.requests, []);
    assert.equal((await get({ endpoint: 'http://127.0.0.1:9' })).folder, folder);
    assert.match(told.at(-1)!, /Hub cannot be reached; using someone\/stories260k as it was last downloaded/);
  });

  test('what is not there, or not whole, is said', async () => {
    await assertRefused(get({ offline: true }), /is not in the cache .*HF_HUB_OFFLINE forbids/);
    await assertRefused(
      get({ endpoint: 'http://127.0.0.1:9' }),
      /cannot be reached \(.+\)/,
      /HF_HUB_OFFLINE=1/,
    );
    await get();
    await rm(weightsBlob());
    await assertRefused(get({ offline: true }), /is not in the cache .*or only in part/);
  });
});

describe('what the Hub refuses', () => {
  for (const [status, ...patterns] of [
    [401, /no such model/, /private or gated/, /HF_TOKEN/],
    [403, /it is gated/, /Accept its conditions at http/],
    [404, /the Hub has no model someone\/stories260k at revision main/],
    [503, /answers 503; try again later/],
  ] as const) {
    test(`with ${status} says what to do`, async () => {
      hub.refuse = { status };
      await assertRefused(get(), ...patterns);
    });
  }

  test('a repository without safetensors, tokenizer or config, or of an unknown family: before any weights', async () => {
    hub.files.set('config.json', Buffer.from('{"model_type":"mamba"}'));
    await assertRefused(get(), /someone\/stories260k: .*"mamba", which is not known; known: /);
    assert.ok(!fetched().some((request) => request.includes('model.safetensors')));
    hub.files.delete('model.safetensors');
    hub.files.set('stories.Q4_0.gguf', Buffer.from('x'));
    await assertRefused(
      get(),
      /holds no weights as model\.safetensors; it holds GGUF files \(stories[^)]*\): pass the path of one .*download it/,
    );
    hub.files.delete('tokenizer.json');
    await assertRefused(get(), /holds no tokenizer\.json/);
    hub.files.delete('config.json');
    await assertRefused(get(), /holds no config\.json/);
  });
});

test('a disk that fills: what is needed is said, and what has come is kept', async () => {
  // A limit on the size of files ends a write as a full disk does, and needs no disk of its own.
  const script = `
    import { hubSnapshot } from ${JSON.stringify(fileURLToPath(new URL('./hub-snapshot.ts', import.meta.url)))};
    const display = { note() {}, progress() {}, close() {} };
    const { agree, signal } = { agree: async () => {}, signal: new AbortController().signal };
    await hubSnapshot({ id: '${id}', revision: 'main' }, JSON.parse(process.argv[1]), display, { agree, signal }).catch((error) =>
      console.log(error.name, error.message));`;
  const { stdout } = await promisify(execFile)('bash', [
    ...['-c', 'ulimit -f 300; exec "$0" --import tsx --input-type=module -e "$@"', process.execPath],
    ...[script, JSON.stringify(settings)],
  ]);
  assert.match(
    stdout,
    /^HubError .*the disk of .* is full .*model\.safetensors alone needs 2 MB.*HF_HUB_CACHE/,
  );
  const part = await readFile(`${weightsBlob()}.incomplete`);
  assert.ok(part.length > 0);
  assert.deepEqual(part, weights().subarray(0, part.length));
  await get();
  assert.deepEqual(await readFile(weightsBlob()), weights());
});
