// What is remembered: the text of a profile, its file, and which one a command that was told nothing is about.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { chooseCoordinator, chooseGroup, chooseUrl, chooseWorkspace, usualUrl } from './choose-profile.ts';
import { chooseServed } from './choose-served.ts';
import { formatProfile, type MemberProfile, type Profile, parseProfile } from './profile.ts';
import { readProfiles } from './profile-files.ts';
import { forgetWhere, remember } from './remember.ts';

const folder = mkdtempSync(join(tmpdir(), 'colora-remembered-'));
after(() => rmSync(folder, { recursive: true }));

const work: MemberProfile = {
  kind: 'member',
  name: 'reviews',
  url: 'https://colora.example.org/behind',
  group: 'reviews',
  workspace: '/home/ada/work',
  participant: 'ada',
};
const home: MemberProfile = { ...work, name: 'reviews-2', workspace: '/home/ada/home' };
const stories: MemberProfile = { ...work, name: 'stories', group: 'stories' };
const login: Profile = {
  kind: 'login',
  name: 'admin.example.org',
  url: 'https://admin.example.org',
  role: 'admin',
  as: 'root',
};

test('a profile comes back from its text', () => {
  for (const profile of [work, home, login]) {
    assert.deepEqual(parseProfile(profile.name, formatProfile(profile)), profile);
    assert.ok(!formatProfile(profile).includes('colora_'));
  }
});

test('what is no profile says why, whatever it is', () => {
  const text = (change: object) => JSON.stringify({ ...JSON.parse(formatProfile(work)), ...change });
  const cases: [text: string, why: RegExp][] = [
    ['', /no JSON/],
    ['[]', /no object/],
    ['{}', /no version/],
    [text({ version: 2 }), /newer colora/],
    [text({ kind: 'guest' }), /neither member nor login/],
    [text({ url: 'ftp://x' }), /its url/],
    [text({ url: 'http://x/' }), /its url/],
    [text({ group: '../x' }), /its group/],
    [text({ workspace: 'relative' }), /its workspace/],
    [text({ participant: 7 }), /its participant/],
    [text({ key: 'colora_p_x' }), /field key/],
    [text({ participant: undefined }), /its participant/],
  ];
  for (const [wrong, why] of cases) assert.throws(() => parseProfile('x', wrong), why, wrong);
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      assert.throws(() => parseProfile('x', JSON.stringify(value)), Error);
    }),
  );
});

test('joining again changes the profile, another workspace gets another name, and the last one takes the folders with it', async () => {
  const config = join(folder, 'config');
  const { name: _, ...unnamed } = work;
  assert.equal(await remember(config, unnamed), 'reviews');
  assert.equal(await remember(config, { ...unnamed, participant: 'ada-2' }), 'reviews');
  assert.equal(await remember(config, { ...unnamed, workspace: '/home/ada/home' }), 'reviews-2');
  assert.equal(await remember(config, { ...unnamed, workspace: '/home/ada/home' }, 'private'), 'private');
  assert.equal(
    await remember(config, { kind: 'login', url: 'http://[::1]:7070', role: 'admin', as: 'root' }),
    '1-7070',
  );
  const { profiles, damaged } = await readProfiles(config);
  assert.deepEqual(damaged, []);
  assert.deepEqual(
    profiles.map(({ name }) => name),
    ['1-7070', 'private', 'reviews'],
  );
  assert.deepEqual(profiles[2], { ...work, participant: 'ada-2' });
  if (process.platform !== 'win32') {
    const modes = readdirSync(join(config, 'profiles')).map(
      (file) => statSync(join(config, 'profiles', file)).mode & 0o777,
    );
    assert.deepEqual(new Set(modes), new Set([0o600]));
  }
  assert.deepEqual(await forgetWhere(config, ({ kind }) => kind === 'login'), ['1-7070']);
  assert.deepEqual(await forgetWhere(config, () => true), ['private', 'reviews']);
  assert.deepEqual(await readProfiles(config), { profiles: [], damaged: [] });
  assert.ok(!readdirSync(folder).includes('config'));
});

test('many who join at once are all remembered, each by a name of its own', async () => {
  const config = join(folder, 'crowd');
  const { name: _, ...unnamed } = work;
  const names = await Promise.all(
    Array.from({ length: 12 }, (_, person) => remember(config, { ...unnamed, workspace: `/home/${person}` })),
  );
  assert.equal(new Set(names).size, 12);
  assert.equal((await readProfiles(config)).profiles.length, 12);
});

test('a file that holds no profile is named, with what to do, and the others are read', async () => {
  const config = join(folder, 'damaged');
  const { name: _, ...unnamed } = work;
  await remember(config, unnamed);
  const profiles = join(config, 'profiles');
  writeFileSync(join(profiles, 'cut.json'), formatProfile(work).slice(0, 40));
  writeFileSync(join(profiles, 'large.json'), ' '.repeat(20_000));
  writeFileSync(join(profiles, 'notes.txt'), 'not ours');
  mkdirSync(join(profiles, 'folder.json'));
  const read = await readProfiles(config);
  assert.deepEqual(read.profiles, [work]);
  assert.deepEqual(
    read.damaged.map(({ name }) => name),
    ['cut', 'folder', 'large'],
  );
  for (const { why } of read.damaged) assert.match(why, /damaged.profiles.*\.json/);
  assert.match(read.damaged[0]!.why, /no JSON; remove it \(colora profiles forget cut\)/);
  assert.equal(await remember(config, unnamed), 'reviews');
  assert.equal(readFileSync(join(profiles, 'large.json'), 'utf8').length, 20_000);
});

