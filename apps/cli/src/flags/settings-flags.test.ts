// Every settings flag lands where the settings' schema has its field; what the schema refuses is told by flag.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Command } from 'commander';
import { addSettingsFlags, applySettingsFlags, checkSettings } from './settings-flags.ts';

const task = { kind: 'classification', labels: ['bad', 'good'] };

function parse(...args: string[]): Record<string, unknown> {
  const command = addSettingsFlags(new Command('create'))
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  return command.parse(args, { from: 'user' }).opts();
}

/** Flags that the schema takes only beside others. */
const companions: Record<string, string[]> = {
  '--noise-multiplier': ['--clip-norm', '1'],
  '--quorum': ['--participants', '9'],
  '--upload': ['--keep', '0.1'],
  '--keep': ['--upload', 'top-k'],
  '--over-selection': ['--cohort', '2'],
  '--buffer-size': ['--round-mode', 'buffered', '--participants', '9'],
  '--early-stop-patience': ['--early-stop', 'loss:lower'],
  '--early-stop-delta': ['--early-stop', 'loss:lower'],
  '--rule': ['--radius', '1'],
  '--controls': ['--optimizer', 'sgd'],
};

test('every flag is known to the schema and read as the right kind of value', async () => {
  const values: Record<string, string> = {
    '--targets': 'pooler',
    '--clip-norm': '2',
    '--cohort': '25%',
    '--early-stop': 'accuracy:higher',
  };
  for (const option of addSettingsFlags(new Command('create')).options) {
    const flag = option.long!;
    const value = values[flag] ?? option.argChoices?.at(-1) ?? '4';
    const fraction = /momentum|beta|decay|warmup|validation|keep|trim/.test(flag) ? '0.4' : value;
    const draft = applySettingsFlags(
      { task },
      parse(flag, ...(option.required ? [fraction] : []), ...(companions[flag] ?? [])),
    );
    await assert.doesNotReject(checkSettings(draft), flag);
    assert.notDeepEqual(draft, { task }, flag);
  }
});

test('flags win over the file, field by field', async () => {
  const file = { task, adapter: { rank: 4, layout: 'dual' }, rounds: { count: 9 } };
  const settings = await checkSettings(applySettingsFlags(file, parse('--rank', '16', '--targets', 'none')));
  assert.deepEqual(
    [settings.adapter?.rank, settings.adapter?.layout, settings.adapter?.targets, settings.rounds?.count],
    [16, 'dual', [], 9],
  );
});

test('a cohort is a share or a number, early stop a metric with its goal; the rest is refused in words', async () => {
  const rounds = (...args: string[]) => applySettingsFlags({}, parse(...args)).rounds;
  assert.deepEqual(rounds('--cohort', '12.5%'), { cohort: { fraction: 0.125 } });
  assert.deepEqual(rounds('--cohort', '50'), { cohort: { count: 50 } });
  for (const wrong of ['0%', '101%', '0.5', 'all'])
    assert.throws(() => rounds('--cohort', wrong), /such as 20%/);
  assert.deepEqual(rounds('--early-stop', 'heldOutLoss:lower', '--early-stop-patience', '2'), {
    earlyStop: { metric: 'heldOutLoss', goal: 'lower', patience: 2 },
  });
  assert.throws(() => rounds('--early-stop', 'accuracy'), /lower or higher/);
  const lone = applySettingsFlags({ task }, parse('--early-stop-patience', '2'));
  await assert.rejects(checkSettings(lone), /--early-stop \(rounds.earlyStop.metric\)/);
  const few = applySettingsFlags({ task }, parse('--cohort', '10%', '--participants', '9', '--quorum', '2'));
  await assert.rejects(checkSettings(few), /--quorum.*what rounds.cohort asks/);
});

test('what the schema refuses is told by flag, all at once; a field no flag sets by its path', async () => {
  const draft = applySettingsFlags(
    { task, trainig: {} },
    parse('--rank', '0', '--quorum', '5', '--deadline', '0'),
  );
  await assert.rejects(checkSettings(draft), (error: Error) => {
    for (const part of ['--rank', '--deadline', 'trainig']) assert.ok(error.message.includes(part), part);
    return true;
  });
  await assert.rejects(checkSettings(applySettingsFlags({ task }, parse('--quorum', '5'))), /--quorum/);
  await assert.rejects(checkSettings({ task: { kind: 'classification', labels: ['one'] } }), /--labels/);
});
