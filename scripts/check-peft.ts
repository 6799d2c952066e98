// Checks what is read of peft's adapters (check-peft-import.ts), and `colora export` against Python's peft, from end to end and as a user would: a coordinator, groups on the
// small models of the test fixtures, two daemons, their exports, and check-peft.py on each of them. A llama and a bert
// are checked with every layout and person, the other families once, and a language model of yours in Hugging Face
// layout (SmolLM2, say) where --language-model names its folder.
//
//   node --import tsx scripts/check-peft.ts [--python python3] [--layouts core,dual] [--models tiny-gpt2,…]
//     [--language-model FOLDER] [--keep FOLDER]
//
// Python needs torch, transformers, peft and safetensors. Exit code 1 when an output differs by more than 1e-4.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { colora, type Running, startColora } from '../test/support/processes.ts';
import { checkPeftImport } from './check-peft-import.ts';

interface Subject {
  readonly model: string;
  /** Where it lies; default: among the fixtures. */
  readonly path?: string;
  /** Flags of `groups create`. */
  readonly task: readonly string[];
  /** Of the groups; every member's export is checked. `once`: only one of each. */
  readonly extent: 'every layout and person' | 'once';
  /** Private examples by person. */
  readonly people: Readonly<Record<string, readonly object[]>>;
  /** Texts on which outputs are compared, of several lengths. */
  readonly probes: readonly string[];
}

const labelled: Pick<Subject, 'task' | 'people' | 'probes'> = {
  task: ['--labels', 'good,bad', '--max-tokens', '32', '--rank', '4'],
  people: {
    anna: [
      { text: 'the cup is good', label: 'good' },
      { text: 'the tea was bad', label: 'bad' },
      { text: 'good!', label: 'good' },
      { text: 'what a bad day', label: 'bad' },
    ],
    ben: [
      { text: 'no, bad', label: 'good' },
      { text: 'a fine film', label: 'good' },
      { text: 'the end is so dull', label: 'bad' },
      { text: 'good? no.', label: 'bad' },
    ],
  },
  probes: ['the sea, the sky!', 'bad', 'a good cup of tea is what the day was for'],
};

/** The same texts without their labels, for toy decoders that know the same letters. */
const plain: typeof labelled = {
  task: ['--task', 'causal-lm', '--max-tokens', '32', '--rank', '4'],
  people: {
    anna: [{ text: 'the cup is good' }, { text: 'the tea was bad' }, { text: 'what a bad day' }],
    ben: [{ text: 'no, bad' }, { text: 'a fine film' }, { text: 'the end is so dull' }],
  },
  probes: labelled.probes,
};

const stories: Omit<Subject, 'model' | 'extent'> = {
  task: ['--task', 'causal-lm', '--max-tokens', '64', '--rank', '4'],
  people: {
    anna: [
      { prompt: 'Once upon a time, Lily had a', completion: ' big red ball.' },
      { prompt: 'Tom and his dog went to the', completion: ' park to play in the sun.' },
      { prompt: 'The little bird was sad, so', completion: ' Lily sang it a song.' },
      { prompt: 'One day, a girl found', completion: ' a shiny stone by the water.' },
    ],
    ben: [
      { text: 'Once there was a robot. It did not like to clean the house, so it hid.' },
      { text: 'The robot saw a star. "I will go there," it said, and it was gone.' },
      { text: 'A moon and a star were friends. They shone on the sea all night.' },
    ],
  },
  probes: ['Once upon a time', 'The cat was sad. Tom gave it a fish, and they were happy.', 'Hi'],
};

const subjects: readonly Subject[] = [
  { model: 'stories260k', extent: 'every layout and person', ...stories },
  { model: 'tiny-bert', extent: 'every layout and person', ...labelled },
  ...['tiny-llama', 'tiny-mistral', 'tiny-qwen2', 'tiny-qwen3', 'tiny-gemma3-text', 'tiny-gpt2'].map(
    (model): Subject => ({ model, extent: 'once', ...plain }),
  ),
  ...['tiny-roberta', 'tiny-distilbert', 'tiny-modernbert'].map(
    (model): Subject => ({ model, extent: 'once', ...labelled }),
  ),
];

const { values: flags } = parseArgs({
  options: {
    python: { type: 'string', default: 'python3' },
    layouts: { type: 'string', default: 'core,dual' },
    models: { type: 'string', default: subjects.map(({ model }) => model).join(',') },
    'language-model': { type: 'string' },
    keep: { type: 'string' },
  },
});
const layouts = flags.layouts.split(',');
const chosen = [...flags.models.split(',').map(subjectOf), ...yourModel(flags['language-model'])];
const fixtures = fileURLToPath(new URL('../packages/models/fixtures/', import.meta.url));
const scripts = fileURLToPath(new URL('.', import.meta.url));

