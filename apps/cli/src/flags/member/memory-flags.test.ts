// What the flags about memory take and refuse.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Command } from 'commander';
import { type MemoryFlags, memoryWishesOf, withMemoryFlags } from './memory-flags.ts';

function parse(...args: string[]) {
  const command = withMemoryFlags(new Command('join'))
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  return memoryWishesOf(command.parse(args, { from: 'user' }).opts<MemoryFlags>());
}

test('without flags a step may take what the machine has, and nothing is chosen for it', () => {
  assert.deepEqual(parse(), { recompute: false, fitMemory: false });
});

test('every flag reaches its wish, and an amount needs a unit', () => {
  assert.deepEqual(parse('--max-memory', '4GB', '--recompute', '--fit-memory'), {
    recompute: true,
    fitMemory: true,
    maxMemory: 4e9,
  });
  assert.throws(() => parse('--max-memory', '4'), /500MB or 2GB/);
});
