// Every variable of the environment that is read stands in the help, and the coordinator's in its page for operators; every preset
// stands in the page for admins.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { coordinatorVariables } from '@colora/coordinator/config';
import { presetNames } from '@colora/protocol/settings/presets';
import { environmentHelp } from '../config.ts';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const page = (name: string) => readFileSync(join(root, 'docs', name), 'utf8');

test('the coordinator’s variables', () => {
  assert.ok(coordinatorVariables.length > 20);
  const helped = new Set(environmentHelp.match(/[A-Z][A-Z_]+/g));
  const listed = new Set(page('operators.md').match(/`[A-Z][A-Z_]+`/g));
  const missing = (isThere: (name: string) => boolean) =>
    coordinatorVariables.filter((name) => !isThere(name));
  assert.deepEqual(
    missing((name) => helped.has(name)),
    [],
  );
  assert.deepEqual(
    missing((name) => listed.has(`\`${name}\``)),
    [],
  );
});

test('the presets', () => {
  const text = page('admins.md');
  assert.deepEqual(
    presetNames.filter((name) => !text.includes(`| \`${name}\` |`)),
    [],
  );
});
