// The command line as people use it: real processes against a real coordinator, from creating a group to
// exporting what was learnt.
import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { importPeft } from '@colora/adapters/peft/peft';
import { groupSchema } from '@colora/protocol/entities';
import { decode } from '@colora/tensors/safetensors/safetensors';
import { reviews, writeReviews } from './support/people.ts';
import { colora as run, startColora } from './support/processes.ts';
import { adminKey, useSystem } from './support/system.ts';

let env: Record<string, string>;
const system = useSystem(async () => {
  env = { COLORA_URL: system.url, COLORA_KEY: adminKey };
});

/** Runs a command line that must succeed and returns its stdout. */
async function colora(...args: string[]): Promise<string> {
  const { status, stdout, stderr } = await run(args, { env });
  assert.equal(status, 0, `${args.join(' ')}: ${stderr}`);
  return stdout;
}

const stories = new URL('../packages/models/fixtures/stories260k', import.meta.url);
const open = ['--access', 'open'];
const small = [...open, '--max-tokens', '8', '--rank', '2', '--targets', 'pooler', '--batch-size', '4'];

test('a group from its creation to the exported adapter', async () => {
  const created = await colora(
    ...['groups', 'create', 'reviews', '--base-model', 'use-lite', '--labels', 'good,bad', '--json'],
    ...['--rounds', '2', '--participants', '2', '--layout', 'core', '--personal-steps', '1', ...small],
  );
  const group = groupSchema.parse(JSON.parse(created));
  assert.deepEqual([group.state, group.settings.rounds.count, group.checkpoint?.version], ['ready', 2, 0]);
  assert.equal(group.settings.adapter.alpha, 2, 'alpha follows the rank');
  assert.match(await colora('groups', 'start', 'reviews'), /reviews is running/);

  const join_ = async (name: string, person: number) => {
    const data = await writeReviews(system.folder, name, reviews(person, 8));
    const files = ['--data', data, '--workspace', join(system.folder, name), '--hold-out', '0.25'];
    return startColora(['join', system.url, '--group', 'reviews', '--name', name, ...files, '--json'], {
      env: { ...env, COLORA_NO_GUARD: undefined },
    });
  };
  const [anna, ben] = await Promise.all([join_('anna', 1), join_('ben', 2)]);
  const [one, two] = [await anna.ended, await ben.ended];
  assert.deepEqual([one.status, two.status], [0, 0], one.stderr + two.stderr);
  const outcome = JSON.parse(one.stdout);
  assert.deepEqual(
    [outcome.group, outcome.participant, outcome.rounds, outcome.examples, outcome.state],
    ['reviews', 'anna', 2, 6, 'completed'],
  );
  assert.match(one.stderr, /reviews: joined as anna with 6 examples\n/);
  assert.match(one.stderr, /reviews: round 2 of 2: contributed, loss \d/);
  assert.match(one.stderr, /held-out accuracy/);

  assert.match(await colora('groups', 'list'), /reviews\s+completed\s+2\/2\s+2/);
  assert.match(await colora('groups', 'show', 'reviews'), /checkpoint\s+version 2, /);
  assert.match(await colora('status'), /database\s+(pglite|postgres)[\s\S]*reviews\s+completed/);
  assert.match(await colora('participants', 'list', '--group', 'reviews'), /anna[\s\S]*ben/);
  assert.match(await colora('storage'), /left {2}[\s\S]*reviews +3 /);
  const rounds = await colora('rounds', 'list', 'reviews');
  assert.match(rounds, /2\s+committed\s+checkpoint 1\s+2\/2[\s\S]*1\s+committed\s+checkpoint 0\s+2\/2/);
  assert.match(
    await colora('rounds', 'show', 'reviews', '2'),
    /missing\s+nobody[\s\S]*anna[\s\S]*\nparticipant +drawn +joined +downloaded +trained +uploaded +counted +outcome\n[\s\S]* was the last, \d+ s after it opened; closing began after \d+ s; committed after \d+ s/,
  );
  const { timeline } = JSON.parse(await colora('rounds', 'show', 'reviews', '1', '--json'));
  for (const { participant, outcome, ...at } of timeline.items) {
    const way = [at.joinedAt, at.downloadAt, at.downloadedAt, at.trainedAt, at.uploadedAt, at.countedAt];
    assert.equal(outcome, 'counted', participant);
    assert.ok(way.every((time) => time !== null) && way.join() === way.sort().join(), JSON.stringify(at));
  }
  assert.equal(
    await colora('why', 'reviews'),
    'reviews: it is completed: all 2 rounds are committed\n    -> for more rounds: colora groups extend reviews --rounds N\n',
  );
  const { matrix } = JSON.parse(await colora('groups', 'similarity', 'reviews', '--json'));
  assert.ok(Math.abs(matrix[0][0] - 1) < 1e-6 && Math.abs(matrix[0][1]) <= 1);
  assert.match(
    await colora('why', 'reviews', '--workspace', join(system.folder, 'anna')),
    /^reviews: it is completed: all 2 rounds are committed\n/,
  );

  const broken = join(system.folder, 'broken.jsonl');
  await writeFile(broken, '{"text": "a secret"');
  const again = ['join', system.url, '--group', 'reviews', '--data', broken];
  const told = async (name: string, ...flags: string[]) => {
    const ended = await run([...again, '--workspace', join(system.folder, name), ...flags], { env });
    assert.equal(ended.status, 3, ended.stderr);
    const { items } = JSON.parse(await colora('participants', 'list', '--group', 'reviews', '--json'));
    return items.find((item: { name: string }) => item.name === name).lastError;
  };
  const { at: _, ...lastError } = await told('anna');
  assert.deepEqual(lastError, {
    ...{ group: 'reviews', exit: 'badData', cause: null, round: null },
    ...{ text: 'its data cannot be used', mend: null },
  });
  assert.equal(await told('ben', '--no-reports'), null);

  const own = ['--workspace', join(system.folder, 'anna')];
  const verified = await run(['verify', 'reviews', ...own], { env: { ...env, COLORA_KEY: undefined } });
  assert.match(
    verified.stdout,
    /manifest of checkpoint 2: \w{64}[\s\S]*your receipts: 2 counted\n[\s\S]*what was looked at holds/,
    verified.stderr,
  );
  const proof = join(system.folder, 'proof');
  assert.match(await colora('groups', 'export-proof', 'reviews', '--out', proof), /3 manifests and 7 files/);
  const { checkpoints } = JSON.parse(await colora('verify', 'reviews', '--from', proof, ...own, '--json'));
  assert.deepEqual(
    checkpoints.map(({ replayed, counted }: { replayed: boolean; counted: number }) => [replayed, counted]),
    [
      [false, 0],
      [true, 2],
      [true, 2],
    ],
  );
  const last = join(proof, 'manifests', '2.json');
  await writeFile(last, (await readFile(last, 'utf8')).replace('\\"round\\"', '\\"upload\\"'));
  const spoilt = await run(['verify', 'reviews', '--from', proof, ...own], { env });
  assert.deepEqual([spoilt.status, spoilt.stderr], [17, '']);
  assert.match(
    spoilt.stdout,
    /checkpoint 2: the manifest’s signature does not hold\n[\s\S]*NOT as it is told/,
  );

  const workspace = ['--group', 'reviews', '--workspace', join(system.folder, 'anna')];
  const predicted = await run(['predict', ...workspace, '--json'], {
    env,
    input: 'the film was wonderful\n\nthe soup\n',
  });
  const lines = predicted.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    lines.map(({ text }) => text),
    ['the film was wonderful', 'the soup'],
  );
  for (const { label, probabilities } of lines) {
    assert.ok(['good', 'bad'].includes(label));
    assert.ok(Math.abs(probabilities.good + probabilities.bad - 1) < 1e-5);
  }
  const held = await writeReviews(system.folder, 'held', reviews(3, 6));
  assert.match(await colora('evaluate', ...workspace, '--data', held), /held\S* +mixed +6 .* %/);
  const sideBySide = JSON.parse(
    await colora('evaluate', ...workspace, '--data', held, '--compare', '--json'),
  );
  assert.deepEqual(
    sideBySide.evaluations.map(({ model, examples }: { model: string; examples: number }) => [
      model,
      examples,
    ]),
    [
      ['base', 6],
      ['shared', 6],
      ['personal', 6],
      ['alone', 6],
      ['mixed', 6],
    ],
  );
  const losses: number[] = sideBySide.evaluations.map(({ loss }: { loss: number }) => loss);
  assert.equal(new Set(losses).size, 5, 'five models, not one five times');
  const alone = JSON.parse(await colora('evaluate', ...workspace, '--data', held, '--json'));
  assert.equal(alone.evaluations[0].loss, losses[4]);
  const core = JSON.parse(await colora('evaluate', ...workspace, '--data', held, '--only', 'core', '--json'));
  assert.equal(core.evaluations[0].loss, losses[2]);
  assert.match(
    await colora('evaluate', ...workspace, '--data', held, '--compare'),
    /base +6 .*\n.*shared +6 .*\n.*personal +6 /,
  );

  const { verdict, weights, ofPersonal, groupFigures } = JSON.parse(
    await colora('verdict', ...workspace, '--json'),
  );
  assert.equal(verdict.examples, 6);
  assert.ok(Math.abs(weights.core + weights.alone - 1) < 1e-9);
  assert.ok(ofPersonal > 0 && ofPersonal < 1);
  assert.deepEqual(
    outcome.guard.found,
    { verdict, weights, ofPersonal, groupFigures },
    'join tells the same',
  );
  assert.equal(groupFigures, null, 'two members who told are too few');
  assert.match(
    await colora('groups', 'show', 'reviews'),
    /verdicts\s+helped \d of 2, no gain seen for \d, too early for \d\n/,
  );
  const line = await colora('verdict', ...workspace);
  assert.match(line, /^reviews: .*% sure that it helped.*your model is/);
  assert.equal(await colora('verdict', ...workspace, '--ask'), line, 'nobody else has told since');
  assert.ok((await colora('status', ...own)).endsWith(line), 'status shows it too');
  const { verdicts } = JSON.parse(await colora('status', ...own, '--json'));
  assert.deepEqual(verdicts.reviews.found, { verdict, weights, ofPersonal, groupFigures });

  const out = join(system.folder, 'exported');
  assert.match(await colora('export', ...workspace, '--out', out), /no single adapter can be/);
  assert.deepEqual(JSON.parse(await readFile(join(out, 'mix.json'), 'utf8')).weights, weights);
  const trainedAlone = decode(await readFile(join(out, 'alone', 'head.safetensors')));
  assert.deepEqual([...trainedAlone.tensors.keys()].sort(), ['personal-head/bad', 'personal-head/good']);
  for (const format of ['gguf', 'gguf-lora', 'onnx']) {
    const none = await run(
      ['export', ...workspace, '--out', join(system.folder, 'none'), '--format', format],
      { env },
    );
    assert.deepEqual([none.status, none.stdout], [2, '']);
    assert.match(none.stderr, /is for models that write.*export it with --format peft or merged/);
  }
  await colora('export', ...workspace, '--out', out, '--only', 'alone'); // over what is there
  assert.deepEqual(
    await readFile(join(out, 'head.safetensors')),
    await readFile(join(out, 'alone', 'head.safetensors')),
  );
  assert.ok(!(await readdir(out)).includes('mix.json'), 'what is there now is no mixture');
  await colora('export', ...workspace, '--out', out);
  const peft = importPeft({
    'adapter_config.json': await readFile(join(out, 'adapter_config.json')),
    'adapter_model.safetensors': await readFile(join(out, 'adapter_model.safetensors')),
  });
  assert.equal(peft.folded.size, 1);
  const head = decode(await readFile(join(out, 'head.safetensors')));
  assert.deepEqual([...head.tensors.keys()].sort(), ['head/bad', 'head/good']);
  assert.deepEqual(
    [head.metadata.headScale, JSON.parse(head.metadata.labels ?? '')],
    ['0.1', ['good', 'bad']],
  );

  const alonePath = join(system.folder, 'anna', 'reviews', 'alone.safetensors');
  const whole = await readFile(alonePath);
  for (const damaged of [whole.subarray(0, -3), Buffer.from([...whole.subarray(0, -4), 0, 0, 0xc0, 0x7f])]) {
    await writeFile(alonePath, damaged);
    const halved = await run(['predict', ...workspace, 'the soup'], { env });
    assert.deepEqual(
      [halved.status, halved.stdout],
      [10, ''],
      'one of two models by itself is not what was promised',
    );
    assert.match(
      halved.stderr,
      /alone\.safetensors, the model trained alone, is damaged or missing: colora join/,
    );
  }
  const mended = await (await join_('anna', 1)).ended;
  assert.equal(mended.status, 0, mended.stderr);
  assert.deepEqual(JSON.parse(mended.stdout).guard.found, outcome.guard.found, 'nothing is judged again');
  assert.deepEqual(await readFile(alonePath), whole);
});

