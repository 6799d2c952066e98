// kill -9 at every point of a round where something could be lost or counted twice: before and after each
// request, and in the middle of the step. The restarted daemon must end with the very bytes of a run
// that was never killed: same checkpoint, same personal part, every round counted once.
import assert from 'node:assert/strict';
import { watch } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { readTrained, type Trained } from '@colora/client/trained';
import { groupPaths } from '@colora/client/workspace/group-workspace';
import { readPersonal } from '@colora/client/workspace/personal-store';
import { openGate, type Passage } from './support/gate.ts';
import { reviews, writeReviews } from './support/people.ts';
import { killHard, type Running, startColora } from './support/processes.ts';
import { makeGroup, useSystem } from './support/system.ts';

let key = '';
let data = '';
const undisturbed = new Map<TrainingHabits, Trained>();

/** With everything that a resumed run has to remember: moments, place, schedule, failures, what compression left. */
const resumable = { schedule: 'cosine', warmup: 0.25, accumulate: 2, sharedSteps: 1 } as const;
const apart = { ...resumable, phases: 'apart', validation: 0.25, patience: 2 } as const;
const joint = { ...resumable, phases: 'joint' } as const; // whose personal moments move with the shared part
/** Guarded daemons train alone too, which takes longer than the rounds: those of joint steps are. */
const isGuarded = (habits: TrainingHabits) => habits === joint;
type TrainingHabits = typeof apart | typeof joint;
const system = useSystem(async () => {
  data = await writeReviews(system.folder, 'mine', reviews(1, 8));
  key = (await system.admin.call('createKey', { body: { role: 'participant', name: 'anna' } })).key;
  for (const habits of [apart, joint]) {
    const group = `undisturbed-${habits.phases}`;
    await prepare(group, habits);
    const { status, stderr } = await daemon(system.url, group, habits).ended;
    assert.equal(status, 0, stderr);
    const trained = await readTrained(workspaceOf(group), group);
    assert.equal(trained.guard !== null, isGuarded(habits));
    assert.equal((await accountIn(group))?.applied.size !== undefined, isGuarded(habits));
    undisturbed.set(habits, trained);
  }
});

const workspaceOf = (group: string) => join(system.folder, `workspace-${group}`);

async function prepare(group: string, habits: TrainingHabits): Promise<void> {
  // anna comes with a new workspace each time, whose key to sign with is another one
  await system.admin.call('resetSigningKey', { params: { participant: 'anna' } });
  const paths = groupPaths(workspaceOf(group), group);
  await mkdir(paths.folder, { recursive: true });
  await writeFile(paths.trainingSecret, new Uint8Array(32).fill(7)); // the same in each, or their batches would differ
  await makeGroup(system, group, {
    rounds: { count: 2, participants: 1 },
    training: { ...habits, personalSteps: 2, batchSize: 4 },
    wire: { upload: 'top-k', keep: 0.2, download: 'bf16' },
  });
}

function daemon(url: string, group: string, habits: TrainingHabits): Running {
  const files = ['--data', data, '--workspace', workspaceOf(group), '--base-model', system.baseModel];
  return startColora(
    ['join', url, '--group', group, '--key', key, '--poll-only', '--threads', '1', ...files],
    { env: isGuarded(habits) ? { COLORA_NO_GUARD: undefined } : {} },
  );
}

async function checkSameAsUndisturbed(group: string, habits: TrainingHabits): Promise<void> {
  const { items } = await system.admin.call('listRounds', { params: { group } });
  assert.deepEqual(
    items.map(({ number, contributions }) => [number, contributions]),
    [
      [2, 1],
      [1, 1],
    ],
  );
  const trained = await readTrained(workspaceOf(group), group);
  assert.equal(trained.version, 2);
  const { shared, personal, guard } = undisturbed.get(habits)!;
  assert.deepEqual(trained.shared, shared);
  assert.deepEqual(trained.personal, personal);
  assert.deepEqual(trained.guard, guard);
  assert.deepEqual(await accountIn(group), await accountIn(`undisturbed-${habits.phases}`));
}

async function accountIn(group: string) {
  return (await readPersonal(groupPaths(workspaceOf(group), group).personal))?.account;
}

const asksWhatWasApplied = (line: string, round: number) =>
  line.startsWith('GET') && line.includes(`/rounds/${round}/contribution`);

