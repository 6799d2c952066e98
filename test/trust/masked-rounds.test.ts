// A group with secure aggregation from end to end: daemons and a coordinator that are real, a proxy that keeps every byte between them,
// and a checkpoint that is made of the plain sum of numbers which nothing that went over the wire tells.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { openVouchKey } from '@colora/cli/commands/accounts/vouch-key';
import { runClient } from '@colora/client/daemon';
import { ownPublicKey } from '@colora/client/kept-proofs';
import type { ClientOptions, ClientOutcome } from '@colora/client/session/client-options';
import { groupPaths } from '@colora/client/workspace/group-workspace';
import { readVector } from '@colora/client/workspace/masked/vector-file';
import { readPersonal } from '@colora/client/workspace/personal-store';
import { unitOf } from '@colora/privacy/rings/fixed-point';
import { layVector } from '@colora/privacy/rings/masked-vector';
import { writeRing } from '@colora/privacy/rings/ring';
import { readVerdictSums, verdictNumberCount } from '@colora/privacy/rings/verdict-numbers';
import { ringSizes } from '@colora/protocol/masking/masking-ring';
import { sha256Hex } from '@colora/protocol/sha256';
import { decode } from '@colora/tensors/safetensors/safetensors';
import type { TensorMap } from '@colora/tensors/tensor';
import { concluded } from '@colora/training/collaboration/verdict';
import { openGate } from '../support/gate.ts';
import { laptop } from '../support/laptop.ts';
import { useMembers } from '../support/members.ts';
import { colora } from '../support/processes.ts';
import { openRecorder, type Recorder } from '../support/recorder.ts';
import { adminKey, makeGroup, useSystem } from '../support/system.ts';

let recorder: Recorder;
const system = useSystem(async () => {
  recorder = await openRecorder(system.url);
});
const members = useMembers(system);
after(() => recorder?.close());

const names = ['ada', 'bob', 'cleo', 'dora'];
const silent = 'eve';
const point = { bits: 16, range: 1 };

async function checkpoint(group: string, version: number): Promise<TensorMap> {
  const answer = await system.admin.call('getCheckpoint', { params: { group, version } });
  return decode(new Uint8Array(await answer.arrayBuffer())).tensors;
}

async function vectorOf(group: string, name: string): Promise<Int32Array> {
  const paths = groupPaths(join(system.folder, `${group}-${name}`), group);
  const personal = await readPersonal(paths.personal);
  const vector = await readVector(paths.maskedVector, personal!.mark.trained!.sha256);
  assert.ok(vector !== null);
  return vector;
}

/** checkpoint - the mean of those who hold each tensor, out of the plain sum of whole numbers. */
function stepped(from: TensorMap, vectors: readonly Int32Array[]): TensorMap {
  const layout = layVector(
    [...from].map(([name, { shape }]) => ({ name, shape })),
    { privacy },
  );
  const sum = (at: number) => vectors.reduce((total, vector) => total + vector[at]!, 0);
  return new Map(
    layout.tensors.map(({ name, from: begin }, index) => {
      const { shape, data } = from.get(name)!;
      const weight = sum(layout.values + index);
      const moved = data.map(
        (value, at) => value - (weight === 0 ? 0 : (sum(begin + at) / weight) * unitOf(point)),
      );
      return [name, { shape, data: moved }];
    }),
  );
}

const privacy = { minMembers: 3, clipNorm: 1, secureAggregation: { bits: 16 as const } };

