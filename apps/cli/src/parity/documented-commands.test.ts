// Every command that a page of the docs, the README or the dashboard shows is one, with flags that it has. That they do what is said
// there is for the tests of each.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { loadOptions } from '../flags/load-options.ts';
import { buildProgram } from '../main.ts';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const program = buildProgram();
await loadOptions(program);

/** Lines of the blocks of code of a page, those that go on in the next put together. */
function commandsOf(page: string): string[] {
  const blocks = [...page.matchAll(/^```\w*\n([\s\S]*?)^```/gm)].map(([, block]) => block!);
  const lines = blocks
    .join('\n')
    .replaceAll(/\\\n\s*/g, ' ')
    .split('\n');
  return lines.flatMap((line) => {
    const [, command] = /(?:^\s*|\| )(?:\$ )?(?:npx )?colora ((?:[a-z]|--).*)$/.exec(line) ?? [];
    return command === undefined || /^\s*(#|\w+: )/.test(line) ? [] : [command];
  });
}

/** Null where it is one. */
function faultOf(line: string): string | null {
  const words = line
    .replace(/\s#.*$/, '')
    .replaceAll(/'[^']*'|"[^"]*"/g, 'x')
    .trim()
    .split(/\s+/);
  let command: Command = program;
  while (command.commands.length > 0) {
    const next = command.commands.find((child) => child.name() === words[0]);
    if (next === undefined) break;
    command = next;
    words.shift();
  }
  if (command.commands.length > 0 && !words.includes('--help')) return 'no such command';
  const known = new Set(['--help', ...command.options.flatMap(({ long }) => long ?? [])]);
  const unknown = words
    .map((word) => word.split('=')[0]!)
    .filter((word) => /^--\w/.test(word) && !known.has(word));
  return unknown.length === 0 ? null : `no such flag: ${unknown.join(', ')}`;
}

test('the docs', () => {
  const pages = ['README.md', ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`)];
  const shown = pages
    .filter((name) => name.endsWith('.md') && !name.endsWith('decisions.md')) // those tell of their day
    .flatMap((name) =>
      commandsOf(readFileSync(join(root, name), 'utf8')).map((line) => [name, line] as const),
    );
  assert.ok(shown.length > 80, String(shown.length));
  const faults = shown.flatMap(([name, line]) => {
    const fault = faultOf(line);
    return fault === null ? [] : [`${name}: colora ${line}: ${fault}`];
  });
  assert.deepEqual(faults, []);
});

test('the dashboard', () => {
  const source = readFileSync(join(root, 'apps/dashboard/src/format/commands.ts'), 'utf8');
  const shown = [...source.matchAll(/`colora ([^`]*)`/g)].map(([, line]) =>
    line!.replaceAll(/\$\{\w+\}/g, 'x'),
  );
  assert.ok(shown.length > 5);
  assert.deepEqual(
    shown.filter((line) => faultOf(line) !== null),
    [],
  );
});

test('what is no command is found', () => {
  assert.equal(faultOf('groups lists'), 'no such command');
  assert.equal(faultOf('why reviews --loud'), 'no such flag: --loud');
});
