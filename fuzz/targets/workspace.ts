// The files of a workspace, as a bad disk or another program leaves them.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { keepAlone, readAlone } from '@colora/client/workspace/alone-store';
import { groupPaths, keepGroup, readGroup } from '@colora/client/workspace/group-workspace';
import { keepGuard, readGuard } from '@colora/client/workspace/guard-store';
import { keepIdentity, keptIdentity } from '@colora/client/workspace/identity';
import { keepPersonal, readPersonal } from '@colora/client/workspace/personal-store';
import { rememberedModel, rememberModel } from '@colora/client/workspace/remembered-model';
import { readWork } from '@colora/client/workspace/work-store';
import { taskSettingsSchema } from '@colora/protocol/task-settings';
import { asPersonal } from '@colora/training/programs/personal-tensors';
import { type FuzzTarget, jsonBytes } from '../target.ts';

const one = (name: string) => new Map([[name, { shape: [2], data: Float32Array.of(1, -2) }]]);
const born = '2026-01-01T00:00:00.000Z';
const fingerprint = 'a'.repeat(64);

export async function openWorkspaceTargets(workspace: string): Promise<FuzzTarget[]> {
  const paths = groupPaths(workspace, 'g');
  await mkdir(paths.folder, { recursive: true });
  const personal = asPersonal(one('x.personal'));
  await keepPersonal(paths.personal, {
    personal,
    optimizerState: one('x.personal.m'),
    residual: one('x.shared.A'),
    rows: { rows: one('head/good'), from: one('head/good') },
    account: {
      applied: new Map(),
      standing: new Map(),
      open: [{ round: 1, sha256: fingerprint, tensors: one('x.shared.A') }],
      version: 0,
      lost: null,
    },
    mark: { group: 'g', groupCreatedAt: born, trained: null, personalised: { version: 0, steps: 3 } },
  });
  await keepAlone(paths.alone, {
    personal,
    optimizerState: one('x.personal.m'),
    groupCreatedAt: born,
    data: 'd',
    steps: 3,
  });
  await keepGuard(paths.guard, {
    groupCreatedAt: born,
    version: 1,
    data: 'd',
    why: null,
    found: {
      weights: { alone: 0.5, core: 0.5 },
      ofPersonal: 0.5,
      verdict: { opinion: 'helped', helped: 1, gain: 0.1, standardError: 0.1, examples: 4 },
      blended: false,
      logLikelihoods: [[-1, -2]],
      labels: 2,
      groupFigures: null,
    },
  });
  await keepGroup(paths, {
    name: 'g',
    createdAt: born,
    settings: taskSettingsSchema.parse({
      baseModel: { name: 'test', modelType: 'use-lite', fingerprint },
      task: { kind: 'classification', labels: ['bad', 'good'] },
    }),
    labels: ['good'],
    data: null,
    checkpoint: null,
    place: null,
  });
  await keepIdentity(workspace, { url: 'http://127.0.0.1:1', participant: 'ada', key: 'colora_p_1' });
  await rememberModel(paths, { source: '/nowhere', fingerprint });
  const work = {
    what: 'training',
    round: 1,
    step: 1,
    steps: 2,
    seconds: 1,
    secondsLeft: 1,
    stepSecondsLeft: 1,
  };
  await writeFile(paths.work, jsonBytes({ toldAt: new Date().toISOString(), kind: 'working', ...work }));

  const target = async (
    path: string,
    form: FuzzTarget['form'],
    read: () => Promise<unknown>,
  ): Promise<FuzzTarget> => ({
    name: `the workspace’s ${path.slice(dirname(paths.folder).length + 1)}`,
    form,
    corpus: [await readFile(path)],
    async read(bytes) {
      await writeFile(path, bytes);
      await read();
    },
  });
  return [
    await target(paths.personal, 'safetensors', () => readPersonal(paths.personal)),
    await target(paths.alone, 'safetensors', () => readAlone(paths.alone)),
    await target(paths.guard, 'json', () => readGuard(paths.guard)),
    await target(paths.groupFile, 'json', () => readGroup(paths)),
    await target(join(workspace, 'key.json'), 'json', () => keptIdentity(workspace)),
    await target(paths.baseModelFile, 'json', () => rememberedModel(paths, fingerprint)),
    await target(paths.work, 'json', () => readWork(paths.work)),
  ];
}
