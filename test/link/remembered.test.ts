// What `join` remembers: commands that are told no flags, in another folder, are about the one group there is, and name them where
// there are several. Real daemons, a real coordinator, files of a user's own.
import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { reviews, writeReviews } from '../support/people.ts';
import { colora } from '../support/processes.ts';
import { makeGroup, useSystem } from '../support/system.ts';

let config: string;
let elsewhere: string;
let data: string;
const system = useSystem(async () => {
  config = join(system.folder, 'config');
  elsewhere = join(system.folder, 'elsewhere');
  await mkdir(elsewhere);
  data = await writeReviews(system.folder, 'ada', reviews(1, 8));
});

/** Run in a folder without a workspace, by a user whose one place for what is remembered is the test's. */
const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  colora(args, { cwd: elsewhere, env: { XDG_CONFIG_HOME: config, ...env } });

async function joinGroup(group: string, workspace: string, ...more: string[]): Promise<void> {
  await makeGroup(system, group, { rounds: { count: 1, participants: 1 } });
  const joined = await run([
    ...['join', system.url, '--group', group, '--data', data],
    ...['--workspace', join(system.folder, workspace), '--threads', '1', ...more],
  ]);
  assert.equal(joined.status, 0, joined.stderr);
}

test('after a join the commands need no flags, wherever they run', async () => {
  assert.match((await run(['predict', 'a film'])).stderr, /say which group: --group/);
  await joinGroup('reviews', 'space');
  const status = await run(['status']);
  assert.equal(status.status, 0, status.stderr);
  assert.match(status.stdout, new RegExp(`coordinator +${system.url}\n`));
  assert.match(status.stdout, /key +participant /, 'the workspace’s key');
  assert.match(status.stdout, /reviews +completed/);
  const predicted = await run(['predict', '--threads', '1', 'the film was wonderful']);
  assert.match(predicted.stdout, /^(good|bad)/, predicted.stderr);
  assert.match((await run(['sent'])).stdout, /contribution/);
  assert.match((await run(['why', 'reviews'])).stdout, /reviews: /);
  assert.equal((await run(['verify', 'reviews'])).status, 0);
  const [file] = await readdir(join(config, 'colora', 'profiles'));
  assert.equal(file, 'reviews.json');
  const kept = await readFile(join(config, 'colora', 'profiles', 'reviews.json'), 'utf8');
  assert.ok(!kept.includes('colora_p_'), 'the key stays in the workspace');
});

test('the environment and flags come first', async () => {
  const nobody = 'http://127.0.0.1:9';
  const asked = await run(['status'], { COLORA_URL: nobody });
  assert.match(asked.stderr, /127\.0\.0\.1:9/);
  assert.match((await run(['status', nobody])).stderr, /127\.0\.0\.1:9/);
  const named = await run(['predict', '--workspace', 'nowhere', '--group', 'reviews', 'a film']);
  assert.match(named.stderr, /nowhere has not joined/);
});

test('of several none is guessed; each has a name', async () => {
  await joinGroup('stories', 'space', '--profile', 'evening');
  const asked = await run(['predict', 'a film']);
  assert.equal(asked.status, 2);
  assert.match(
    asked.stderr,
    /--profile evening +\(--group stories [\s\S]*--profile reviews +\(--group reviews/,
  );
  const named = await run(['predict', '--profile', 'evening', '--threads', '1', 'the film was wonderful']);
  assert.match(named.stdout, /^(good|bad)/, named.stderr);
  const listed = await run(['profiles', 'list']);
  assert.match(listed.stdout, /^evening .*stories/m);
  assert.equal((await run(['status'])).status, 0, 'both are at one coordinator, in one workspace');
});

test('a file that holds no profile is named, and flags do without it', async () => {
  const path = join(config, 'colora', 'profiles', 'reviews.json');
  const whole = await readFile(path, 'utf8');
  await writeFile(path, whole.slice(0, 30));
  const asked = await run(['predict', 'a film']);
  assert.equal(asked.status, 2);
  assert.match(asked.stderr, /reviews\.json: it is no JSON; remove it \(colora profiles forget reviews\)/);
  const flags = ['--group', 'stories', '--workspace', join(system.folder, 'space'), '--threads', '1'];
  assert.equal((await run(['predict', ...flags, 'the film was wonderful'])).status, 0);
  await writeFile(path, whole);
});

test('who leaves is remembered no more, and nothing of it stays', async () => {
  assert.match((await run(['leave', '--group', 'stories'])).stdout, /left stories/);
  assert.match((await run(['leave'])).stdout, /left reviews/);
  assert.match((await run(['profiles', 'list'])).stdout, /Nothing is remembered/);
  assert.deepEqual(await readdir(config), []);
  await joinGroup('unsaid', 'space', '--no-profile');
  assert.deepEqual(await readdir(config), []);
  const unknown = await run(['profiles', 'forget', 'unsaid']);
  assert.equal(unknown.status, 2);
});
