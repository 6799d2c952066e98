// A member's daemon as a service of a real `systemd --user`: installed, run, killed, installed anew, stopped, removed without a trace; and
// what is refused before anything is written.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { createTaskGroup } from '@colora/cli/create-group';
import { formatInvitationLink } from '@colora/protocol/accounts/invitation-link';
import { reviews, writeReviews } from '../support/people.ts';
import { colora, startColora } from '../support/processes.ts';
import { smallSettings, useSystem } from '../support/system.ts';
import { startUserSystemd, type UserSystemd } from '../support/user-systemd.ts';

const folder = await mkdtemp(join(tmpdir(), 'colora-service-'));
const started = await startUserSystemd(folder);
const skip = typeof started === 'string' ? started : false;
const systemd = started as UserSystemd;
after(async () => {
  if (!skip) await systemd.close();
  await rm(folder, { recursive: true, force: true });
});

/** Every sign in it that a unit takes for something else. */
const place = join(folder, 'it’s "my" $HOME 100%h & \\ füür');
const home = join(folder, 'home');
const service = join(home, '.config/colora/services/reviews');
const unit = join(home, '.config/systemd/user/colora-reviews.service');
let link: string;

const system = useSystem(async () => {
  await mkdir(place);
  await mkdir(home, { recursive: true });
  await writeReviews(place, 'ada', reviews(1, 8));
  const { admin, baseModel, url } = system;
  const settings = smallSettings({ rounds: { participants: 1 } });
  await createTaskGroup(admin, { name: 'reviews', access: 'invitation', baseModel, settings });
  const params = { group: 'reviews' };
  await admin.call('startGroup', { params });
  const { invitation } = await admin.call('createInvitation', { params, body: {} });
  link = formatInvitationLink({ url, ...params, invitation });
});

const nobody = {
  HOME: home,
  XDG_CONFIG_HOME: undefined,
  XDG_RUNTIME_DIR: undefined,
  DBUS_SESSION_BUS_ADDRESS: undefined,
};
const at = {
  cwd: place,
  env: { ...nobody, ...(skip ? {} : systemd.env), HTTPS_PROXY: 'http://ada:s%cret@127.0.0.1:9' },
};
const install = (...more: string[]) => installWith('ada.jsonl', ...more);
const installWith = (data: string, ...more: string[]) =>
  colora(['service', 'install', link, '--data', data, '--until', 'forever', '--threads', '1', ...more], at);

interface Report {
  readonly name: string;
  readonly state: string;
  readonly why: string | null;
  readonly groups: Readonly<Record<string, { waits: string | null }>>;
  readonly lines: readonly string[];
}
async function status(): Promise<Report[]> {
  const { stdout } = await colora(['service', 'status', '--json'], at);
  return JSON.parse(stdout) as Report[];
}
const property = (name: string) =>
  systemd.systemctl('show', 'colora-reviews.service', `--property=${name}`, '--value');
async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await setTimeout(100);
}
const said = async (pattern: RegExp) =>
  pattern.test(await readFile(join(service, 'log'), 'utf8').catch(() => ''));

test('what can’t be kept as a service is refused with what to do, and nothing is written', async () => {
  const refused = [
    [['ada.jsonl', '--key', 'colora_m_secret'], /by --key-file/],
    [['-'], /no standard input/],
    [['nowhere.jsonl'], /nowhere\.jsonl does not exist/],
  ] as const;
  for (const ended of await Promise.all(refused.map(([[data, ...more]]) => installWith(data, ...more)))) {
    assert.notEqual(ended.status, 0, ended.stdout);
    assert.ok(
      refused.some(([, says]) => says.test(ended.stderr)),
      ended.stderr,
    );
  }
  const { stderr } = await colora(['service', 'install', link, '--data', 'ada.jsonl'], {
    cwd: place,
    env: nobody,
  });
  assert.match(stderr, /systemd keeps no services for this user here: /);
  assert.deepEqual(await readdir(home), []);
});

