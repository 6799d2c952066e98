// What is installed by `npm install` of the packages that `npm run pack` makes, in an empty folder, with a home of its own and nothing
// of the repository: a member joins, trains, predicts and serves, and leaves nothing but what docs/installation.md names.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createTaskGroup } from '@colora/cli/create-group';
import { reviews, writeReviews } from '../support/people.ts';
import { makeGroup, useSystem } from '../support/system.ts';
import { buildConsumer, programsOf } from './consumer.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);
const system = useSystem();
const folder = await mkdtemp(join(tmpdir(), 'colora-install-'));
after(() => rm(folder, { recursive: true, force: true }));
const [packed, member, home] = ['packed', 'member', 'home'].map((name) => join(folder, name)) as [
  string,
  string,
  string,
];
/** Node and npm, and nothing of who runs the test but npm's cache. */
const env = {
  HOME: home,
  PATH: [dirname(process.execPath), '/usr/bin', '/bin'].join(delimiter),
  npm_config_cache: join(homedir(), '.npm'),
  npm_config_prefer_offline: 'true',
};
const version = '0.1.0';
const mine = `${process.platform}-${process.arch}`;
const colora = async (args: readonly string[], cwd = member) =>
  await run(process.execPath, [join(cwd, 'node_modules/.bin/colora'), ...args], { cwd, env });

test('packages are made, and npm installs a member’s, in at most 260 MB', async () => {
  const main = join(root, 'scripts/pack/main.ts');
  const compiled = main.replace(/ts$/, 'js');
  const script =
    (await readFile(compiled).catch(() => null)) === null ? ['--import', 'tsx', main] : [compiled];
  await run(process.execPath, [...script, packed, '--here'], { cwd: root });
  assert.deepEqual((await readdir(packed)).sort(), [
    `colora-${version}.tgz`,
    `colora-coordinator-${version}.tgz`,
    `colora-native-${mine}-${version}.tgz`,
  ]);
  for (const made of [home, member]) await mkdir(made);
  await writeFile(join(member, 'package.json'), '{"private":true}');
  const files = [`colora-${version}.tgz`, `colora-native-${mine}-${version}.tgz`];
  const install = ['install', '--no-audit', '--no-fund', '--no-update-notifier'];
  await run('npm', [...install, ...files.map((file) => join(packed, file))], { cwd: member, env });
  const { stdout } = await run('du', ['-sm', join(member, 'node_modules')]);
  assert.ok(Number.parseInt(stdout, 10) <= 260, stdout);
  assert.equal((await colora(['--version'])).stdout.trim(), version);
});

test('a member joins, trains, predicts and serves with it, and leaves', async () => {
  await makeGroup(system, 'reviews', { rounds: { participants: 1 } });
  const data = await writeReviews(folder, 'ada', reviews(1, 8));
  const joined = await colora([
    'join',
    system.url,
    '--group',
    'reviews',
    '--data',
    data,
    '--no-guard',
    '--threads',
    '1',
  ]);
  assert.match(joined.stdout, /reviews +completed +2/);
  const predicted = await colora(['predict', '--threads', '1', 'the film was wonderful']);
  assert.match(predicted.stdout, /^(good|bad)/);
  const serving = execFile(
    process.execPath,
    [join(member, 'node_modules/.bin/colora'), 'serve', '--port', '0', '--threads', '1'],
    { cwd: member, env },
  );
  const url = await new Promise<string>((resolve, reject) => {
    let said = '';
    serving.stdout!.on('data', (text) => {
      said += text;
      const [, found] = /serving at (\S+)\n/.exec(said) ?? [];
      if (found !== undefined) resolve(found);
    });
    serving.on('exit', () => reject(new Error(`ended: ${said}`)));
  });
  const answer = await fetch(`${url}/classify`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'reviews', input: 'the film was wonderful' }),
  });
  assert.equal(
    ((await answer.json()) as { data: { label: string }[] }).data[0]!.label,
    predicted.stdout.split(/\s/)[0],
  );
  serving.kill('SIGTERM');
  await colora(['leave']);
  assert.deepEqual((await readdir(home)).sort(), ['.cache', '.config']);
  assert.deepEqual(await readdir(join(home, '.config')), []);
  assert.deepEqual(await readdir(join(home, '.cache')), ['colora']);
});

