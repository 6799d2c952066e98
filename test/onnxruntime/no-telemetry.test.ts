// Nothing phones home: commands that load every library we ship run in a fresh home behind a proxy that writes down who
// is called. A control beside them, onnxruntime as it comes, shows that what is looked for would have been seen.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { colora, startColora } from '../support/processes.ts';
import { adminKey, useSystem } from '../support/system.ts';

const stories = fileURLToPath(new URL('../../packages/models/fixtures/stories260k', import.meta.url));
const training = fileURLToPath(new URL('../../packages/training/', import.meta.url));

const system = useSystem();
let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'colora-home-'));
});
after(() => rm(folder, { recursive: true, force: true }));

interface Home {
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Hosts that were called through the proxy. */
  readonly called: readonly string[];
  close(): void;
}

/** Where one of these is set, the library keeps quiet by itself: nothing would be shown. */
const ciVariables = [
  ...['CI', 'TF_BUILD', 'GITHUB_ACTIONS', 'GITLAB_CI', 'CIRCLECI', 'TRAVIS', 'JENKINS_URL', 'APPVEYOR'],
  ...['CODEBUILD_BUILD_ID', 'BUILDKITE', 'TEAMCITY_VERSION', 'BITBUCKET_BUILD_NUMBER'],
];

/** A home and a temporary folder of their own, behind a proxy of their own that lets nothing through. */
async function freshHome(name: string): Promise<Home> {
  const home = join(folder, name);
  await mkdir(join(home, 'tmp'), { recursive: true });
  const called: string[] = [];
  const proxy = createServer((request, response) => {
    called.push(String(request.url));
    response.writeHead(502).end();
  });
  proxy.on('connect', (request, socket) => {
    called.push(String(request.url));
    socket.on('error', () => undefined);
    socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
  });
  await once(proxy.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  const env = {
    ...{ HTTPS_PROXY: url, https_proxy: url, HTTP_PROXY: url, http_proxy: url, ALL_PROXY: url },
    ...{ NO_PROXY: '127.0.0.1', no_proxy: '127.0.0.1' },
    ...{ HOME: home, USERPROFILE: home, TMPDIR: join(home, 'tmp'), TMP: join(home, 'tmp') },
    ...{ XDG_CACHE_HOME: '', XDG_DATA_HOME: '', XDG_CONFIG_HOME: '', XDG_STATE_HOME: '' },
    ...{ COLORA_CACHE: join(home, 'cache'), ORT_DISABLE_TELEMETRY: '0' },
    ...Object.fromEntries(ciVariables.map((name) => [name, undefined])),
  };
  return { folder: home, env, called, close: () => proxy.close() };
}

/** The files below a home that are not our cache, a workspace, the data, or the TypeScript that tsx has compiled. */
async function strangeFiles(home: Home): Promise<string[]> {
  const entries = await readdir(home.folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const ours = /^(cache|workspace|data|.config[/\\]colora[/\\]profiles)[/\\]|^tmp[/\\]tsx-/;
  return files.map((file) => file.slice(home.folder.length + 1)).filter((file) => !ours.test(file));
}

/** onnxruntime as it comes, in a process of its own that stays until it is killed. */
function startBareLibrary({ env }: Home) {
  const script = "require('onnxruntime-node').InferenceSession.create(new Uint8Array(1)).catch(() => 0);";
  const inherited = { ...process.env, ...env };
  delete inherited.ORT_DISABLE_TELEMETRY;
  return spawn(process.execPath, ['-e', `${script} setInterval(() => 0, 1000)`], {
    cwd: training,
    env: inherited,
    stdio: 'ignore',
  });
}

const reportsHome = process.platform === 'linux' && process.arch === 'x64';

test('training, evaluating, writing and looking for devices leave nothing in a home and call nobody', {
  skip: reportsHome ? false : 'the control is known to report home on Linux x64',
}, async () => {
  const ours = await freshHome('ours');
  const bare = await freshHome('bare');
  await mkdir(join(ours.folder, 'data'));
  const data = join(ours.folder, 'data', 'mine.jsonl');
  const examples = ['the cat', 'a dog', 'the sea'].map((prompt) => ({ prompt, completion: ' was happy' }));
  await writeFile(data, examples.map((example) => JSON.stringify(example)).join('\n'));
  const model = ['--base-model', stories];
  const create = [
    '--task',
    'causal-lm',
    ...model,
    '--rank',
    '2',
    '--targets',
    'q_proj',
    '--start',
    '--access',
    'open',
  ];
  const admin = { ...ours.env, COLORA_URL: system.url, COLORA_KEY: adminKey };
  const run = async (args: string[], env: Home['env']) => {
    const { status, stderr } = await colora(args, { env });
    assert.equal(status, 0, `${args[0]}: ${stderr}`);
  };
  await run(['groups', 'create', 'alone', ...create, '--rounds', '1', '--participants', '1'], admin);
  await run(['groups', 'create', 'waits', ...create, '--rounds', '1', '--participants', '2'], admin);

  const control = startBareLibrary(bare);
  const files = [...model, '--workspace', join(ours.folder, 'workspace')];
  const join_ = (group: string, name: string) => [
    'join',
    system.url,
    '--group',
    group,
    '--name',
    name,
    '--data',
    data,
  ];
  const waiting = startColora([...join_('waits', 'ada'), ...files], { env: ours.env });
  try {
    await waiting.says(/joined as/);
    await run([...join_('alone', 'ben'), ...files], ours.env);
    await run(['evaluate', '--group', 'alone', '--data', data, ...files], ours.env);
    await run(['generate', '--group', 'alone', 'the cat', '--max-tokens', '4', ...files], ours.env);
    await run(['devices'], ours.env);
    for (let second = 0; second < 90 && bare.called.length === 0; second++) await pause(1000);
  } finally {
    control.kill('SIGKILL');
    waiting.child.kill('SIGTERM');
    await waiting.ended;
    ours.close();
    bare.close();
  }
  assert.ok(bare.called.length > 0, 'the library as it comes calls its makers');
  assert.ok(
    (await strangeFiles(bare)).some((file) => file.includes('deviceid')),
    'and leaves an id',
  );
  assert.deepEqual(await strangeFiles(ours), []);
  assert.deepEqual(ours.called, []);
});

test('a worker thread that could not switch telemetry off does not load the library', async () => {
  const module = new URL('../../packages/training/src/engines/onnxruntime.ts', import.meta.url).href;
  const [loader, library] = [import.meta.resolve('tsx/esm/api'), module].map((url) => JSON.stringify(url));
  const source = `import(${loader}).then(({ register }) => register()).then(() => import(${library}))`;
  const env = { ...process.env };
  delete env.ORT_DISABLE_TELEMETRY;
  const worker = new Worker(source, { eval: true, env, execArgv: [] });
  const [error] = await once(worker, 'error');
  assert.match(String(error), /would send telemetry.*ORT_DISABLE_TELEMETRY=1/);
});