test('it is installed and runs: below others, with nothing secret to be seen, and tells how it goes', {
  skip,
}, async () => {
  const { status: ended, stdout, stderr } = await install();
  assert.equal(ended, 0, stderr);
  assert.ok(
    stdout.includes(`wrote ${unit}\n`) && stdout.includes(`wrote ${join(service, 'service.json')}\n`),
    stdout,
  );
  assert.match(stdout, /^joined reviews$/m);
  assert.match(stderr, /ends when you log out; loginctl enable-linger /);
  assert.ok(
    !(await readFile(join(service, 'service.json'), 'utf8')).includes('colora_i_'),
    'the link is kept nowhere',
  );
  for (const path of [unit, join(service, 'service.json')]) assert.equal((await stat(path)).mode & 0o077, 0);
  await until(() => said(/completed after 2 rounds/));
  const process = await property('MainPID');
  const line = await readFile(`/proc/${process}/cmdline`, 'utf8');
  assert.ok(line.includes('service\0run\0') && !/colora_i_|cret/.test(line), line);
  const fields = (await readFile(`/proc/${process}/stat`, 'utf8')).replace(/.*\) /s, '').split(' ');
  assert.equal(fields[16], '10', 'its priority');
  assert.match(await readFile(`/proc/${process}/environ`, 'utf8'), /HTTPS_PROXY=http:\/\/ada:s%cret@/);
  assert.equal(await property('Restart'), 'on-abnormal');
  const [report] = await status();
  assert.equal(report?.state, 'running');
  assert.match(report.groups.reviews!.waits!, /completed/);
  assert.match(report.lines.at(-1)!, /^\d{4}-\S+Z reviews: /);
  const shown = await colora(['service', 'logs', '--lines', '500'], at);
  assert.match(shown.stdout, /^\S+Z reviews: joined as /m);
});

test('who follows its log hears it go on; killed it is to start again; installed anew it runs anew', {
  skip,
}, async () => {
  const follower = startColora(['service', 'logs', 'reviews', '--lines', '1', '--follow'], at);
  await follower.says(/reviews: /);
  await systemd.systemctl('kill', '--signal=SIGKILL', 'colora-reviews.service');
  await until(async () => (await property('SubState')) === 'auto-restart');
  const [report] = await status();
  assert.deepEqual([report?.state, report?.why], ['restarting', 'signal']);
  const { stdout, stderr } = await install();
  assert.ok(stdout.includes(`replaced ${unit}\n`), stderr);
  await follower.says(/reviews: joined as [\s\S]*reviews: completed/);
  follower.child.kill('SIGINT');
  assert.equal((await follower.ended).status, 130);
  assert.equal((await status()).length, 1);
});

test('a second one in the same workspace is refused', { skip }, async () => {
  const { stderr, stdout } = await install('--service', 'again');
  assert.match(stderr, /the service reviews uses the workspace .*--group twice/, stdout);
  assert.equal((await status()).length, 1);
});

test('stopped it ends in order; what only a person can mend is not tried again, and says so', {
  skip,
}, async () => {
  await systemd.systemctl('stop', 'colora-reviews.service');
  assert.deepEqual([await property('Result'), await property('ExecMainStatus')], ['success', '0']);
  assert.equal((await status())[0]?.state, 'stopped');
  await rename(join(place, 'ada.jsonl'), join(place, 'elsewhere.jsonl'));
  await systemd.systemctl('start', 'colora-reviews.service');
  await until(async () => (await property('ActiveState')) === 'failed');
  const [report] = await status();
  assert.equal(report?.state, 'failed');
  assert.match(report.why ?? '', /the data ada\.jsonl does not exist.* \(status 3\)/);
  assert.match(report.lines.at(-1)!, /colora: the data ada\.jsonl/);
});

test('removed it is gone from the system and the home folder; the workspace stays', { skip }, async () => {
  await systemd.systemctl('restart', 'colora-reviews.service');
  const { status: ended, stdout, stderr } = await colora(['service', 'remove'], at);
  assert.equal(ended, 0, stderr);
  assert.ok(stdout.includes(`removed ${unit}\n`) && stdout.includes(`removed ${service}\n`), stdout);
  assert.equal(await property('LoadState'), 'not-found');
  assert.deepEqual(await status(), []);
  const left = await readdir(home, { recursive: true, withFileTypes: true });
  assert.deepEqual(
    left.filter((entry) => !entry.isDirectory()).map(({ name }) => name),
    ['reviews.json'],
    'the membership is remembered',
  );
  assert.ok(existsSync(join(place, '.colora-workspace/key.json')));
  const again = await colora(['service', 'remove'], at);
  assert.match(again.stderr, /none is installed/);
});

test('uninstalling ends a service too, leaves its group, and leaves the home folder as it was', {
  skip,
}, async () => {
  await rename(join(place, 'elsewhere.jsonl'), join(place, 'ada.jsonl'));
  assert.equal((await install()).status, 0);
  const env = { ...at.env, COLORA_CACHE: join(home, '.cache/colora') }; // not that of all tests
  const {
    status: ended,
    stdout,
    stderr,
  } = await colora(['uninstall', '--everything', '--yes'], { ...at, env });
  assert.equal(ended, 0, stderr);
  assert.ok(stdout.includes(`removed ${unit} and ${service}\n`), stdout);
  assert.match(stdout, /^left reviews at http/m);
  assert.equal(await property('LoadState'), 'not-found');
  assert.deepEqual(await readdir(place), ['ada.jsonl']);
  const left = await readdir(home, { recursive: true, withFileTypes: true });
  assert.deepEqual(
    left.filter((entry) => !entry.isDirectory()).map(({ name }) => name),
    [],
  );
});
