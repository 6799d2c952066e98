// A workspace goes from one machine to another as one file under a passphrase: it goes on there, says so here, and where both are used the
// coordinator's word is told by name. Wrong passphrases, damaged files and full folders lose nothing.
import assert from 'node:assert/strict';
import { cp, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { runClient } from '@colora/client/daemon';
import { readTrained } from '@colora/client/trained';
import { useMembers } from '../support/members.ts';
import { colora, noTerminal, startColora } from '../support/processes.ts';
import { makeGroup, useSystem } from '../support/system.ts';

const system = useSystem();
const members = useMembers(system);
const passphrase = 'correct horse battery';
const env = { COLORA_PASSPHRASE: passphrase };
const place = (name: string) => join(system.folder, name);
const exportTo = (file: string, ...more: string[]) =>
  colora(['workspace', 'export', place(file), '--workspace', place('ada'), ...more], { env });
const importFrom = (file: string, workspace: string, given = passphrase) =>
  colora(['workspace', 'import', place(file), '--workspace', place(workspace)], {
    env: { COLORA_PASSPHRASE: given },
  });
/** One round of the group, alone in it. */
async function oneRound(
  workspace: string,
  extra: Parameters<typeof members.options>[2] = {},
): Promise<string[]> {
  const stop = new AbortController();
  const lines: string[] = [];
  await runClient(
    members.options('reviews', 'ada', {
      ...{ workspace: place(workspace), name: 'ada', signal: stop.signal },
      log: ({ message }) => lines.push(message),
      onProgress: ({ kind }) => kind === 'contributed' && stop.abort(),
      ...extra,
    }),
  );
  return lines;
}

test('it goes on where it was imported, as the same member with the same personal part', async () => {
  await makeGroup(system, 'reviews', { rounds: { count: 50, participants: 1 } });
  await oneRound('ada');
  const exported = await exportTo('ada.colora');
  assert.equal(exported.status, 0, exported.stderr);
  assert.match(exported.stdout, /ada in reviews, \d+ files/);
  const bytes = await readFile(place('ada.colora'));
  assert.ok(!bytes.includes('colora_p_') && !bytes.includes('safetensors'));
  if (process.platform !== 'win32') assert.equal((await stat(place('ada.colora'))).mode & 0o077, 0);
  const imported = await importFrom('ada.colora', 'there');
  assert.equal(imported.status, 0, imported.stderr);
  assert.match(imported.stdout, /ada at http.* in reviews/);
  assert.deepEqual(await readTrained(place('there'), 'reviews'), await readTrained(place('ada'), 'reviews'));
  assert.deepEqual((await readdir(place('there'))).sort(), ['.sent', 'key.json', 'reviews']);
  assert.match((await exportTo('ada.colora')).stderr, /is there already/);
});

test('where it was exported it says so; --use-here takes that back', async () => {
  await assert.rejects(oneRound('ada'), {
    code: 'used-elsewhere',
    message: /was exported on 20.*--use-here/,
  });
  assert.equal(
    (await colora(['predict', '--group', 'reviews', '--workspace', place('ada'), 'a film'])).status,
    0,
  );
  await oneRound('there');
  // the mark is gone with the first yes, and the coordinator knows what was sent from there
  await oneRound('ada', { useHere: true });
  await oneRound('ada');
});

test('a copy that was used meanwhile is told by name, before anything is trained', async () => {
  await assert.rejects(oneRound('there'), {
    code: 'used-elsewhere',
    message: /^ada contributed to round \d+ of reviews from another workspace.*--use-here/,
  });
  const lines = await oneRound('there', { useHere: true });
  assert.ok(lines.some((line) => /goes on here: stop the other one/.test(line)));
  await oneRound('there');
  await cp(place('there'), place('copied'), { recursive: true });
  await oneRound('copied');
  await assert.rejects(oneRound('there'), { code: 'used-elsewhere' });
});

test('a key that is used from another workspace is told', async () => {
  const { key } = JSON.parse(await readFile(join(place('copied'), 'key.json'), 'utf8')) as { key: string };
  await mkdir(place('fresh'));
  await cp(join(place('copied'), 'key.json'), join(place('fresh'), 'key.json'));
  const lines = await oneRound('fresh', { key });
  assert.ok(lines.some((line) => /ada contributed .* from another workspace/.test(line)));
});

test('wrong passphrases, damaged files and folders that hold something lose nothing', async () => {
  const wrong = await importFrom('ada.colora', 'nowhere', 'another passphrase');
  assert.equal(wrong.status, 3);
  assert.match(wrong.stderr, /passphrase is another one/);
  const bytes = await readFile(place('ada.colora'));
  await writeFile(place('cut.colora'), bytes.subarray(0, -1));
  assert.match((await importFrom('cut.colora', 'nowhere')).stderr, /nothing was imported/);
  await writeFile(place('other.colora'), 'something else');
  assert.match((await importFrom('other.colora', 'nowhere')).stderr, /no file of colora workspace export/);
  assert.match((await importFrom('missing.colora', 'nowhere')).stderr, /missing\.colora: /);
  const full = await importFrom('ada.colora', 'there');
  assert.equal(full.status, 10);
  assert.match(full.stderr, /holds something already/);
  const left = (await readdir(system.folder)).filter((name) => /nowhere|importing/.test(name));
  assert.deepEqual(left, []);
  const short = await colora(['workspace', 'export', place('s.colora'), '--workspace', place('there')], {
    env: { COLORA_PASSPHRASE: 'short' },
  });
  assert.match(short.stderr, /fewer than 12/);
  const nobody = await colora(['workspace', 'export', place('s.colora'), '--workspace', place('there')]);
  assert.match(nobody.stderr, /COLORA_PASSPHRASE/);
});

test('a copy that is kept leaves no mark; what is no plain file is not followed', async () => {
  const kept = await exportTo('kept.colora', '--keep');
  assert.match(kept.stderr, /goes on here/);
  assert.equal((await readdir(place('ada'))).includes('moved.json'), false);
  await symlink('/etc/passwd', join(place('ada'), 'reviews', 'notes'));
  const linked = await exportTo('linked.colora');
  assert.match(linked.stderr, /notes is no plain file/);
  assert.deepEqual(
    (await readdir(system.folder)).filter((name) => name.startsWith('linked')),
    [],
  );
});

test('at a terminal the passphrase is asked for twice', { skip: noTerminal }, async () => {
  const line = ['workspace', 'export', place('typed.colora'), '--workspace', place('there'), '--keep'];
  const asked = startColora(line, { atTerminal: true });
  await asked.says(/not shown/);
  asked.child.stdin!.write(`${passphrase}\n`);
  await asked.says(/same again/);
  asked.child.stdin!.write('another one entirely\n');
  assert.match((await asked.ended).stdout, /not the same/);
});
