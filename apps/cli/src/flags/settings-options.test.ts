// Every settings flag lands where the settings' schema has its field, shows its choices and default, and no field is
// without a flag by oversight; what the schema refuses is told by flag.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makePrivateKey, openSigner } from '@colora/protocol/proofs/signatures';
import { settingsFields } from '@colora/protocol/settings-fields';
import { Command } from 'commander';
import { applySettingsFlags, checkSettings } from './settings-draft.ts';
import { addSettingsOptions } from './settings-options.ts';
import { settingsTable } from './settings-table.ts';

const task = { kind: 'classification', labels: ['bad', 'good'] };

function parse(...args: string[]): Record<string, unknown> {
  const command = addSettingsOptions(new Command('create'))
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
  '--sampling': ['--cohort', '50%'],
  '--mechanism': ['--clip-norm', '1', '--delta', '1e-5', '--epsilon', '8'],
  '--epsilon': ['--clip-norm', '1', '--delta', '1e-5'],
  '--delta': ['--clip-norm', '1', '--epsilon', '8'],
  '--buffer-size': ['--round-mode', 'buffered', '--participants', '9'],
  '--early-stop-patience': ['--early-stop', 'loss:lower'],
  '--early-stop-delta': ['--early-stop', 'loss:lower'],
  '--rule': ['--radius', '1'],
  '--controls': ['--optimizer', 'sgd'],
  '--labels': ['--task', 'classification'],
  '--secure-aggregation': ['--clip-norm', '1'],
  '--masking-bits': ['--clip-norm', '1'],
  '--masking-range': ['--clip-norm', '1'],
  '--keep-verdicts': ['--clip-norm', '1'],
  '--vouched-by': ['--clip-norm', '1'],
};

/** Fields of the settings that no flag sets, and why. */
const withoutFlag: Readonly<Record<string, string>> = {
  'baseModel.name': 'read from what --base-model names',
  'baseModel.modelType': 'read from what --base-model names',
  'baseModel.fingerprint': 'read from what --base-model names',
  'retention.contributionRounds': 'for who runs the coordinator: in the settings file',
  'retention.checkpoints': 'for who runs the coordinator: in the settings file',
  'retention.every': 'for who runs the coordinator: in the settings file',
};

const fields = settingsFields();
const optionOf = new Map(
  addSettingsOptions(new Command('create')).options.map((option) => [option.flags, option]),
);

test('help shows the choices and the default that the schema has', () => {
  for (const { flag, path, without, read } of settingsTable) {
    const field = fields.find((one) => one.path === path);
    const option = optionOf.get(flag);
    assert.ok(field !== undefined && option !== undefined, flag);
    if (read === undefined) assert.deepEqual(option.argChoices ?? null, field.choices, flag);
    const shown = / \(default (.*)\)$/.exec(option.description)?.[1] ?? null;
    const values = new Set(field.defaults.map(({ value }) => value));
    if (without !== undefined) assert.equal(shown, without, flag);
    else if (field.takes === 'fields' || values.has(undefined)) assert.equal(shown, null, flag);
    else if (field.takes === 'boolean') assert.deepEqual([...values, shown], [false, null], flag);
    else for (const value of values) assert.match(shown ?? '', new RegExp(`(^| )${value}([ ,;]|$)`), flag);
  }
});

test('defaults that differ by kind of task or layout are all told', () => {
  const shown = (flag: string) => / \(default (.*)\)$/.exec(optionOf.get(flag)!.description)?.[1];
  assert.equal(shown('--shared-rate <x>'), '0.008, of causal-lm 0.004');
  assert.equal(
    shown('--personal-rate <x>'),
    '0.01 for core, else 0.0005; of token-classification 0.02 for core, else 0.0005; of causal-lm 0.05 for core, else 0.001',
  );
  assert.equal(shown('--max-tokens <n>'), '24, of token-classification and causal-lm 128');
});

test('every field of the settings has a flag, or a reason to have none', () => {
  const set = new Set(settingsTable.map(({ path }) => path));
  const inside = new Set(settingsTable.filter(({ read }) => read !== undefined).map(({ path }) => path));
  for (const { path, takes } of fields) {
    const parent = path.slice(0, path.lastIndexOf('.'));
    const reached = takes === 'fields' || set.has(path) || inside.has(parent);
    assert.notEqual(reached, path in withoutFlag, path);
  }
  for (const path of Object.keys(withoutFlag))
    assert.ok(
      fields.some((field) => field.path === path),
      path,
    );
});

test('every flag is known to the schema and read as the right kind of value', async () => {
  const values: Record<string, string> = {
    '--targets': 'pooler',
    '--task': 'token-classification',
    '--labels': 'poor,fair',
    '--clip-norm': '2',
    '--cohort': '25%',
    '--early-stop': 'accuracy:higher',
    '--masking-bits': '12',
    '--mechanism': 'central',
    '--delta': '1e-5',
    '--vouched-by': openSigner(makePrivateKey())!.publicKey,
  };
  for (const option of addSettingsOptions(new Command('create')).options) {
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
  const { privacy } = applySettingsFlags({}, parse('--masking-bits', '12', '--secure-aggregation'));
  assert.deepEqual(privacy, { secureAggregation: { bits: 12 } });
  const file = { privacy: { secureAggregation: { verdicts: true } } };
  assert.deepEqual(applySettingsFlags(file, parse('--keep-verdicts')).privacy, {
    secureAggregation: { verdicts: false },
  });
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
  const writes = applySettingsFlags({ task: { kind: 'causal-lm' } }, parse('--clusters', 'auto'));
  await assert.rejects(
    checkSettings(writes),
    /\n {2}--clusters \(task\.clusters\): groups of the task causal-lm have no such setting; leave it out$/,
  );
});
