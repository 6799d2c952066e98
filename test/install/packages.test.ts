// What is installed by `npm install` of the packages that `npm run pack` makes, in an empty folder, with a home of its own and nothing
// of the repository: a member joins by a link, trains, predicts and serves, is asked by OpenAI's own client, updates and uninstalls, and leaves
// nothing but what docs/installation.md names.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { formatInvitationLink } from '@colora/protocol/accounts/invitation-link';
import OpenAI from 'openai';
import { openGate } from '../support/gate.ts';
import { reviews, writeReviews } from '../support/people.ts';
import { makeGroup, useSystem } from '../support/system.ts';
import { makeTalesGroup } from '../support/tales-group.ts';
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
const stories = join(root, 'packages/models/fixtures/stories260k');
const version = '0.1.0';
const mine = `${process.platform}-${process.arch}`;
/** A registry that has no packages but news of colora, and the paths that it was asked for. */
const asked: string[] = [];
const registry = createServer((request, response) => {
  asked.push(request.url ?? '');
  const news = {
    name: 'colora',
    'dist-tags': { latest: '0.2.0' },
    versions: { '0.2.0': { name: 'colora', version: '0.2.0' } },
  };
  if (request.url === '/colora')
    response.setHeader('content-type', 'application/json').end(JSON.stringify(news));
  else response.writeHead(404).end('{}');
}).listen(0, '127.0.0.1');
await once(registry, 'listening');
after(() => registry.close());
const news = `http://127.0.0.1:${(registry.address() as AddressInfo).port}/`;
const colora = async (args: readonly string[]) =>
  await run(process.execPath, [join(member, 'node_modules/.bin/colora'), ...args], {
    cwd: member,
    env: { ...env, npm_config_registry: news },
  });
type Failed = { readonly code: number; readonly stdout: string; readonly stderr: string };

/** A language model that writes happy ends, to be trained by one. */
const makeTales = async (name: string, access: 'open' | 'invitation') =>
  await makeTalesGroup(system.admin, { name, access, baseModel: stories });

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

test('a member joins by a link, trains, predicts and serves with it, is asked by OpenAI’s client, and leaves', async () => {
  await makeTales('letters', 'invitation');
  await makeGroup(system, 'reviews', { rounds: { participants: 1 } });
  const params = { group: 'letters' };
  const { invitation } = await system.admin.call('createInvitation', { params, body: {} });
  const link = formatInvitationLink({ url: system.url, ...params, invitation });
  const animals = ['cat', 'dog', 'hen', 'cow'].map((animal) => ({
    prompt: `The ${animal} was`,
    completion: ' very happy.',
  }));
  const letters = await writeReviews(folder, 'letters', animals);
  const data = await writeReviews(folder, 'ada', reviews(1, 8));
  const threads = ['--threads', '1'];
  const byLink = await colora([
    'join',
    link,
    '--data',
    letters,
    '--base-model',
    stories,
    '--no-guard',
    ...threads,
  ]);
  assert.match(byLink.stdout, /letters +completed +2/);
  const joined = await colora([
    'join',
    system.url,
    '--group',
    'reviews',
    '--data',
    data,
    '--no-guard',
    ...threads,
  ]);
  assert.match(joined.stdout, /reviews +completed +2/);
  const predicted = await colora(['predict', '--group', 'reviews', ...threads, 'the film was wonderful']);
  assert.match(predicted.stdout, /^(good|bad)/);
  const serving = execFile(
    process.execPath,
    [join(member, 'node_modules/.bin/colora'), 'serve', '--port', '0', ...threads],
    { cwd: member, env },
  );
  const baseURL = await new Promise<string>((resolve, reject) => {
    let said = '';
    serving.stdout!.on('data', (text) => {
      said += text;
      const [, found] = /serving at (\S+)\n/.exec(said) ?? [];
      if (found !== undefined) resolve(found);
    });
    serving.on('exit', () => reject(new Error(`ended: ${said}`)));
  });
  const client = new OpenAI({ baseURL, apiKey: 'none', maxRetries: 0 });
  const written = await client.completions.create({
    model: 'letters',
    prompt: 'The cat was',
    max_tokens: 4,
    temperature: 0,
  });
  assert.match(written.choices[0]!.text, /^ very happy/);
  const answer = await client.post<{ data: { label: string }[] }>('/classify', {
    body: { model: 'reviews', input: 'the film was wonderful' },
  });
  assert.equal(answer.data[0]!.label, predicted.stdout.split(/\s/)[0]);
  serving.kill('SIGTERM');
  await colora(['leave', '--group', 'letters']);
  assert.deepEqual(await readdir(join(home, '.cache')), ['colora']);
  assert.deepEqual(asked, [], 'nothing but an update asks for versions');
});

