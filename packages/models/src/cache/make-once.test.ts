// One makes, others wait and hear; a maker that fails, is killed or falls silent keeps nobody from it. The killed one is a
// process of its own.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type MadeOnce, makeOnce, type OnShare } from './make-once.ts';
import { exists } from './whole-file.ts';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'colora-once-'));
  path = join(folder, 'thing');
});
afterEach(() => rm(folder, { recursive: true }));

const unmade = () => assert.fail('it was made twice');

function wanted(make: MadeOnce['make'], onShare: OnShare = () => undefined): MadeOnce {
  return { path, isThere: () => exists(path), make, onShare };
}

/** In four parts of half a second. */
async function slowly(tell: OnShare): Promise<void> {
  for (let done = 0; done < 4; done += 1) {
    tell(done, 4);
    await delay(500);
  }
  tell(4, 4);
  await writeFile(path, 'whole');
}

test('one makes it; others wait, hear how far it is and at last that it is done; nothing else is left', async () => {
  const heard: string[] = [];
  const first = makeOnce(wanted(slowly));
  await delay(100); // it has begun
  const others = [1, 2].map(() => makeOnce(wanted(unmade, (done, of) => heard.push(`${done}/${of}`))));
  await Promise.all([first, ...others]);
  assert.equal(heard.filter((share) => share === '4/4').length, 2);
  assert.ok(heard.includes('1/4') || heard.includes('2/4'), heard.join(' '));
  assert.deepEqual(await readdir(folder), ['thing']);
  await makeOnce(wanted(unmade));
});

test('where the maker fails, the next one makes it', async () => {
  const first = makeOnce(
    wanted(async () => {
      await delay(600);
      throw new Error('no room');
    }),
  );
  await delay(100);
  const [failed] = await Promise.all([
    first.then(unmade, (error: Error) => error.message),
    makeOnce(wanted(slowly)),
  ]);
  assert.equal(failed, 'no room');
  assert.deepEqual(await readdir(folder), ['thing']);
});

test('who waits can be stopped', async () => {
  const first = makeOnce(wanted(slowly));
  await delay(100);
  const stopped = makeOnce(
    wanted(unmade, () => {
      throw new Error('enough');
    }),
  );
  await assert.rejects(stopped, /enough/);
  await first;
});

test('a maker that was killed is not waited for, and what it left is removed some day', async () => {
  const module = fileURLToPath(new URL('./make-once.ts', import.meta.url));
  const script = `
    import { makeOnce } from ${JSON.stringify(module)};
    const make = (tell) => { tell(1, 4); return new Promise(() => setTimeout(() => undefined, 60_000)); };
    await makeOnce({ path: ${JSON.stringify(path)}, isThere: async () => false, make, onShare() {} });`;
  const maker = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const told = () => readFile(`${path}.making`, 'utf8').catch(() => '');
  while (!(await told()).endsWith(' 1 4')) await delay(50);
  maker.kill('SIGKILL');
  await once(maker, 'exit');
  const [old, recent] = [join(folder, 'thing.1.part'), join(folder, 'thing.2.part')];
  await mkdir(old);
  await writeFile(join(old, 'weights'), 'some');
  await writeFile(recent, 'some');
  await utimes(old, 1, 1);
  const heard: string[] = [];
  await makeOnce(wanted(slowly, (done, of) => heard.push(`${done}/${of}`)));
  assert.deepEqual(heard, ['1/4', '0/4', '1/4', '2/4', '3/4', '4/4']); // the other's, then its own
  assert.deepEqual((await readdir(folder)).sort(), ['thing', 'thing.2.part']);
});

test('what says nothing is not waited for either: a folder in its place', async () => {
  await mkdir(`${path}.making`);
  await makeOnce(wanted(slowly));
  assert.deepEqual((await readdir(folder)).sort(), ['thing', 'thing.making']);
});
