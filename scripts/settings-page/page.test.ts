// docs/settings.md is what the schema says today.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { settingsFields } from '../../packages/protocol/src/settings-fields.ts';
import { settingsPage } from './page.ts';

test('the page of settings is the one that is made now: else run npm run settings-page', async () => {
  const written = await readFile(new URL('../../docs/settings.md', import.meta.url), 'utf8');
  assert.equal(written, settingsPage());
});

test('each field stands on it', () => {
  const page = settingsPage();
  for (const { path, takes } of settingsFields())
    if (takes !== 'fields') assert.ok(page.includes(`| \`${path}\` |`), path);
});
