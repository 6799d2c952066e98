// kill -9 at every point of a round where something could be lost or counted twice: before and after each request, in the middle
// of the step, while and after a file is written; several one after the other in one life. Who is started again each time must end with the very
// bytes of a run that was never killed: same checkpoint, same personal part, every round counted once.
import assert from 'node:assert/strict';
import { watch } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
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

const toldWhatWasApplied = (round: number, way: Passage['way']) =>
  atDoor(way, 'GET', `/rounds/${round}/contribution`);

/** A point where it is killed: as a request or its answer stands at the door, or as a file appears in the group's folder. */
interface Point {
  readonly door?: (passage: Passage) => boolean;
  readonly file?: RegExp;
}

const atDoor = (way: Passage['way'], method: string, path: string): Point => ({
  door: (passage) => passage.way === way && passage.line.startsWith(method) && passage.line.includes(path),
});
const atFile = (file: RegExp): Point => ({ file });

/**
 * Each is one group's life: whoever is killed at a point starts again, up to the next one. Who is killed as a file appears may have got as far as
 * its next request: what comes before that can't be another point of the same round.
 */
const lives: [name: string, habits: TrainingHabits, points: Record<string, Point>][] = [
  [
    'steps apart, at its requests',
    apart,
    {
      'before joining': atDoor('in', 'POST', '/members'),
      'after joining': atDoor('out', 'POST', '/members'),
      'before the checkpoint': atDoor('in', 'GET', '/checkpoints/'),
      'before contributing': atDoor('in', 'PUT', '/rounds/1/contribution'),
      'before the acknowledgement': atDoor('out', 'PUT', '/rounds/1/contribution'),
      'before the last one': atDoor('in', 'PUT', '/rounds/2/contribution'),
    },
  ],
  [
    'steps apart, in the step and as the contribution is written',
    apart,
    {
      'in the step': atFile(/checkpoints.*\.safetensors$/),
      'while writing the contribution': atFile(/outbox.*writing/),
    },
  ],
  [
    'steps apart, before the mark and as it is written',
    apart,
    {
      'after the contribution, before the mark': atFile(/outbox.*\.safetensors$/),
      'while writing the personal part': atFile(/personal.*writing/),
    },
  ],
  ['steps apart, after the mark', apart, { 'after the mark': atFile(/personal\.safetensors$/) }],
  [
    'joint steps, at its requests',
    joint,
    {
      'before its probe': atDoor('in', 'PUT', '/probe'),
      'before it hears of its probe': atDoor('out', 'PUT', '/probe'),
      'before it is told what was applied': toldWhatWasApplied(1, 'in'),
      'before it hears what was applied': toldWhatWasApplied(1, 'out'),
      'before it hears of the last one': toldWhatWasApplied(2, 'out'),
    },
  ],
  [
    'joint steps, as its probe is noted and in the step',
    joint,
    {
      'while writing that its probe was sent': atFile(/probe.*writing/),
      'in the step': atFile(/checkpoints.*\.safetensors$/),
    },
  ],
  [
    'joint steps, after its probe and after the mark',
    joint,
    { 'after its probe': atFile(/probe\.json$/), 'after the mark': atFile(/personal\.safetensors$/) },
  ],
  [
    'joint steps, as the model trained alone and what was found are written',
    joint,
    {
      'while writing what was trained alone': atFile(/alone.*writing/),
      'while writing what was found': atFile(/guard.*writing/),
    },
  ],
  [
    'joint steps, after these are written',
    joint,
    {
      'after steps trained alone': atFile(/alone\.safetensors$/),
      'after it was found': atFile(/guard\.json$/),
    },
  ],
];

for (const [name, habits, points] of lives) {
  test(`killed at each point: ${name}`, async () => {
    const group = `life-${lives.findIndex((life) => life[0] === name) + 1}`;
    await prepare(group, habits);
    let atEachDoor: (passage: Passage) => Promise<void> = async () => undefined;
    const gate = await openGate(system.url, (passage) => atEachDoor(passage)); // the coordinator's address for this workspace
    try {
      for (const [what, { door, file }] of Object.entries(points)) {
        let dead: Promise<void> | undefined;
        const kill = () => {
          dead ??= killHard(running);
          return dead;
        };
        // the request, or its answer, stands at the door while its sender dies
        atEachDoor = async (passage) => {
          if (file !== undefined && passage.way === 'in') await delay(50); // a file that appeared before is seen first
          if (dead === undefined && door?.(passage) === true) await kill();
        };
        const watching = new AbortController();
        if (file !== undefined) await watchFor(group, file, kill, watching.signal);
        const running = daemon(gate.url, group, habits);
        const { status, stderr } = await running.ended;
        watching.abort();
        assert.equal(status, null, `it ended, and was not killed ${what}: ${stderr}`);
      }
      const { status, stderr } = await daemon(gate.url, group, habits).ended;
      assert.equal(status, 0, stderr);
    } finally {
      await gate.close();
    }
    await checkSameAsUndisturbed(group, habits);
  });
}

/** Wherever in the group's folder a file of this name appears, even for a moment. */
async function watchFor(group: string, file: RegExp, seen: () => void, signal: AbortSignal): Promise<void> {
  const { folder } = groupPaths(workspaceOf(group), group);
  for (const place of [folder, join(folder, 'outbox'), join(folder, 'checkpoints')]) {
    await mkdir(place, { recursive: true });
    watch(place, { signal }, (_, name) => {
      if (name !== null && file.test(join(place, name))) seen();
    });
  }
}