test('a language model is trained and exported; its texts have no labels to predict', async () => {
  const baseModel = ['--base-model', fileURLToPath(stories)];
  const targets = ['--targets', 'q_proj,v_proj'];
  const settings = [
    '--task',
    'causal-lm',
    '--max-tokens',
    '16',
    '--rank',
    '2',
    '--batch-size',
    '2',
    ...targets,
  ];
  const rounds = ['--rounds', '1', '--participants', '1', '--personal-steps', '1', '--shared-steps', '1'];
  await colora('groups', 'create', 'stories', ...open, ...baseModel, ...settings, ...rounds, '--start');
  const data = await writeReviews(system.folder, 'stories', [
    { prompt: 'Lily had a', completion: ' red ball.' },
    { text: 'Tom and his dog went to the park.' },
  ]);
  const where = ['--workspace', join(system.folder, 'writer'), '--group', 'stories', ...baseModel];
  const joined = await colora('join', system.url, ...where, '--data', data, '--test', data, '--json');
  assert.deepEqual([JSON.parse(joined).rounds, JSON.parse(joined).state], [1, 'completed']);

  const refused = await run(['predict', ...where, 'Once upon a time'], { env });
  assert.deepEqual([refused.status, refused.stdout], [2, '']);
  assert.match(refused.stderr, /stories trains a language model, which has no labels/);

  const judged = await colora('evaluate', ...where, '--data', data, '--compare', '--json');
  const { evaluations } = JSON.parse(judged);
  assert.deepEqual(
    evaluations.map(({ model, examples }: { model: string; examples: number }) => [model, examples]),
    [
      ['base', 2],
      ['shared', 2],
      ['personal', 2],
    ],
  );
  for (const { loss, perplexity, exactMatch } of evaluations) {
    assert.ok(Math.abs(perplexity - Math.exp(loss)) < 1e-9 && exactMatch >= 0);
  }
  assert.equal(JSON.parse(joined).loss, evaluations[2].loss, 'as the daemon found it');
  assert.notEqual(evaluations[0].loss, evaluations[1].loss);
  assert.notEqual(evaluations[0].loss, evaluations[2].loss);
  const bare = JSON.parse(
    await colora('evaluate', ...baseModel, '--data', data, '--max-tokens', '16', '--json'),
  );
  assert.ok(Math.abs(bare.evaluations[0].loss - evaluations[0].loss) < 1e-5);

  const greedy = ['--max-tokens', '12', '--device', 'cpu', '--json', 'Once upon a time'];
  const both = JSON.parse(await colora('generate', ...where, '--compare', ...greedy));
  const alone = JSON.parse(await colora('generate', ...baseModel, ...greedy));
  const personal = JSON.parse(await colora('generate', ...where, ...greedy));
  assert.deepEqual([both.base.text, both.personal.text], [alone.text, personal.text]);
  assert.deepEqual([alone.checkpoint, personal.checkpoint, personal.tokens], [null, 1, 12]);
  const piped = await run(['generate', ...baseModel, '--max-tokens', '4'], {
    env,
    input: 'Once upon a time\n',
  });
  assert.deepEqual([piped.status, alone.text.startsWith(piped.stdout.trimEnd())], [0, true], piped.stderr);
  const noTemplate = await run(['generate', ...baseModel, '--chat', 'Hello'], { env });
  assert.equal(noTemplate.status, 3);
  assert.match(noTemplate.stderr, /has no chat template/);

  const out = join(system.folder, 'exported-stories');
  const { files } = JSON.parse(await colora('export', ...where, '--out', out, '--json'));
  assert.deepEqual(files, ['adapter_config.json', 'adapter_model.safetensors']);
  const config = JSON.parse(await readFile(join(out, 'adapter_config.json'), 'utf8'));
  assert.deepEqual([config.task_type, config.target_modules.length], ['CAUSAL_LM', 10]);

  // The merged model is a base model: its group starts where this one ended.
  const merged = join(system.folder, 'merged-stories');
  await colora('export', ...where, '--out', merged, '--format', 'merged');
  const made = await colora('groups', 'create', 'on-merged', '--base-model', merged, ...settings, '--json');
  assert.equal(groupSchema.parse(JSON.parse(made)).settings.baseModel.modelType, 'llama');
  const again = await run(['export', ...where, '--out', merged, '--format', 'merged'], { env });
  assert.deepEqual([again.status, again.stdout], [4, '']);
  assert.match(again.stderr, /merged-stories is not empty/);

  // For llama.cpp and Ollama: the whole model, which is a base model here too, and the adapter alone.
  const gguf = join(system.folder, 'stories \u2013 "GGUF" \u{1f642}');
  const half = await colora('export', ...where, '--out', gguf, '--format', 'gguf');
  assert.match(half, /added into the base model, as GGUF: .*\n {2}model\.gguf\n {2}Modelfile\n/);
  const asBase = ['--base-model', join(gguf, 'model.gguf')];
  assert.equal(JSON.parse(await colora('generate', ...asBase, ...greedy)).text, personal.text);
  assert.match(
    await readFile(join(gguf, 'Modelfile'), 'utf8'),
    /^# .*stories260k.*\n# .*\nFROM \.\/model\.gguf\n/,
  );
  const full = await run(['export', ...where, '--out', gguf, '--format', 'gguf-lora'], { env });
  assert.deepEqual([full.status, full.stdout], [4, '']);
  assert.match(full.stderr, /is not empty/);
  const onnx = join(system.folder, 'onnx');
  const graph = JSON.parse(await colora('export', ...where, '--out', onnx, '--format', 'onnx', '--json'));
  assert.ok(graph.files.includes('model.onnx') && graph.files.includes('model.safetensors'), graph.files);
  const lora = join(system.folder, 'gguf-lora');
  const loraMade = JSON.parse(
    await colora('export', ...where, '--out', lora, '--format', 'gguf-lora', '--json'),
  );
  assert.deepEqual(loraMade.files, ['adapter.gguf', 'Modelfile']);
  assert.match(
    await readFile(join(lora, 'Modelfile'), 'utf8'),
    /\nFROM \.\/base\.gguf\nADAPTER \.\/adapter\.gguf\n/,
  );

  // The adapter starts the shared part of a new group: rank and targets are its own.
  const from = ['--from-adapter', out, '--task', 'causal-lm'];
  const adopted = await run(['groups', 'create', 'adopted', ...baseModel, ...from, '--json'], { env });
  assert.equal(adopted.status, 0, adopted.stderr);
  const { adapter } = groupSchema.parse(JSON.parse(adopted.stdout)).settings;
  assert.deepEqual([adapter.rank, adapter.alpha, adapter.targets], [2, 2, ['q_proj', 'v_proj']]);
  const lower = await run(['groups', 'create', 'lower', ...baseModel, ...from, '--rank', '1'], { env });
  assert.equal(lower.status, 4);
  assert.match(lower.stderr, /has rank 2, and rank 1 cannot hold it exactly; it takes rank 2 or more/);

  // And the personal part of a member, where the layout has a whole adapter there.
  const dual = ['--layout', 'dual', ...open];
  await colora('groups', 'create', 'personal', ...baseModel, ...settings, ...rounds, ...dual);
  const mine = ['--workspace', join(system.folder, 'importer'), ...baseModel];
  const imported = await colora(
    'import',
    out,
    '--group',
    'personal',
    ...mine,
    '--name',
    'importer',
    '--json',
  );
  assert.deepEqual([JSON.parse(imported).participant, JSON.parse(imported).modules.length], ['importer', 10]);
  const { tensors } = decode(
    await readFile(join(system.folder, 'importer', 'personal', 'personal.safetensors')),
  );
  assert.equal(tensors.size, 20);
  const twice = await run(['import', out, '--group', 'personal', ...mine], { env });
  assert.equal(twice.status, 10);
  assert.match(twice.stderr, /holds a personal part of personal already/);
  const core = await run(['import', out, '--group', 'stories', ...mine], { env });
  assert.match(core.stderr, /layout core cannot hold an adapter in its personal part/);
  await colora('groups', 'start', 'personal');
  const goesOn = await colora('join', system.url, '--group', 'personal', ...mine, '--data', data, '--json');
  assert.deepEqual([JSON.parse(goesOn).participant, JSON.parse(goesOn).state], ['importer', 'completed']);
});