test('its checkpoint is that of the plain sum, and no byte that anybody sent or heard tells a member’s numbers', async (t) => {
  const stop = new AbortController();
  t.after(() => stop.abort()); // else they wait for ever where anything fails
  const group = 'masked';
  await makeGroup(system, group, {
    privacy,
    rounds: { count: 2, participants: 5, quorum: 3, deadlineSeconds: 240 },
  });
  // no round opens without the fifth, who comes when the others have trained alone
  let trainedAlone = 0;
  let comeIn: () => void = () => undefined;
  const isTime = new Promise<void>((resolve) => {
    comeIn = resolve;
  });
  const onProgress: ClientOptions['onProgress'] = (event) => {
    if (event.kind !== 'step' || event.what !== 'training the model alone' || event.step < event.steps)
      return;
    trainedAlone += 1;
    if (trainedAlone === names.length) comeIn();
  };
  const said: string[] = [];
  const log = ({ message }: { readonly message: string }) => {
    const round = /^(round \d): under the mask goes its verdict/.exec(message)?.[1];
    if (round !== undefined) said.push(round);
  };
  const joinAs = (name: string, own: Partial<ClientOptions> = {}) =>
    runClient(
      members.options(group, name, {
        name,
        url: recorder.url,
        guard: true,
        log,
        signal: stop.signal,
        ...own,
      }),
    );
  const joined = names.map((name) => joinAs(name, { onProgress }));
  await Promise.race([isTime, ...joined]);
  joined.push(joinAs(silent, { figures: false }));
  const ended = await Promise.all(joined);
  for (const { state, rounds } of ended) assert.deepEqual([state, rounds], ['completed', 2]);

  const vectors = await Promise.all([...names, silent].map((name) => vectorOf(group, name)));
  assertSame(await checkpoint(group, 2), stepped(await checkpoint(group, 1), vectors));
  await assertVerdicts(group, vectors, ended);
  assert.deepEqual(said, new Array(names.length).fill('round 2'));

  const passed = Buffer.concat(recorder.bodies);
  for (const vector of vectors) {
    for (const told of spellings(vector)) assert.equal(passed.indexOf(told), -1);
    // a masked one went, of as many bytes, and the search finds what is there
    assert.ok(passed.length > 3 * vector.length);
  }
  const sent = passed.subarray(passed.length >> 1, (passed.length >> 1) + 64);
  assert.ok(passed.indexOf(sent) >= 0);
});

/** Of the last round: all but the one who tells nothing tell theirs in the sum, and everybody hears what it comes to. */
async function assertVerdicts(
  group: string,
  vectors: readonly Int32Array[],
  ended: readonly ClientOutcome[],
): Promise<void> {
  const tails = vectors.map((vector) => vector.subarray(-verdictNumberCount));
  assert.deepEqual([...tails.at(-1)!], new Array(verdictNumberCount).fill(0));
  const sum = tails[0]!.map((_, at) => tails.reduce((total, tail) => total + tail[at]!, 0));
  const sums = readVerdictSums(sum, vectors.length)!;
  const counts = await system.admin.call('countVerdicts', { params: { group } });
  const { helped, noGainSeen, tooEarly, figures, ...counted } = counts;
  assert.deepEqual(counted, { version: 2, members: 5, told: 4 });
  assert.deepEqual([helped, noGainSeen, tooEarly], [...sum.subarray(0, 3)]);
  assert.deepEqual([figures!.reporters, figures!.shareOfCore], [4, sums.shareOfCore / 4]);
  assert.ok(Math.abs(figures!.gain.mean - sums.gain / sums.weight) < 1e-9);
  for (const { guard } of ended) {
    assert.deepEqual([guard!.version, guard!.found!.groupFigures], [2, figures]);
    assert.deepEqual(guard!.found!.verdict, concluded(guard!.found!.verdict, figures!.gain));
  }
}

test('one gone after sharing and one after sending: the sum is of those who sent', async () => {
  const group = 'gone';
  const people = [...names, 'eve', 'fay', 'gus'];
  await makeGroup(system, group, {
    privacy,
    rounds: { count: 1, participants: 7, quorum: 3, deadlineSeconds: 30 },
  });
  const leaves: Readonly<Record<string, RegExp>> = {
    bob: /secrets of its masks are shared/,
    fay: /contribution acknowledged/,
  };
  const joined = people.map((name) => {
    const stop = new AbortController();
    const log = ({ message }: { readonly message: string }) => {
      if (leaves[name]?.test(message)) stop.abort();
    };
    return runClient(members.options(group, name, { name, log, signal: stop.signal }));
  });
  const states = (await Promise.all(joined)).map(({ state }) => state);
  const expected = people.map((name) => (leaves[name] === undefined ? 'completed' : 'stopped'));
  assert.deepEqual(states, expected);
  const senders = people.filter((name) => name !== 'bob');
  const vectors = await Promise.all(senders.map((name) => vectorOf(group, name)));
  assertSame(await checkpoint(group, 1), stepped(await checkpoint(group, 0), vectors));
});