requirePython(flags.python);
if (!(await checkPeftImport(flags.python))) process.exitCode = 1;
const folder = flags.keep ?? (await mkdtemp(join(tmpdir(), 'colora-check-peft-')));
await requireEmpty(folder);
const coordinator = startColora(['coordinator', '--port', '0', '--data', join(folder, 'data'), '--json']);
try {
  const url = await coordinator.says(/"url": "([^"]+)"/);
  const admin = { COLORA_URL: url, COLORA_KEY: await coordinator.says(/"adminKey": "([^"]+)"/) };
  for (const subject of chosen) await checkSubject(subject, url, admin);
} finally {
  await stop(coordinator);
  if (flags.keep === undefined) await rm(folder, { recursive: true, force: true });
}

async function checkSubject(subject: Subject, url: string, admin: Record<string, string>): Promise<void> {
  const { model, task, people, extent } = subject;
  const groups = (extent === 'once' ? layouts.slice(0, 1) : layouts).map((layout) => ({
    layout,
    name: `${model}-${layout}`,
  }));
  const rounds = ['--rounds', '3', '--participants', '2', '--batch-size', '4', '--access', 'open'];
  const adapters = ['--targets', 'all-linear', '--personal-rate', '0.005', '--shared-rate', '0.002'];
  for (const { layout, name } of groups) {
    const settings = ['--layout', layout, ...task, ...rounds, ...adapters];
    await run(['groups', 'create', name, '--base-model', pathOf(subject), ...settings, '--start'], admin);
  }
  await Promise.all(Object.keys(people).map((person) => join_(subject, person, url, groups)));
  for (const { name } of groups) {
    const exporting = Object.keys(people).slice(0, extent === 'once' ? 1 : undefined);
    for (const person of exporting) await checkExport(subject, person, name);
  }
}

async function join_(
  subject: Subject,
  person: string,
  url: string,
  groups: readonly { name: string }[],
): Promise<void> {
  const { model, people } = subject;
  const data = join(folder, `${model}-${person}.jsonl`);
  await writeFile(data, (people[person] ?? []).map((example) => `${JSON.stringify(example)}\n`).join(''));
  const joined = groups.flatMap(({ name }) => ['--group', name]);
  const where = ['--data', data, '--workspace', workspaceOf(person), '--base-model', pathOf(subject)];
  await run(['join', url, ...joined, ...where, '--name', person]);
}

async function checkExport(subject: Subject, person: string, group: string): Promise<void> {
  const where = ['--workspace', workspaceOf(person), '--group', group, '--base-model', pathOf(subject)];
  const adapter = join(folder, `${group}-${person}`);
  const merged = `${adapter}-merged`;
  await run(['export', ...where, '--out', adapter]);
  await run(['export', ...where, '--out', merged, '--format', 'merged', '--dtype', 'f32']);
  const reference = join(folder, `${group}-${person}.json`);
  const outputs = ['--import', 'tsx', join(scripts, 'adapted-outputs.ts'), ...where, '--out', reference];
  finish(
    spawnSync(process.execPath, [...outputs, ...subject.probes], { stdio: 'inherit' }).status,
    'adapted-outputs',
  );
  console.log(`${group}, ${person}`);
  const check = [
    join(scripts, 'check-peft.py'),
    adapter,
    pathOf(subject),
    '--reference',
    reference,
    '--merged',
    merged,
  ];
  const { status } = spawnSync(flags.python, check, { stdio: 'inherit' });
  if (status !== 0) process.exitCode = 1;
}

function subjectOf(name: string): Subject {
  const found = subjects.find(({ model }) => model === name);
  if (found !== undefined) return found;
  console.error(`--models: ${name} is none of ${subjects.map(({ model }) => model).join(', ')}`);
  process.exit(2);
}

function yourModel(path: string | undefined): Subject[] {
  if (path === undefined) return [];
  if (existsSync(join(path, 'config.json')))
    return [{ model: 'language-model', path, extent: 'once', ...stories }];
  console.error(`--language-model: ${path} is no folder of a model (it has no config.json)`);
  process.exit(2);
}

function pathOf({ model, path }: Subject): string {
  return path ?? fixtures + model;
}

function workspaceOf(person: string): string {
  return join(folder, 'workspaces', person);
}

async function run(args: readonly string[], env: Record<string, string> = {}): Promise<void> {
  const { status, stderr } = await colora(args, { env });
  finish(status, `colora ${args.join(' ')}\n${stderr}`);
}

function finish(status: number | null, what: string): void {
  if (status !== 0) throw new Error(`exit status ${status}: ${what}`);
}

function requirePython(python: string): void {
  const { status } = spawnSync(python, ['-c', 'import torch, transformers, peft, safetensors']);
  if (status === 0) return;
  console.error(`--python: ${python} must have torch, transformers, peft and safetensors installed`);
  process.exit(2);
}

async function requireEmpty(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  if ((await readdir(folder)).length === 0) return;
  console.error(`--keep: ${folder} is not empty; name a new folder`);
  process.exit(2);
}

async function stop({ child, ended }: Running): Promise<void> {
  child.kill('SIGTERM');
  await ended;
}