test('a program of somebody else’s imports it: types, the programs of docs/library.md, and what they do', async () => {
  await makeGroup(system, 'opinions', { rounds: { participants: 1 } });
  const stories = join(root, 'packages/models/fixtures/stories260k');
  await createTaskGroup(system.admin, {
    ...{ name: 'tales', access: 'open', baseModel: stories },
    settings: {
      task: { kind: 'causal-lm', maxTokens: 16 },
      adapter: { rank: 2, alpha: 2, targets: ['q_proj'] },
      training: { personalSteps: 2, sharedSteps: 6, batchSize: 4, personalRate: 0.1, sharedRate: 0.02 },
      rounds: { count: 2, participants: 1, quorum: 1 },
      privacy: { minMembers: 1 },
    },
  });
  await system.admin.call('startGroup', { params: { group: 'tales' } });
  const programs = (await programsOf(join(root, 'docs/library.md'))).map(({ name, text }) => ({
    name,
    text: text.replaceAll('reviews', 'opinions'),
  }));
  await buildConsumer(member, root, programs);
  const start = async (program: string, ...args: string[]) =>
    (await run(process.execPath, [join('built', program), ...args], { cwd: member, env })).stdout;
  const data = await writeReviews(folder, 'ben', reviews(2, 8));
  const joined = await start('join.mjs', system.url, 'opinions', data);
  assert.match(
    joined,
    /2 rounds of 2 steps[\s\S]*round 2 of 2\ncompleted 2 (no verdict|training|too early|no gain)/,
  );
  assert.equal(await start('own.cjs', system.url, stories), '');
  const labelled = await start('use.mjs');
  assert.match(labelled, /^(good|bad) 0\.\d+\n$/);
  const written = await start('write.mjs');
  assert.match(written, /^ very happy\.[\s\S]*\n(length|end): /);
  const python = { cwd: member, env: { ...env, PATH: `${env.PATH}${delimiter}${process.env.PATH}` } };
  const { stdout } = await run('python3', ['ask.py'], python);
  assert.match(stdout, /^(good|bad)\n very happy\./);
  const map = JSON.parse(await readFile(join(member, 'node_modules/colora/dist/library.js.map'), 'utf8')) as {
    sources: string[];
  };
  assert.ok(map.sources.some((source) => source.endsWith('library.ts')));
});

test('a coordinator is a package of its own, and a member’s installation says so', async () => {
  const missing = await colora(['coordinator']).catch((error: unknown) => error as { stderr: string });
  assert.match(missing.stderr, /npm install @colora\/coordinator/);
  // what it names is installed here: the repository’s own copies stand for what npm would fetch
  const server = join(folder, 'server');
  const modules = join(server, 'node_modules');
  await mkdir(join(modules, '@colora'), { recursive: true });
  const installed = join(root, 'node_modules');
  for (const name of await readdir(installed))
    if (name !== '@colora' && name !== '.bin') await symlink(join(installed, name), join(modules, name));
  for (const [name, place] of [
    ['colora', 'colora'],
    ['colora-coordinator', '@colora/coordinator'],
  ] as const) {
    await mkdir(join(modules, place), { recursive: true });
    await run('tar', [
      'xzf',
      join(packed, `${name}-${version}.tgz`),
      '-C',
      join(modules, place),
      '--strip-components=1',
    ]);
  }
  const launcher = join(modules, 'colora/dist/files/apps/cli/bin/colora.js');
  const started = execFile(
    process.execPath,
    [launcher, 'coordinator', '--port', '0', '--data', 'data', '--json'],
    { cwd: server, env },
  );
  const told = await new Promise<string>((resolve, reject) => {
    let said = '';
    started.stdout!.on('data', (text) => {
      said += text;
      if (said.trimEnd().endsWith('}')) resolve(said);
    });
    started.stderr!.on('data', (text) => {
      said += text;
    });
    started.on('exit', () => reject(new Error(said)));
  });
  const { url } = JSON.parse(told.slice(told.indexOf('{\n'), told.lastIndexOf('}') + 1)) as { url: string };
  assert.equal((await fetch(`${url}/ready`)).status, 200);
  started.kill('SIGTERM');
  await new Promise((ended) => started.on('exit', ended));
});