test('devices are tried one by one, and what fails says how to get it', async () => {
  const rows = JSON.parse(await colora('devices', '--json', '--threads', '1'));
  const found = (engine: string, device: string) =>
    rows.find((row: { engine: string; device: string }) => row.engine === engine && row.device === device);
  assert.equal(found('onnx', 'cpu').works, true);
  assert.equal(found('tfjs', 'cpu').works, true);
  assert.ok(found('tfjs', 'cpu').error < 1e-4);
  for (const { works, problem, milliseconds } of rows) {
    assert.equal(works, problem === null);
    if (works) assert.ok(milliseconds > 0);
  }
  const elsewhere = found('onnx', process.platform === 'darwin' ? 'directml' : 'coreml');
  assert.match(elsewhere.advice, /^only on /);
});

test('keys: created once shown, listed without the key, revoked for good', async () => {
  const key = (await colora('keys', 'create', '--role', 'operator', '--name', 'watcher')).trim();
  assert.match(await colora('groups', 'list', '--key', key), /reviews/);
  const listed = JSON.parse(await colora('keys', 'list', '--json'));
  assert.equal(JSON.stringify(listed).includes(key), false);
  const { id } = listed.items.find((item: { name: string }) => item.name === 'watcher');
  assert.match(await colora('keys', 'revoke', id), /revoked the key of operator watcher/);
  const refused = await run(['groups', 'list', '--key', key], { env });
  assert.deepEqual([refused.status, refused.stdout], [6, '']);
});

