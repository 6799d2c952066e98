// The API as /openapi.json describes it, tried by Schemathesis (PyPI) with the keys of an admin, an operator and a member, and by an
// admin through what one answer leads to: no server error, no status, header or body that the description does not have,
// nothing taken that it refuses. Whoever adds a route adds it to this test.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import type { Role } from '@colora/protocol/accounts/roles';
import { makeGroup, useSystem } from '../support/system.ts';

const program = process.env.COLORA_TEST_SCHEMATHESIS;
const skip = !program && 'COLORA_TEST_SCHEMATHESIS names no schemathesis';

/** The groups that there are, and one that isn't. */
const groups = ['running', 'paused', 'ready', 'unheard-of'];
const system = useSystem(async () => {
  if (skip) return;
  for (const name of groups.slice(0, 3)) await makeGroup(system, name, {}, name !== 'ready');
  await system.admin.call('pauseGroup', { params: { group: 'paused' } });
});

/** What "schema-valid requests are accepted" would hold is left out: settings have rules between fields that no schema tells. */
const checks = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_headers_conformance',
  'response_schema_conformance',
  'negative_data_rejection',
  'unsupported_method',
  'allow_header_conformance',
  'use_after_free',
  'ensure_resource_availability',
  'ignored_auth',
];

/** What of Unicode's classes Python's regular expressions, which know none, are given in their stead. */
const classes: readonly [unicode: string, python: string][] = [
  ['\\p{Ll}', 'a-zß-ö'],
  ['\\p{Lo}', 'א-ת'],
  ['\\p{Lm}', 'ʰ-ʸ'],
  ['\\p{M}', '\u0300-\u036f'],
  ['\\p{Nd}', '0-9٠-٩'],
  ['\\p{Cc}', '\\u0000-\\u001f\\u007f-\\u009f'],
  ['\\p{Cs}', '\\ud800-\\udfff'],
];

/** The description, with patterns that Python can build texts from, and the groups that there are to be asked for. */
async function writeDescription(): Promise<string> {
  const answer = await fetch(`${system.url}/openapi.json`);
  const described = JSON.stringify(await answer.json(), (key, value) => {
    if (value?.name === 'group' && value?.in === 'path') return { ...value, schema: { enum: groups } };
    if (key !== 'pattern' || typeof value !== 'string') return value;
    return classes.reduce((pattern, [unicode, python]) => pattern.replaceAll(unicode, python), value);
  });
  assert.doesNotMatch(described, /\\p\{/, 'a class of characters without a row in the table');
  const path = join(system.folder, 'openapi.json');
  await writeFile(path, described);
  return path;
}

async function keyOf(role: Role, phase: string): Promise<string> {
  const { key } = await system.admin.call('createKey', { body: { role, name: `${role}-${phase}` } });
  if (role === 'participant')
    for (const group of groups.slice(0, 3))
      await fetch(`${system.url}/v1/groups/${group}/members`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: '{}',
      });
  return key;
}

const runs: [role: Role, phase: string, examples: number][] = [
  ['admin', 'fuzzing', 3],
  ['operator', 'fuzzing', 1],
  ['participant', 'fuzzing', 3],
  ['admin', 'stateful', 4],
];

for (const [role, phase, examples] of runs)
  test(`${role}: ${phase}`, { skip }, async () => {
    const folder = join(system.folder, `${role}-${phase}`);
    await mkdir(folder); // it writes beside itself
    const child = spawn(
      program ?? '',
      [
        ...['run', await writeDescription(), '--url', system.url, '--no-color', '--seed', '1'],
        ...['-H', `Authorization: Bearer ${await keyOf(role, phase)}`, '--request-timeout', '60'],
        ...['--phases', phase, '--max-examples', `${examples}`, '--checks', checks.join()],
        ...['--suppress-health-check', 'all', '--warnings', 'off', '--continue-on-failure'],
      ],
      { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const [output, [status]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
    assert.equal(status, 0, output);
  });
