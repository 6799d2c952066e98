// A flag that is given twice: refused where a value would be dropped, taken where several are meant.
import assert from 'node:assert/strict';
import type { EventEmitter } from 'node:events';
import { test } from 'node:test';
import { Command, CommanderError } from 'commander';
import { loadOptions } from '../flags/load-options.ts';
import { collect } from '../flags/option-values.ts';
import { buildProgram } from '../main.ts';
import { refuseTwice } from './refuse-twice.ts';

function flagsOf(argv: readonly string[]): Record<string, unknown> {
  const program = new Command().exitOverride();
  let told = '';
  program.configureOutput({
    writeErr(text) {
      told += text;
    },
  });
  program
    .option('--labels <list>')
    .option('--idle-only [minutes]')
    .option('--yes')
    .option('--stop <text>', '', collect(String));
  refuseTwice(program);
  try {
    return program.parse(argv, { from: 'user' }).opts();
  } catch (error) {
    assert.ok(error instanceof CommanderError);
    throw new Error(told);
  }
}

test('a second value is refused, whichever way it is written, and not shown', () => {
  assert.throws(
    () => flagsOf(['--labels', 'good,bad', '--labels', 'secret']),
    (error: Error) =>
      /option '--labels <list>' is given twice/.test(error.message) && !error.message.includes('secret'),
  );
  assert.throws(() => flagsOf(['--labels=a,b', '--labels', 'c,d']), /twice/);
  assert.throws(() => flagsOf(['--idle-only', '5', '--idle-only']), /twice/);
});

test('the same value twice, and flags that are meant to be repeated, are taken', () => {
  assert.deepEqual(flagsOf(['--labels', 'a,b', '--labels', 'a,b', '--yes', '--yes']), {
    labels: 'a,b',
    yes: true,
  });
  assert.deepEqual(flagsOf(['--stop', 'a', '--stop', 'b']), { stop: ['a', 'b'] });
});

test('of the command itself, flags that say they may be repeated may be, and no other', async () => {
  const program = buildProgram();
  await loadOptions(program);
  refuseTwice(program);
  const all = (command: Command): Command[] => [command, ...command.commands.flatMap(all)];
  for (const command of all(program)) {
    for (const option of command.options.filter(({ required }) => required)) {
      const refused = (command as unknown as EventEmitter).listenerCount(`option:${option.name()}`) > 1;
      const isToRepeat = option.variadic || /repeated|several/.test(option.description);
      assert.equal(refused, !isToRepeat, `${command.name()} ${option.flags}`);
    }
  }
});
