// The command's help and its lightness: every command shows an example, and help loads nothing heavy.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { exitCodes } from './exit-codes.ts';
import { buildProgram } from './main.ts';

const launcher = fileURLToPath(new URL('../bin/colora.js', import.meta.url));

function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({
    writeOut(part) {
      text += part;
    },
  });
  command.outputHelp();
  return text;
}

function everyCommand(command: Command): Command[] {
  return [command, ...command.commands.flatMap(everyCommand)];
}

test('every command is described and shows an example of itself', () => {
  const commands = everyCommand(buildProgram());
  assert.ok(commands.length > 20);
  for (const command of commands) {
    const text = helpOf(command);
    assert.match(text, /Examples?:\n +\$ (npx )?colora/, command.name());
    assert.ok(command.description().length > 10 || command.summary().length > 10, command.name());
  }
});

test('the help documents every exit status', () => {
  const text = helpOf(buildProgram());
  for (const { status, meaning } of Object.values(exitCodes)) {
    assert.ok(text.includes(`${status}  ${meaning}`), meaning);
  }
  const statuses = Object.values(exitCodes).map(({ status }) => status);
  assert.equal(new Set(statuses).size, statuses.length);
});

test('--version, --help and wrong input load no engine, no database, no server', () => {
  // A loader that refuses what is heavy: the command must not notice.
  const hooks = `export async function resolve(specifier, context, next) {
    if (/tensorflow|onnxruntime|prisma|pglite|fastify|socket\\.io|\\/pino|zod/.test(specifier)) throw new Error('heavy: ' + specifier);
    return next(specifier, context);
  }`;
  const url = (code: string) => `data:text/javascript,${encodeURIComponent(code)}`;
  const register = `import { register } from 'node:module'; register(${JSON.stringify(url(hooks))});`;
  for (const [args, status] of [
    [['--version'], 0],
    [['--help'], 0],
    [['groups', 'create', '--help'], 0],
    [['demo', '--help'], 0],
    [['join', '--nonsense'], 2],
    [['status', 'http://127.0.0.1:9'], 1], // this one does load: the loader refuses indeed
  ] as const) {
    const ran = spawnSync(process.execPath, ['--import', url(register), launcher, ...args], {
      encoding: 'utf8',
    });
    assert.equal(ran.status, status, ran.stderr);
    assert.equal(/heavy/.test(ran.stderr), status === 1, ran.stderr);
  }
});
