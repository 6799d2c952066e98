// Whatever the command can do can be asked over REST, and the reverse: the two are held together by a declared table, which fails on
// a command or a route that it doesn't name.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { routes } from '@colora/protocol/routes';
import type { Command } from 'commander';
import { buildProgram } from '../main.ts';
import { routesOfCommands, routesWithoutCommand } from './commands-and-routes.ts';

/** Words of each command that does something. */
function leaves(command: Command, words: readonly string[] = []): string[] {
  if (command.commands.length === 0) return [words.join(' ')];
  return command.commands.flatMap((child) => leaves(child, [...words, child.name()]));
}

const sources = ['../..', '../../../client'].flatMap((folder) => {
  const src = fileURLToPath(new URL(`${folder}/src/`, import.meta.url));
  return readdirSync(src, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !file.startsWith('parity'))
    .map((file) => readFileSync(join(src, file), 'utf8'));
});

test('each command is in the table, and nothing else is', () => {
  assert.deepEqual(Object.keys(routesOfCommands).sort(), leaves(buildProgram()).sort());
});

test('each route is reached by a command, or the table says why not', () => {
  const reached = new Set<string>(Object.values(routesOfCommands).flat());
  const unreached = Object.keys(routes).filter((name) => !reached.has(name));
  assert.deepEqual(Object.keys(routesWithoutCommand).sort(), unreached.sort());
});

test('a route that the table gives to a command is asked for in the sources', () => {
  const isAsked = (name: string) =>
    sources.some((text) => text.includes(`'${name}'`) || text.includes(`routes.${name}`));
  const unasked = [...new Set(Object.values(routesOfCommands).flat())].filter((name) => !isAsked(name));
  assert.deepEqual(unasked, []);
});
