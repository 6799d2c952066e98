// The library's interface: what is declared is what is built, nothing more is exported than docs/library.md says, and wrong options are refused by
// name before anything is done. What it does is test/install/packages.test.ts.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { DeviceName } from '@colora/training/engines/device-names';
import type { EngineName } from '@colora/training/engines/engine-settings';
import { exitCodes } from '../exit-codes.ts';
import { agreeingBy } from './agreeing.ts';
import type * as Declared from './colora.d.ts';
import * as built from './library.ts';
import type { readJoinOptions } from './read-options.ts';

type Built = typeof built;
type Same<One, Other> = [One] extends [Other] ? ([Other] extends [One] ? true : false) : false;
const isSame = <_Holds extends true>() => undefined;
isSame<Same<keyof Built, keyof typeof Declared>>();
isSame<Same<Built['joinGroup'], typeof Declared.joinGroup>>();
isSame<Same<Built['loadPersonal'], typeof Declared.loadPersonal>>();
isSame<Same<built.ColoraError, Declared.ColoraError>>();
isSame<
  Same<ConstructorParameters<typeof built.ColoraError>, ConstructorParameters<typeof Declared.ColoraError>>
>();
isSame<Same<NonNullable<Declared.EngineOptions['device']>, DeviceName>>();
isSame<Same<NonNullable<Declared.EngineOptions['engine']>, EngineName>>();
isSame<Same<keyof Declared.JoinOptions, keyof ReturnType<typeof readJoinOptions>>>();

const page = await readFile(new URL('../../../../docs/library.md', import.meta.url), 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'colora-library-'));
after(() => rmSync(folder, { recursive: true }));
const agreed = { data: 'mine.jsonl', workspace: join(folder, 'workspace'), agree: () => true } as const;

test('what is exported is what the docs list', () => {
  const listed = [...page.matchAll(/^\| `(\w+)(?:\([^`]*\))?` \|/gm)].map(([, name]) => name);
  assert.deepEqual(listed.sort(), Object.keys(built).sort());
});

test('its codes are names of the command’s endings, and the docs list them', async () => {
  const declared = await readFile(new URL('./colora.d.ts', import.meta.url), 'utf8');
  const [, union = ''] = /type ColoraErrorCode =([^;]+);/.exec(declared) ?? [];
  const codes = [...union.matchAll(/'(\w+)'/g)].map(([, code]) => code!);
  assert.ok(codes.length > 10);
  for (const code of codes) {
    assert.ok(code in exitCodes, code);
    assert.ok(page.includes(`\`${code}\``), code);
  }
});

const refusedAs = (where: unknown, options: unknown, message: RegExp) =>
  assert.rejects(
    built.joinGroup(where as Declared.GroupAddress, options as Declared.JoinOptions).outcome,
    (error) => error instanceof built.ColoraError && error.code === 'usage' && message.test(error.message),
  );

test('wrong options are refused by name', async () => {
  const where = { url: 'http://127.0.0.1:9', group: 'reviews' };
  const { agree: _, ...unasked } = agreed;
  await refusedAs(where, unasked, /agree: must be a function/);
  await refusedAs(where, { ...agreed, agree: true }, /agree: must be a function/);
  await refusedAs(where, { ...agreed, data: '-' }, /data: .*standard input/);
  await refusedAs(where, { ...agreed, limits: { maxStep: 1 } }, /limits: .*maxStep/);
  await refusedAs(where, { ...agreed, machine: { pauseBetween: ['9-18'] } }, /09:00-18:00/);
  await refusedAs('https://host/somewhere', agreed, /invitation’s link/);
  await refusedAs({ ...where, url: 'ftp://host' }, agreed, /https:\/\//);
  await refusedAs(where, undefined, /options/);
});

test('who stops it before it has begun has a member that was stopped', async () => {
  const member = built.joinGroup({ url: 'http://127.0.0.1:9', group: 'reviews' }, { ...agreed, data: [] });
  assert.equal((await member.stop()).state, 'stopped');
});

const group = {
  ...{ name: 'reviews', createdAt: '2026-01-01T00:00:00.000Z', settings: { seed: 1 } },
} as unknown as Parameters<ReturnType<typeof agreeingBy>['acceptTerms']>[0];

test('a yes is true, or the id of exactly what is asked', async () => {
  const asked: Declared.Asked[] = [];
  const shown = agreeingBy((question) => {
    asked.push(question);
    return 'yes' as unknown as boolean;
  });
  assert.equal(await shown.acceptTerms(group, ['8 rounds'], null), false);
  assert.deepEqual(shown.refused(), asked[0]);
  const byId = agreeingBy([asked[0]!.id]);
  assert.equal(await byId.acceptTerms(group, ['8 rounds'], null), true);
  assert.equal(byId.refused(), null);
  const others = [
    { ...group, name: 'films' },
    { ...group, createdAt: '2026-01-02T00:00:00.000Z' },
    { ...group, settings: { ...group.settings, seed: 2 } },
  ];
  for (const other of others) assert.equal(await byId.acceptTerms(other, ['8 rounds'], null), false);
  const offer = { id: 'owner/model', revision: 'a'.repeat(40), bytes: 1, licence: null, into: '/tmp' };
  await assert.rejects(
    byId.agreeToDownload({ ...offer, hub: 'https://hub', needsToken: false }),
    /not agreed/,
  );
});
