// The paths that Python's os.path.expandvars(os.path.expanduser(path)) gives, in whose words Hugging Face's tools read theirs.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expandedPath } from './expanded-path.ts';

const variables: Readonly<Record<string, string>> = { DATA: '/data', A_1: 'x' };
const expand = (path: string) =>
  expandedPath(path, { home: () => '/home/ada', read: (name) => variables[name] });

const braced = (name: string) => `$\{${name}}`;

test('~ and variables are expanded as a shell and Python do', () => {
  const cases: [path: string, expected: string][] = [
    ['~', '/home/ada'],
    ['~/hf', '/home/ada/hf'],
    ['~\\hf', '/home/ada\\hf'],
    ['$DATA/hf', '/data/hf'],
    [`/mnt/${braced('A_1')}y/$A_1`, '/mnt/xy/x'],
    [`~/${braced('DATA')}`, '/home/ada//data'],
  ];
  for (const [path, expected] of cases) assert.equal(expand(path), expected);
});

test('all else stands as it is', () => {
  for (const path of [
    '/a/~/b',
    './~',
    '~ada/x',
    'a~',
    '$NOT_SET/x',
    braced('NOT_SET'),
    'C:\\models',
    '100$',
    '',
  ])
    assert.equal(expand(path), path);
});