test('who sent and is to rest then still signs and reveals: without her there is no sum', async (t) => {
  const stop = new AbortController();
  t.after(() => stop.abort()); // else they wait for ever where anything fails
  const group = 'owed';
  await makeGroup(system, group, {
    privacy,
    rounds: { count: 1, participants: 3, quorum: 3, deadlineSeconds: 60, retries: 0 },
  });
  const { facts, guest } = await laptop('mains');
  t.after(() => guest.close());
  const gate = await openGate(system.url, async ({ line, way }) => {
    if (way !== 'in' || !line.startsWith('PUT') || !line.includes('/contribution')) return;
    facts.power = 'battery';
    while (guest.rest() === null) await delay(10);
  });
  t.after(() => gate.close());
  const [tired, ...others] = ['ines', 'jon', 'kim'].map((name) => {
    const waits: string[] = [];
    const onProgress: ClientOptions['onProgress'] = (event) =>
      void (event.kind === 'waiting' && waits.push(event.why));
    const own = name === 'ines' ? { url: gate.url, guest, onProgress } : {};
    const ended = runClient(members.options(group, name, { name, signal: stop.signal, ...own }));
    return { ended, waits };
  });
  const state = async () => (await system.admin.call('showGroup', { params: { group } })).state;
  while ((await state()) === 'running') await delay(100);
  assert.equal(await state(), 'completed', 'paused at the deadline');
  for (const { ended } of others) assert.equal((await ended).state, 'completed');
  while (!tired!.waits.includes('the machine to be plugged in')) await delay(50);
  facts.power = 'mains';
  assert.equal((await tired!.ended).rounds, 1);
});

test('a coordinator that asks for the same round once more, from another checkpoint, gets no second contribution under the same masks', async (t) => {
  const stop = new AbortController();
  const group = 'twice';
  await makeGroup(system, group, {
    privacy,
    rounds: { count: 2, participants: 3, quorum: 3, deadlineSeconds: 60 },
  });
  const sent = new Set<string>();
  let first: unknown = null; // the checkpoint of round 1, as an assignment tells it
  let lies = false;
  const gate = await openGate(system.url, ({ line, way, body }) => {
    const isPut = line.startsWith('PUT') && line.includes('rounds/2/contribution');
    if (isPut && way === 'in') sent.add(sha256Hex(body));
    if (way === 'in') return;
    if (isPut) lies = true;
    const told =
      line.startsWith('GET') && /assignment|masking/.test(line) && JSON.parse(String(Buffer.from(body)));
    if (told?.checkpoint?.version === 0) first = told.checkpoint;
    if (!lies) return;
    if (told?.round?.masking != null) {
      told.checkpoint = first;
      Object.assign(told.round, { version: 0, contributed: false });
      Object.assign(told.round.masking, { phase: 'masking', awaited: true });
      return Buffer.from(JSON.stringify(told));
    }
    if (told?.done !== undefined) {
      told.done.sent = false;
      return Buffer.from(JSON.stringify(told));
    }
  });
  const waiting = await openGate(system.url, async ({ line, way }) => {
    if (way === 'in' && line.includes('rounds/2/contribution')) await new Promise(() => undefined);
  });
  t.after(async () => {
    stop.abort();
    await Promise.all([gate.close(), waiting.close()]);
  });
  const said: string[] = [];
  const log = ({ message }: { readonly message: string }) => void said.push(message);
  const ended = ['ada', 'bob', 'cleo'].map((name) => {
    const own = name === 'ada' ? { url: gate.url, log } : { url: waiting.url };
    return runClient(members.options(group, name, { name, signal: stop.signal, ...own }));
  });
  while (sent.size < 2 && !said.some((line) => /other numbers than went under its masks/.test(line)))
    await delay(50);
  assert.equal(
    sent.size,
    1,
    'the two of them less each other are her update at one checkpoint less that at the other',
  );
  stop.abort();
  await Promise.all(ended);
});

interface Told {
  checkpoint?: { version: number };
  round?: { version: number } | null;
  settings?: { training?: object };
  group?: Told;
}