test('a group by invitation lets in who has one, once', async () => {
  await colora(
    'groups',
    'create',
    'private',
    '--labels',
    'good,bad',
    '--start',
    ...small.slice(open.length), // by invitation, since nothing says that it is open
  );
  const link = (await colora('groups', 'invite', 'private')).trim();
  const data = await writeReviews(system.folder, 'invited', reviews(1, 8));
  const join_ = (name: string, where = [system.url, '--group', 'private']) =>
    startColora(
      ['join', ...where, '--name', name, '--data', data].concat(['--workspace', join(system.folder, name)]),
      { env },
    );
  const uninvited = await join_('uninvited').ended;
  assert.equal(uninvited.status, 8);
  assert.match(uninvited.stderr, /no task group called private is open to you.*invitation/);
  const invited = join_('invited', [link]);
  await invited.says(/joined as invited/);
  assert.equal(
    (await join_('late', [system.url, '--group', 'private', '--invitation', link]).ended).status,
    7,
  );
  assert.match(await colora('groups', 'invitations', 'private'), / preset-admin .* 1 +1 +invited /);

  // SIGTERM is a good end, Ctrl-C before the end is not
  invited.child.kill('SIGTERM');
  assert.equal((await invited.ended).status, 0);
  const again = join_('invited');
  await again.says(/joined as invited/);
  again.child.kill('SIGINT');
  assert.equal((await again.ended).status, 130);
});

