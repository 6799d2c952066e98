// Contributions that would spoil everybody's model, sent by the real client through the real path: each is refused
// with a reason that the client prints and the operator sees, is not sent again, and the round goes on without it.
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { runClient } from '@colora/client/daemon';
import type { ClientOptions } from '@colora/client/session/client-options';
import { groupPaths } from '@colora/client/workspace/group-workspace';
import { putOutbox } from '@colora/client/workspace/outbox';
import { keepPersonal, readPersonal } from '@colora/client/workspace/personal-store';
import { contributionForm } from '@colora/protocol/proofs/statement';
import { decode } from '@colora/tensors/safetensors/safetensors';
import type { Tensor, TensorMap } from '@colora/tensors/tensor';
import { encodeWire } from '@colora/tensors/wire/wire-file';
import type { Trainer } from '@colora/training/trainer';
import { openGate } from './support/gate.ts';
import { useMembers } from './support/members.ts';
import { reviews, writeReviews } from './support/people.ts';
import { colora } from './support/processes.ts';
import { makeGroup, useSystem } from './support/system.ts';

const system = useSystem();
const members = useMembers(system);

/** A file's tensors and its metadata, as a contribution carries them. */
interface Contribution {
  readonly tensors: TensorMap;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Lets a daemon train its round, and stops it when it is about to send. */
async function trainOnly(opened: ClientOptions): Promise<void> {
  const stop = new AbortController();
  const gate = await openGate(system.url, async ({ line, way }) => {
    if (way !== 'in' || !line.includes('/contribution')) return;
    stop.abort();
    await new Promise(() => undefined);
  });
  await runClient({ ...opened, url: gate.url, signal: stop.signal });
  await gate.close();
}

/** Puts other bytes into the outbox, in the place of what was trained, and the mark upon them. */
async function poison({ workspace, group }: ClientOptions, change: (honest: Contribution) => Contribution) {
  const paths = groupPaths(workspace, group);
  const [name] = await readdir(paths.outbox);
  const honest = decode(await readFile(join(paths.outbox, name!)));
  const { tensors, metadata } = change(honest);
  const order = [...tensors.keys()]; // which differs from the sorted one where a group has clusters
  const bytes = encodeWire(tensors, { encoding: 'f32', metadata: { ...metadata }, order });
  const sha256 = await putOutbox(paths.outbox, bytes);
  const state = await readPersonal(paths.personal);
  const { trained } = state!.mark;
  // its sender stands by it: what is refused is not the signature
  const facts = contributionForm.read(trained!.statement!)!;
  const said = { ...facts, sha256, bytes: bytes.length, examples: Number(metadata.examples) };
  await keepPersonal(paths.personal, {
    ...state!,
    mark: { ...state!.mark, trained: { ...trained!, sha256, statement: contributionForm.write(said) } },
  });
}

const each = (tensors: TensorMap, change: (tensor: Tensor) => Tensor): TensorMap =>
  new Map([...tensors].map(([name, tensor]) => [name, change(tensor)]));
const filled = (value: number) => (tensor: Tensor) => ({ ...tensor, data: tensor.data.map(() => value) });
const wider = ({ shape, data }: Tensor): Tensor => ({
  shape: [...shape.slice(0, -1), shape.at(-1)! + 1],
  data: new Float32Array((data.length / shape.at(-1)!) * (shape.at(-1)! + 1)),
});

const attacks: [code: string, advice: RegExp, change: (honest: Contribution) => Contribution][] = [
  [
    'not-finite',
    /lower rates/,
    ({ tensors, metadata }) => ({ tensors: each(tensors, filled(Number.NaN)), metadata }),
  ],
  ['wrong-tensors', /update it/, ({ tensors, metadata }) => ({ tensors: each(tensors, wider), metadata })],
  [
    'implausible-examples',
    /the examples that you have/,
    ({ tensors, metadata }) => ({ tensors, metadata: { ...metadata, examples: '1000000000' } }),
  ],
];

for (const [code, advice, change] of attacks) {
  test(`${code}: printed with what to do and a status of its own, seen by the operator, sent once`, async () => {
    await makeGroup(system, code, { rounds: { count: 1, participants: 1, quorum: 1, deadlineSeconds: 20 } });
    const { key } = await system.admin.call('createKey', {
      body: { role: 'participant', name: `h-${code}` },
    });
    const hostile = members.options(code, 'hostile', { key });
    await trainOnly(hostile);
    await poison(hostile, change);

    const data = await writeReviews(system.folder, code, reviews(1, 8));
    const places = ['--data', data, '--workspace', hostile.workspace, '--base-model', system.baseModel];
    const { status, stderr } = await colora([
      'join',
      system.url,
      '--group',
      code,
      '--key',
      key,
      '--threads',
      '1',
      ...places,
    ]);
    assert.equal(status, 13, stderr);
    assert.match(stderr, new RegExp(`round 1: the coordinator refused the contribution \\(${code}\\)`));
    assert.match(stderr, advice);
    assert.doesNotMatch(stderr, /^\s+at /m, 'no stack');

    const { items } = await system.admin.call('listEvents', { params: { group: code }, query: {} });
    const refusals = items.filter(({ kind }) => kind === 'contribution-refused');
    assert.deepEqual(
      refusals.map(({ participant, detail }) => [participant, detail.code]),
      [[`h-${code}`, code]],
    );
    // started again (by its supervisor, say) it does not send it again, and the round goes on without it
    const [again, honest] = await Promise.all([
      runClient(hostile),
      runClient(members.options(code, 'honest')),
    ]);
    assert.deepEqual([again.rounds, again.state, honest.rounds], [0, 'completed', 1]);
    const round = await system.admin.call('showRound', { params: { group: code, round: 1 } });
    assert.deepEqual([round.state, round.contributions], ['committed', 1]);
    const later = await system.admin.call('listEvents', { params: { group: code }, query: {} });
    assert.equal(later.items.filter(({ kind }) => kind === 'contribution-refused').length, 1);
  });
}

test('too large a norm: borne twice, and then it ends; the other one’s rounds all count', async () => {
  const group = 'norm-exceeded';
  await makeGroup(system, group, {
    rounds: { count: 4, participants: 2, quorum: 1, deadlineSeconds: 3 },
    privacy: { clipNorm: 0.5 },
  });
  const exaggerating: Trainer = {
    ...members.trainer,
    async openLearner(opened) {
      const learner = await members.trainer.openLearner(opened);
      return {
        ...learner,
        async trainRound(asked) {
          const result = await learner.trainRound(asked);
          return { ...result, contribution: each(result.contribution, filled(9)) };
        },
      };
    },
  };
  const said: string[] = [];
  const [honest] = await Promise.all([
    runClient(members.options(group, 'honest')),
    assert.rejects(
      runClient(
        members.options(group, 'loud', {
          trainer: exaggerating,
          log: ({ level, message }) => level === 'warn' && said.push(message),
        }),
      ),
      { code: 'contribution-refused', message: /norm-exceeded.*wider norm limit/ },
    ),
  ]);
  assert.equal(honest.rounds, 4);
  assert.equal(said.filter((line) => /norm-exceeded.*the next round is joined/.test(line)).length, 2);
});
