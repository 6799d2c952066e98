// Joining by a link: what the group asks is shown first, a person at a terminal says whether she joins and where her examples are, and
// until she has nobody is enrolled. Real daemons on a real coordinator.
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { formatInvitationLink } from '@colora/protocol/accounts/invitation-link';
import { reviews, writeReviews } from '../support/people.ts';
import { colora, noTerminal, startColora } from '../support/processes.ts';
import { makeGroup, useSystem } from '../support/system.ts';

let data: string;
const system = useSystem(async () => {
  data = await writeReviews(system.folder, 'ada', reviews(1, 8));
});

async function inviteTo(group: string, uses: number): Promise<string> {
  await makeGroup(system, group, { rounds: { count: 1, participants: 1 } });
  const { invitation } = await system.admin.call('createInvitation', { params: { group }, body: { uses } });
  return formatInvitationLink({ url: system.url, group, invitation });
}

const members = async (group: string) =>
  (await system.admin.call('showGroup', { params: { group } })).members;
const workspaceOf = (name: string) => join(system.folder, name);
const flagsOf = (name: string) => ['--workspace', workspaceOf(name), '--threads', '1'];

test('a link as it was pasted: all is said before anything is done', async () => {
  const link = await inviteTo('pasted', 3);
  const { status, stderr } = await colora(['join', `<${link}>.`, '--data', data, ...flagsOf('pasted')]);
  assert.equal(status, 0, stderr);
  assert.match(stderr, new RegExp(`pasted at ${system.url} asks of you:`));
  assert.match(stderr, /invited by +preset-admin, by a link for 3, of which 3 are left, until 20/);
  assert.match(stderr, /base model +use-lite: nothing to download/);
  assert.match(stderr, /its bytes +at most [\d.]+ KB down and [\d.]+ KB up/);
  assert.match(stderr, /nothing is masked/);
  assert.ok(stderr.indexOf('asks of you') < stderr.indexOf('joined as'));
  assert.equal(await members('pasted'), 1);
  const again = await colora(['join', link, '--data', data, ...flagsOf('pasted')]);
  assert.equal(again.status, 0, again.stderr);
  assert.ok(!again.stderr.includes('asks of you'), 'it was agreed to');
});

test('at a terminal she is asked, and for her examples; a no leaves nothing', {
  skip: noTerminal,
}, async () => {
  const link = await inviteTo('asked', 1);
  const joining = () => startColora(['join', link, ...flagsOf('asked')], { atTerminal: true });
  const no = joining();
  await no.says(/Join asked\? \[y\/N\] /);
  no.child.stdin?.write('n\r');
  const refused = await no.ended;
  assert.equal(refused.status, 16, refused.stdout);
  assert.match(
    refused.stdout,
    /by a link for you alone[\s\S]*what asked asks was not agreed to: nothing was fetched/,
  );
  assert.equal(await members('asked'), 0);
  assert.ok(!(await readdir(workspaceOf('asked'))).includes('key.json'));

  const none = joining();
  await none.says(/Join asked\? \[y\/N\] /);
  none.child.stdin?.write('y\r');
  await none.says(/Which file or folder\?/);
  none.child.stdin?.write('\r');
  assert.match((await none.ended).stdout, /no examples were named/);
  assert.equal(await members('asked'), 0);

  const yes = joining();
  await yes.says(/Join asked\? \[y\/N\] /);
  yes.child.stdin?.write('y\r');
  await yes.says(/Which file or folder\?/);
  yes.child.stdin?.write('nowhere.jsonl\r');
  await yes.says(/nowhere\.jsonl: there is no such file/);
  yes.child.stdin?.write(`'${data}' \r`);
  const { status, stdout } = await yes.ended;
  assert.equal(status, 0, stdout);
  assert.equal(await members('asked'), 1);
});

test('where nobody can be asked, what is missing or cut off is said at once', async () => {
  const link = await inviteTo('silent', 1);
  for (const [args, why] of [
    [[link], /--data: say which examples are yours/],
    [[link.slice(0, link.indexOf('#')), '--data', data], /no invitation: .*was cut off/],
    [[link.slice(0, -3), '--data', data], /not whole/],
    [[`${link} please`, '--data', 'none.jsonl'], /none\.jsonl does not exist/],
  ] as const) {
    const { status, stderr } = await colora(['join', ...args, ...flagsOf('silent')]);
    assert.ok(status === 2 || status === 14 || status === 3, `${status} ${stderr}`);
    assert.match(stderr, why);
  }
  assert.equal(await members('silent'), 0);
});