for (const [what, lie] of [
  [
    'checkpoint',
    (told: Told, first: Told['checkpoint']) => {
      const { round } = told;
      if (!round?.version) return false; // of round 1, or none
      told.checkpoint = first!;
      round.version = 0;
      return true;
    },
  ],
  [
    'rate',
    ({ settings, group }: Told) => {
      const training = settings?.training ?? group?.settings?.training;
      if (training === undefined) return false;
      Object.assign(training, { sharedRate: 1e-9, headRate: 1e-9 });
      return true;
    },
  ],
] as const)
  test(`who alone is told another ${what} sends nothing of what came of it`, async (t) => {
    const stop = new AbortController();
    const group = `other-${what}`;
    const rounds = { count: 2, participants: 3, quorum: 3, deadlineSeconds: 60 };
    await makeGroup(system, group, { privacy, rounds });
    let first: Told['checkpoint'];
    let lied = 0;
    const sent: string[] = [];
    const gate = await openGate(system.url, ({ line, way, body }) => {
      if (way === 'in' && line.startsWith('PUT') && line.includes('/contribution')) sent.push(line);
      if (way === 'in' || body[0] !== '{'.charCodeAt(0)) return;
      const told = JSON.parse(String(Buffer.from(body))) as Told;
      if (told.checkpoint?.version === 0) first = told.checkpoint;
      if (!lie(told, first)) return;
      lied = lied === 0 ? sent.length + 1 : lied;
      return Buffer.from(JSON.stringify(told));
    });
    t.after(async () => {
      stop.abort();
      await gate.close();
    });
    const said: string[] = [];
    const log = ({ message }: { readonly message: string }) => void said.push(message);
    const ended = ['ada', 'bob', 'cleo'].map((name) => {
      const own = name === 'ada' ? { url: gate.url, log } : {};
      return runClient(members.options(group, name, { name, signal: stop.signal, ...own }));
    });
    const isRefused = () =>
      said.some((line) => /made at another checkpoint, or by other settings/.test(line));
    let isOver = false;
    void Promise.all(ended).then(() => {
      isOver = true;
    });
    while (!isRefused() && !isOver) await delay(50);
    assert.ok(isRefused() && lied > 0, said.join('\n'));
    assert.equal(sent.length, lied - 1);
    stop.abort();
    await Promise.all(ended);
  });

test('where an admin vouches for members, no round begins before she did, on her machine', async (t) => {
  const stop = new AbortController();
  t.after(() => stop.abort()); // else they wait for ever where anything fails
  const group = 'vouched';
  const file = join(system.folder, 'vouch-key');
  const { publicKey: vouchedBy } = await openVouchKey(file);
  const vouched = { ...privacy, secureAggregation: { vouchedBy } };
  await makeGroup(system, group, { privacy: vouched, rounds: { count: 1, participants: 3, quorum: 3 } });
  const three = ['vera', 'wim', 'xia']; // nobody else’s at this coordinator, by which an admin names them
  const joined = three.map((name) => {
    let tell: (message: string) => void = () => undefined;
    const isIn = new Promise<string>((resolve) => {
      tell = resolve;
    });
    const log = ({ message }: { readonly message: string }) => {
      if (/^handed in/.test(message)) tell(message);
    };
    const limits = { requireVouched: vouchedBy };
    return {
      name,
      isIn,
      ended: runClient(members.options(group, name, { name, log, limits, signal: stop.signal })),
    };
  });
  for (const { name, isIn } of joined) {
    await isIn;
    const { items } = await system.admin.call('listRounds', { params: { group } });
    assert.deepEqual(items, []);
    const key = await ownPublicKey(join(system.folder, `${group}-${name}`));
    const told = ['--group', group, '--key-of-member', key!, '--vouch-key', file, '--url', system.url];
    const { status, stderr } = await colora(['members', 'vouch', name, ...told], {
      env: { COLORA_KEY: adminKey },
    });
    assert.equal(status, 0, stderr);
  }
  for (const { ended } of joined) assert.equal((await ended).state, 'completed');
});

function assertSame(made: TensorMap, expected: TensorMap): void {
  for (const [name, { data }] of made) {
    const other = expected.get(name)!.data;
    const off = data.findIndex((value, at) => Math.abs(value - other[at]!) > 1e-6 * Math.abs(value) + 1e-9);
    assert.equal(off, -1, `${name}[${off}]: ${data[off]} and ${other[off]}`);
  }
}

/** Sixteen numbers of it that aren't zero, in each form in which they could be told. */
function spellings(vector: Int32Array): Buffer[] {
  const from = vector.findIndex((_, at) => vector.subarray(at, at + 16).every((value) => value !== 0));
  assert.ok(from >= 0);
  const numbers = vector.slice(from, from + 16);
  const floats = Float32Array.from(numbers, (value) => value * unitOf(point));
  return [
    Buffer.from(numbers.buffer),
    Buffer.from(floats.buffer),
    Buffer.from(Float64Array.from(numbers).buffer),
    ...ringSizes.map((ring) => Buffer.from(writeRing(numbers, ring))),
    Buffer.from(JSON.stringify([...numbers]).slice(1, -1)),
  ];
}
