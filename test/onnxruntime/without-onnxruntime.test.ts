// Machines on which onnxruntime doesn't load: members go on with tfjs and are told why, who asks for the onnx engine is
// told what helps, and `colora devices` says what there is. The package is really broken, in a copy.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { breakOnnxruntime, type Fault } from '../support/broken-onnxruntime.ts';
import { colora } from '../support/processes.ts';
import { adminKey, useSystem } from '../support/system.ts';

const fixture = (name: string) =>
  fileURLToPath(new URL(`../../packages/models/fixtures/${name}`, import.meta.url));
const system = useSystem();

/** Runs a command to its end, which has to be a good one. */
async function run(args: string[], env: Readonly<Record<string, string>>, input?: string) {
  const ended = await colora(args, { env, ...(input === undefined ? {} : { input }) });
  assert.equal(ended.status, 0, `${args[0]}: ${ended.stderr}`);
  return ended;
}

async function openGroup(name: string, flags: string[], examples: readonly object[]) {
  const steps = ['--personal-steps', '1', '--shared-steps', '1', '--rank', '2', '--batch-size', '2'];
  const rounds = ['--rounds', '1', '--participants', '1', ...steps, '--start', '--access', 'open'];
  await run(['groups', 'create', name, ...flags, ...rounds], {
    COLORA_URL: system.url,
    COLORA_KEY: adminKey,
  });
  const data = join(system.folder, `${name}.jsonl`);
  await writeFile(data, examples.map((example) => JSON.stringify(example)).join('\n'));
  const where = ['--group', name, '--workspace', join(system.folder, name), ...flags.slice(0, 2)];
  return { join: ['join', system.url, '--name', `ada-${name}`, '--data', data, ...where], where };
}

const goesOn = /the onnx engine is not used: .*onnxruntime.*; going on with tfjs on (wasm|tfjs-node)/;

test('without a binary a round, labels and texts come from tfjs, and it is said why', async () => {
  const env = await breakOnnxruntime(system.folder, 'no binary');
  const labelled = await openGroup(
    'labels',
    [
      '--base-model',
      fixture('tiny-bert'),
      '--task',
      'classification',
      '--labels',
      'bad,good',
      '--targets',
      'query',
    ],
    ['the cat', 'a dog', 'the sea', 'a hat'].map((text, i) => ({ text, label: i % 2 ? 'bad' : 'good' })),
  );
  const joined = await run([...labelled.join, '--json'], env);
  assert.match(joined.stderr, goesOn);
  assert.match(joined.stderr, /not installed whole .*run npm ci/);
  assert.deepEqual([JSON.parse(joined.stdout).rounds, JSON.parse(joined.stdout).state], [1, 'completed']);
  const predict = ['predict', ...labelled.where, '--json'];
  const predicted = await run(predict, env, 'the cat\n');
  assert.match(predicted.stderr, goesOn);
  // what the other engine says of the same workspace
  const expected = JSON.parse((await run(predict, {}, 'the cat\n')).stdout);
  const { probabilities } = JSON.parse(predicted.stdout);
  for (const [label, probability] of Object.entries<number>(expected.probabilities))
    assert.ok(Math.abs(probabilities[label] - probability) < 1e-4, label);

  const written = await openGroup(
    'texts',
    [
      '--base-model',
      fixture('stories260k'),
      '--task',
      'causal-lm',
      '--targets',
      'q_proj',
      '--max-tokens',
      '16',
    ],
    [{ prompt: 'the cat', completion: ' was happy' }],
  );
  assert.match((await run(written.join, env)).stderr, goesOn);
  const generate = ['generate', 'the cat', ...written.where, '--max-tokens', '4', '--temperature', '0'];
  const generated = await run(generate, env);
  assert.match(generated.stderr, goesOn);
  assert.equal(generated.stdout, (await run(generate, {})).stdout);

  for (const [asked, says] of [
    [['--engine', 'onnx'], /the onnx engine does not run here: .*run npm ci.*--engine tfjs/],
    [['--base-precision', '8bit'], /the onnx engine does not run here: .*not with --base-precision/],
  ] as const) {
    const refused = await colora([...predict, ...asked], { env, input: 'the cat\n' });
    assert.equal(refused.status, 2, refused.stderr);
    assert.match(refused.stderr, says);
  }
});

const reasons: Readonly<Record<Fault, RegExp>> = {
  'no binary': /not installed whole/,
  'a binary that is cut off': /does not load/,
  'a binary for another system': /does not load/,
};

for (const [fault, reason] of Object.entries(reasons) as [Fault, RegExp][]) {
  test(`${fault}: a device of onnxruntime's is told why it can't be had, one of tfjs works`, async () => {
    const env = await breakOnnxruntime(system.folder, fault);
    const tried = async (only: string) =>
      JSON.parse((await run(['devices', '--only', only, '--json'], env)).stdout)[0];
    const { works, binary, advice, problem } = await tried('onnx:cpu');
    assert.deepEqual([works, binary, advice], [false, 'not-loaded', null]);
    assert.match(problem, reason);
    const instead = await tried('tfjs:wasm');
    assert.equal(instead.works, true, instead.problem);
  });
}

test('without a binary colora devices tries them all and gives the reason once', async () => {
  const { stdout } = await run(
    ['devices', '--threads', '1'],
    await breakOnnxruntime(system.folder, 'no binary'),
  );
  assert.equal(stdout.match(/not installed whole/g)?.length, 1, stdout);
  assert.match(stdout, /onnx on cpu, webgpu, cuda, directml, coreml: /);
  assert.match(stdout, /tfjs\s+wasm\s+yes/);
  assert.doesNotMatch(stdout, /binary for .* has/);
});