const points: [name: string, at: (passage: Passage) => boolean, habits?: TrainingHabits][] = [
  ['before-joining', ({ line, way }) => way === 'in' && line.endsWith('/members')],
  ['after-joining', ({ line, way }) => way === 'out' && line.endsWith('/members')],
  ['before-its-probe', ({ line, way }) => way === 'in' && line.endsWith('/probe'), joint],
  ['before-it-hears-of-its-probe', ({ line, way }) => way === 'out' && line.endsWith('/probe'), joint],
  ['before-the-checkpoint', ({ line, way }) => way === 'in' && line.includes('/checkpoints/')],
  ['before-contributing', ({ line, way }) => way === 'in' && line.includes('/rounds/1/contribution')],
  ['before-the-acknowledgement', ({ line, way }) => way === 'out' && line.includes('/rounds/1/contribution')],
  [
    'before-it-is-told-what-was-applied',
    ({ line, way }) => way === 'in' && asksWhatWasApplied(line, 1),
    joint,
  ],
  [
    'before-it-hears-what-was-applied',
    ({ line, way }) => way === 'out' && asksWhatWasApplied(line, 1),
    joint,
  ],
  ['before-it-hears-of-the-last-one', ({ line, way }) => way === 'out' && asksWhatWasApplied(line, 2), joint],
  ['before-the-last-one', ({ line, way }) => way === 'in' && line.includes('/rounds/2/contribution')],
];

for (const [group, isPoint, habits = apart] of points) {
  test(`killed ${group.replaceAll('-', ' ')}`, async () => {
    await prepare(group, habits);
    let arrived: () => void = () => undefined;
    const atPoint = new Promise<void>((done) => {
      arrived = done;
    });
    let passed = false;
    const gate = await openGate(system.url, async (passage) => {
      if (passed || !isPoint(passage)) return;
      passed = true;
      arrived();
      await killed; // the request, or its answer, stands at the door while its sender dies
    });
    const first = daemon(gate.url, group, habits);
    const killed = atPoint.then(() => killHard(first));
    await killed;
    // The gate is the coordinator's address for this workspace.
    const { status, stderr } = await daemon(gate.url, group, habits).ended;
    await gate.close();
    assert.equal(status, 0, stderr);
    await checkSameAsUndisturbed(group, habits);
  });
}

/** Kills when a file appears whose name matches, wherever in the group's folder it is. */
async function killAtFile(
  group: string,
  habits: TrainingHabits,
  isFile: (name: string) => boolean,
): Promise<void> {
  const folder = join(workspaceOf(group), group);
  for (const below of ['outbox', 'checkpoints']) await mkdir(join(folder, below), { recursive: true });
  let running: Running | undefined;
  const seen = new Promise<void>((done) => {
    for (const place of [folder, join(folder, 'outbox'), join(folder, 'checkpoints')]) {
      const watcher = watch(place, (_, name) => {
        if (name === null || !isFile(join(place, name))) return;
        running?.child.kill('SIGKILL');
        watcher.close();
        done();
      });
      watcher.unref();
    }
  });
  running = daemon(system.url, group, habits);
  await Promise.race([seen, running.ended]);
  await killHard(running);
  assert.equal((await running.ended).status, null, 'it was killed, and did not end by itself');
}

const files: [name: string, isFile: (path: string) => boolean, ofWhom?: readonly TrainingHabits[]][] = [
  ['in-the-step', (path) => /checkpoints.*\.safetensors$/.test(path)],
  ['while-writing-the-contribution', (path) => /outbox.*writing/.test(path), [apart]],
  ['after-the-contribution-before-the-mark', (path) => /outbox.*\.safetensors$/.test(path), [apart]],
  ['while-writing-the-personal-part', (path) => /personal.*writing/.test(path), [apart]],
  ['while-writing-that-its-probe-was-sent', (path) => /probe.*writing/.test(path), [joint]],
  ['after-its-probe', (path) => /probe\.json$/.test(path), [joint]],
  ['after-the-mark', (path) => /personal\.safetensors$/.test(path)],
  ['while-writing-what-was-trained-alone', (path) => /alone.*writing/.test(path), [joint]],
  ['after-steps-trained-alone', (path) => /alone\.safetensors$/.test(path), [joint]],
  ['while-writing-what-was-found', (path) => /guard.*writing/.test(path), [joint]],
  ['after-it-was-found', (path) => /guard\.json$/.test(path), [joint]],
];

for (const [point, isFile, ofWhom = [apart, joint]] of files) {
  for (const habits of ofWhom) {
    test(`killed ${point.replaceAll('-', ' ')}, ${habits.phases} steps`, async () => {
      const group = `${point}-${habits.phases}`;
      await prepare(group, habits);
      await killAtFile(group, habits, isFile);
      const { status, stderr } = await daemon(system.url, group, habits).ended;
      assert.equal(status, 0, stderr);
      await checkSameAsUndisturbed(group, habits);
    });
  }
}
