// The command's help and its lightness: every command shows an example, and help loads nothing heavy.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { exitCodes } from './exit-codes.ts';
import { loadOptions } from './flags/load-options.ts';
import { buildProgram } from './main.ts';

const program = buildProgram();
await loadOptions(program);

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
  const commands = everyCommand(program);
  assert.ok(commands.length > 20);
  for (const command of commands) {
    const text = helpOf(command);
    assert.match(text, /Examples?:\n +\$ (npx )?colora/, command.name());
    assert.ok(command.description().length > 10 || command.summary().length > 10, command.name());
  }
});

test('the help documents every exit status', () => {
  const text = helpOf(program);
  for (const { status, meaning } of Object.values(exitCodes)) {
    assert.ok(text.includes(`${status}  ${meaning}`), meaning);
  }
  const statuses = Object.values(exitCodes).map(({ status }) => status);
  assert.equal(new Set(statuses).size, statuses.length);
});

test('--version, --help and wrong input load no engine, no database, no server', () => {
  const url = (code: string) => `data:text/javascript,${encodeURIComponent(code)}`;
  // A loader that refuses what is heavy: the command must not notice.
  const refusing = (heavy: RegExp) => {
    const hooks = `export async function resolve(specifier, context, next) {
      if (${heavy}.test(specifier)) throw new Error('heavy: ' + specifier);
      return next(specifier, context);
    }`;
    return url(`import { register } from 'node:module'; register(${JSON.stringify(url(hooks))});`);
  };
  // a bundle names nothing of what is in it
  const compiled = new URL('./main.js', import.meta.url);
  const unbundled = existsSync(compiled)
    ? [
        '-e',
        `import('${compiled}').then(async ({ main }) => { process.exitCode = await main(process.argv.slice(1)); })`,
        '--',
      ]
    : [launcher];
  const heavy = /tensorflow|onnxruntime|prisma|pglite|fastify|socket\.io|\/pino/;
  const withSchemas = new RegExp(`${heavy.source}|zod`);
  for (const [args, status, refused] of [
    [['--version'], 0, withSchemas],
    [['--help'], 0, withSchemas],
    [['groups', 'create', '--help'], 0, heavy], // its choices and defaults are the settings schema's
    [['groups', '--help'], 0, withSchemas],
    [['demo', '--help'], 0, withSchemas],
    [['completion', 'words', '--', 'predict', '--group', ''], 0, withSchemas],
    [['join', '--nonsense'], 2, withSchemas],
    [['status', 'http://127.0.0.1:9'], 1, withSchemas], // this one does load: the loader refuses indeed
  ] as const) {
    const ran = spawnSync(process.execPath, ['--import', refusing(refused), ...unbundled, ...args], {
      encoding: 'utf8',
    });
    assert.equal(ran.status, status, ran.stderr);
    assert.equal(/heavy/.test(ran.stderr), status === 1, ran.stderr);
  }
});