test('SIGTERM in the middle of a long round abandons it: nothing is sent, nothing half-kept', async () => {
  const steps = ['--personal-steps', '10000', '--shared-steps', '10000', '--participants', '1', '--start'];
  await colora('groups', 'create', 'long', '--labels', 'good,bad', ...steps, ...small);
  const data = await writeReviews(system.folder, 'long', reviews(1, 8));
  const workspace = join(system.folder, 'long-workspace');
  const daemon = startColora(
    ['join', system.url, '--group', 'long', '--data', data, '--workspace', workspace, '--json'],
    { env },
  );
  await daemon.says(/round 1 of \d+: training/);
  daemon.child.kill('SIGTERM');
  const { status, stdout, stderr } = await daemon.ended;
  assert.equal(status, 0, stderr);
  assert.deepEqual([JSON.parse(stdout).state, JSON.parse(stdout).rounds], ['stopped', 0]);
  await assert.rejects(readFile(join(workspace, 'long', 'personal.safetensors')), { code: 'ENOENT' });
});

test('one data file trains in two groups at once, with one key and one trainer', async () => {
  for (const name of ['left', 'right']) {
    const rounds = ['--rounds', '1', '--participants', '1', '--start'];
    await colora('groups', 'create', name, '--labels', 'good,bad', ...rounds, ...small);
  }
  const data = await writeReviews(system.folder, 'both', reviews(1, 8));
  const where = ['--data', data, '--workspace', join(system.folder, 'both')];
  const printed = await colora('join', system.url, '--group', 'left', '--group', 'right', ...where, '--json');
  const outcomes = JSON.parse(printed) as { group: string; rounds: number; participant: string }[];
  assert.deepEqual(
    outcomes.map(({ group, rounds }) => [group, rounds]),
    [
      ['left', 1],
      ['right', 1],
    ],
  );
  assert.equal(outcomes[0]?.participant, outcomes[1]?.participant);
});

