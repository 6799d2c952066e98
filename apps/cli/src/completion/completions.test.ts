// What may stand next, by the commands themselves.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadOptions } from '../flags/load-options.ts';
import { buildProgram } from '../main.ts';
import { completionsOf } from './completions.ts';

const program = buildProgram();
await loadOptions(program);
const known = { groups: ['reviews', 'stories'], profiles: ['evening', 'reviews'] };
const next = (...line: string[]) => completionsOf(program, line, known).map(({ word }) => word);

test('commands, those below them, and no others', () => {
  assert.deepEqual(next('prof'), ['profiles']);
  assert.deepEqual(next('profiles', ''), ['list', 'forget']);
  assert.deepEqual(next('groups', 'cr'), ['create']);
  assert.ok(next('').length > 20);
  assert.deepEqual(next('nonsense', 'x'), []);
});

test('flags of the command that is named, its choices among them', () => {
  assert.deepEqual(next('predict', '--works'), ['--workspace']);
  assert.deepEqual(next('predict', '--he'), ['--help']);
  assert.deepEqual(next('join', 'http://x', '--until', ''), ['completed', 'forever', 'joined']);
  assert.deepEqual(next('join', '--until', 'f'), ['forever']);
  assert.ok(next('groups', 'create', 'x', '--lay').includes('--layout'));
  assert.deepEqual(next('predict', '--json', '--workspa'), ['--workspace'], 'a flag without a value is done');
});

test('groups and profiles that are remembered; where a file is meant, nothing', () => {
  assert.deepEqual(next('predict', '--group', ''), ['reviews', 'stories']);
  assert.deepEqual(next('predict', '--group', 's'), ['stories']);
  assert.deepEqual(next('predict', '--profile', ''), ['evening', 'reviews']);
  assert.deepEqual(next('profiles', 'forget', 'e'), ['evening']);
  assert.deepEqual(next('why', 'r'), ['reviews']);
  assert.deepEqual(next('join', '--data', ''), []);
  assert.deepEqual(next('completion', 'z'), ['zsh']);
});
