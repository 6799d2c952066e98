// Which group of a workspace a command is about that was told none: the only one that lies in it, where nothing is remembered.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Command } from 'commander';
import { withGroupFlags } from './place-flags.ts';

const workspace = mkdtempSync(join(tmpdir(), 'colora-place-'));
after(() => rmSync(workspace, { recursive: true }));

async function placed(without: readonly string[] = []): Promise<object> {
  const command = withGroupFlags(new Command('use'), without).exitOverride();
  await command.action(() => undefined).parseAsync(['--workspace', workspace], { from: 'user' });
  return command.opts();
}

test('a workspace with one group needs no --group; of none and of two it is asked for, naming them', async () => {
  mkdirSync(join(workspace, 'sent')); // no group’s folder
  await assert.rejects(placed(), /say which group: --group NAME \(none is remembered, .* holds none\)/);
  assert.deepEqual(await placed(['baseModel']), { workspace });
  const addGroup = (name: string) => {
    mkdirSync(join(workspace, name));
    writeFileSync(join(workspace, name, 'group.json'), 'damaged'); // it is told so by who reads it
  };
  addGroup('reviews');
  assert.deepEqual(await placed(), { workspace, group: 'reviews' });
  assert.deepEqual(await placed(['baseModel']), { workspace, group: 'reviews' });
  addGroup('mails');
  await assert.rejects(placed(), /holds mails, reviews\)/);
});