const known = (profiles: readonly Profile[]) => ({ profiles, absolute: resolve });

test('one candidate needs no flag, and what is said comes first', () => {
  assert.deepEqual(chooseGroup({}, known([work, login])), { workspace: '/home/ada/work', group: 'reviews' });
  assert.equal(chooseWorkspace({}, known([work, stories])), '/home/ada/work');
  assert.deepEqual(chooseGroup({ groups: ['stories'] }, known([work, home, stories])), {
    workspace: '/home/ada/work',
    group: 'stories',
  });
  assert.deepEqual(chooseGroup({ workspace: '/home/ada/home' }, known([work, home])), {
    workspace: '/home/ada/home',
    group: 'reviews',
  });
  assert.equal(chooseWorkspace({ workspace: 'mine' }, known([work])), 'mine');
  assert.deepEqual(chooseGroup({ profile: 'reviews-2' }, known([work, home])), {
    workspace: '/home/ada/home',
    group: 'reviews',
  });
  assert.equal(chooseWorkspace({}, known([])), '.colora-workspace');
  assert.deepEqual(chooseGroup({}, known([login])), { workspace: '.colora-workspace' });
  assert.deepEqual(chooseGroup({ workspace: 'mine' }, known([work])), { workspace: 'mine' });
  assert.deepEqual(chooseGroup({ groups: ['reviews'] }, known([])), {
    workspace: '.colora-workspace',
    group: 'reviews',
  });
});

test('of several none is guessed: they are named', () => {
  const both = /--profile reviews +\(--group reviews --workspace \/home\/ada\/work[\s\S]*--profile reviews-2/;
  assert.throws(() => chooseGroup({}, known([work, home])), both);
  assert.throws(() => chooseGroup({ groups: ['reviews'] }, known([work, home])), both);
  assert.throws(() => chooseWorkspace({}, known([work, home])), both);
  assert.throws(
    () => chooseGroup({ workspace: '/home/ada/work' }, known([work, stories])),
    /--profile stories/,
  );
  assert.throws(() => chooseGroup({ profile: 'x' }, known([work])), /x is not remembered, but reviews/);
  assert.throws(() => chooseGroup({ profile: 'x' }, known([login])), /x is not remembered, nor is another/);
  assert.throws(() => chooseGroup({ profile: 'reviews', groups: ['y'] }, known([work])), /say another/);
});

test('a coordinator and the workspace that joined it', () => {
  const ada = { url: work.url, workspace: '/home/ada/work' };
  assert.deepEqual(chooseCoordinator({}, known([work, stories])), ada);
  assert.deepEqual(chooseCoordinator({ workspace: ada.workspace }, known([work, login])), ada);
  assert.deepEqual(chooseCoordinator({ profile: 'reviews' }, known([work, home, login])), ada);
  assert.deepEqual(chooseCoordinator({ profile: login.name }, known([work, login])), {
    url: login.url,
    workspace: '.colora-workspace',
  });
  assert.deepEqual(chooseCoordinator({ url: login.url }, known([work])), {
    url: login.url,
    workspace: '.colora-workspace',
  });
  assert.deepEqual(chooseCoordinator({}, known([])), { url: usualUrl, workspace: '.colora-workspace' });
  assert.throws(() => chooseCoordinator({}, known([work, login])), /several coordinators/);
  assert.throws(() => chooseCoordinator({ profile: 'x' }, known([work])), /not remembered, but reviews/);
});

test('the coordinator: where somebody logged in, else where a workspace joined', () => {
  assert.equal(chooseUrl([], 'logins-first'), usualUrl);
  assert.equal(chooseUrl([work, stories], 'logins-first'), work.url);
  assert.equal(chooseUrl([work, login], 'logins-first'), login.url);
  assert.throws(() => chooseUrl([work, login], 'anybody'), /colora\.example\.org[\s\S]*admin\.example\.org/);
});

test('what is served: what is named by its profile, a workspace, or all that is remembered', () => {
  const known = { profiles: [work, home, stories, login], absolute: resolve };
  const places = (given: Parameters<typeof chooseServed>[0], here?: string) =>
    chooseServed(given, here, known);
  const twice = places({ profiles: ['reviews', 'reviews-2', 'reviews'] });
  assert.deepEqual(twice, { named: [work, home] });
  assert.throws(() => places({ profiles: ['reviews'], groups: ['reviews'] }), /leave --group/);
  assert.throws(() => places({ profiles: ['admin.example.org'] }), /not remembered, but reviews/);
  const group = { name: 'stories', workspace: '/home/ada/work', group: 'stories' };
  assert.deepEqual(places({ groups: ['stories'] }), { named: [group] });
  assert.throws(() => places({ groups: ['reviews'] }), /several[\s\S]*--profile reviews-2/);
  const inHome = { name: 'reviews', workspace: '/home/ada/home', group: 'reviews' };
  assert.deepEqual(places({ groups: ['reviews'], workspace: '/home/ada/home' }), { named: [inHome] });
  assert.deepEqual(places({}), { remembered: [work, home, stories] });
  assert.deepEqual(places({ baseModel: 'gpt2' }), { remembered: [] });
  assert.deepEqual(places({}, '.colora-workspace'), { workspace: '.colora-workspace' });
});