test('settings come from a file, and flags win over it', async () => {
  const path = join(system.folder, 'settings.json');
  const settings = {
    task: { kind: 'classification', labels: ['good', 'bad'] },
    adapter: { rank: 4, targets: ['pooler'] },
    rounds: { count: 9 },
  };
  await writeFile(path, JSON.stringify(settings));
  const made = await colora('groups', 'create', 'from-file', '--settings', path, '--rounds', '3', '--json');
  const group = groupSchema.parse(JSON.parse(made));
  assert.equal(group.settings.rounds.count, 3);
  assert.deepEqual([group.settings.adapter.rank, group.settings.adapter.alpha], [4, 4]);
});

test('a creation that was cut off after its first half is completed by repeating it', async () => {
  const flags = ['--labels', 'good,bad', '--json', ...small];
  const { settings } = groupSchema.parse(JSON.parse(await colora('groups', 'create', 'whole', ...flags)));
  await system.admin.call('createGroup', { body: { name: 'half', access: 'open', settings } });
  const other = await run(['groups', 'create', 'half', ...flags, '--rounds', '5'], { env });
  assert.equal(other.status, 9, 'not with other settings');
  const group = groupSchema.parse(JSON.parse(await colora('groups', 'create', 'half', ...flags)));
  assert.deepEqual([group.state, group.checkpoint?.version], ['ready', 0]);
  assert.equal((await run(['groups', 'create', 'half', ...flags], { env })).status, 9, 'nor a second time');
});