test('a program of somebody else’s imports it: types, the programs of docs/library.md, and what they do', async () => {
  await makeGroup(system, 'opinions', { rounds: { participants: 1 } });
  await makeTales('tales', 'open');
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
  const missing = await colora(['coordinator']).catch((error: unknown) => error as Failed);
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

test('an update is told before it is done, from the registry that npm is set up with or, without a line, from a folder', async () => {
  assert.deepEqual(asked, []);
  const told = await colora(['update', '--dry-run']);
  assert.match(told.stdout, /^colora 0\.1\.0 -> 0\.2\.0, from http:\S+: npm install colora@0\.2\.0 in /);
  assert.deepEqual([...new Set(asked)], ['/colora']);
  const newer = join(folder, 'newer');
  for (const name of ['colora', `colora-native-${mine}`]) {
    const place = join(newer, name);
    await mkdir(place, { recursive: true });
    await run('tar', ['xzf', join(packed, `${name}-${version}.tgz`), '-C', place]);
    const manifest = join(place, 'package/package.json');
    const text = await readFile(manifest, 'utf8');
    await writeFile(manifest, text.replaceAll(/("(?:version|@colora\/[^"]+)": )"0\.1\.0"/g, '$1"0.1.1"'));
  }
  const missing = await colora(['update', '--from', newer, '--yes']).catch(
    (error: unknown) => error as Failed,
  );
  assert.match(missing.stderr, /--from: \S+ has no colora-VERSION\.tgz/);
  for (const name of ['colora', `colora-native-${mine}`])
    await run('tar', ['cf', join(newer, `${name}-0.1.1.tgz`), '-C', join(newer, name), 'package']);
  const alone = await colora(['update', '--from', newer]).catch((error: unknown) => error as Failed);
  assert.match(alone.stderr, /nobody can be asked here: pass --yes/);
  assert.match(
    (await colora(['update', '--from', newer, '--yes'])).stdout,
    /^colora 0\.1\.1 is installed\n$/,
  );
  assert.match(
    (await colora(['update', '--from', newer])).stdout,
    /0\.1\.1 is installed, and \S+ has no other/,
  );
});

test('uninstalled, nothing is left in the home folder, and what couldn’t be left is told', async () => {
  const gate = await openGate(system.url, () => undefined);
  const data = join(folder, 'ada.jsonl');
  const away = ['--workspace', 'away', '--poll-only', '--no-guard', '--threads', '1'];
  await makeGroup(system, 'far', { rounds: { count: 1, participants: 1 } });
  await colora(['join', gate.url, '--group', 'far', '--data', data, ...away]);
  await gate.close();
  const before = await walk(folder);
  const plan = await colora(['uninstall', '--dry-run']);
  assert.match(plan.stdout, /^This goes:\n( {2}.*\n)*This stays:\n( {2}.*\n)+$/);
  assert.match(plan.stdout, new RegExp(`colora, @colora/native-${mine} in `));
  assert.deepEqual(await walk(folder), before, 'a dry run changes nothing');
  const ended = await colora(['uninstall', '--everything', '--yes']).catch(
    (error: unknown) => error as Failed,
  );
  assert.equal('code' in ended && ended.code, 1);
  assert.match(ended.stdout, /^left reviews at http/m);
  assert.match(ended.stderr, /still a member: npx colora leave --group far --workspace \S+away later/);
  assert.deepEqual(await walk(home), []);
  const left = (await readdir(member)).filter(
    (name) => !/\.(mjs|cjs|m?ts|py|jsonl?)$|^(built|node_modules)$/.test(name),
  );
  assert.deepEqual(
    left.sort(),
    ['away', 'my-workspace'],
    'one whose key can still end a membership, and one that a program made',
  );
  for (const name of ['colora', `@colora/native-${mine}`, '.bin/colora'])
    await assert.rejects(access(join(member, 'node_modules', name)), { code: 'ENOENT' });
});

/** Every file and folder below. */
async function walk(place: string): Promise<string[]> {
  return (await readdir(place, { recursive: true })).sort();
}
