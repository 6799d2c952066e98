// Each checkpoint of a group can be made once more, byte for byte, out of what its manifest names, whoever came late, was refused,
// dropped or silent, whatever rule, optimizer and encoding it has; and one byte changed anywhere is found, and named.
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { coordinatorSource } from '@colora/cli/verify/coordinator-source';
import { exportProof } from '@colora/cli/verify/export-proof';
import { folderSource } from '@colora/cli/verify/folder-source';
import { filesFolder } from '@colora/cli/verify/proof-folder';
import { runVerification, type Verification } from '@colora/cli/verify/run-verification';
import { type KeptReceipt, keptReceiptSchema } from '@colora/client/receipts/receipt-store';
import {
  clusteredSettings,
  initial as clusteredStart,
  contribute,
  sendProbe,
} from '@colora/coordinator/testing/clustered-group';
import { onOneDatabase } from '@colora/coordinator/testing/databases';
import { adminKey, joinAs, makeGroup, tensors } from '@colora/coordinator/testing/group';
import { useCoordinator } from '@colora/coordinator/testing/use-coordinator';
import { type ApiClient, createApiClient } from '@colora/protocol/api-client';
import { manifestForm } from '@colora/protocol/proofs/manifest';
import { makePrivateKey, openSigner } from '@colora/protocol/proofs/signatures';
import { sha256Hex } from '@colora/protocol/sha256';
import type { TaskSettingsInput } from '@colora/protocol/task-settings';
import type { TensorMap } from '@colora/tensors/tensor';
import fc from 'fast-check';
import { joinSigned, type MadeSo, type SignedMember } from '../support/signed-member.ts';

const start = tensors({ 'x.shared.A': [0.5, 2, -1, 3], 'x.shared.B': [0, 0, 0] });

onOneDatabase('verified checkpoints', (database) => {
  const coordinator = useCoordinator(database);
  let folder = '';
  let members: SignedMember[] = [];
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'colora-proof-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const admin = () => createApiClient(coordinator.url, () => adminKey);
  const online = async (api: ApiClient, group: string) =>
    coordinatorSource(api, group, await mkdtemp(join(folder, 'files-')));
  async function exported(group: string): Promise<string> {
    const out = join(folder, group);
    await exportProof(await coordinatorSource(admin(), group, filesFolder(out)), out);
    return out;
  }
  const verify = async (out: string, members: readonly SignedMember[] = []): Promise<Verification> =>
    runVerification(await folderSource(out), { receipts: members.flatMap(({ receipts }) => receipts) });
  const reach = (one: Pick<SignedMember, 'until'>, version: number) =>
    one.until(`checkpoint ${version}`, ({ checkpoint }) => (checkpoint?.version ?? 0) >= version);

  /** Two late ones, one refused, one cancelled round, a rollback: six checkpoints. */
  async function eventfulRun(group: string) {
    const keeper = await makeGroup(coordinator.url, {
      name: group,
      initial: start,
      settings: {
        aggregation: { optimizer: 'fedadam', weighting: 'examples' },
        wire: { upload: 'int8', download: 'int8' },
        rounds: { count: 9, participants: 3, quorum: 2, deadlineSeconds: 2, retries: 100, maxStaleness: 2 },
      },
    });
    const names = ['ann', 'ben', 'cat'].map((name) => `${name}-${group}`);
    const people: SignedMember[] = [];
    for (const name of names) people.push(await joinSigned(coordinator.url, name, group));
    const [ann, ben, cat] = people as [SignedMember, SignedMember, SignedMember];
    const params = { group };
    const update = (by: number) =>
      tensors({ 'x.shared.A': [by, -by, by / 3, 0.1], 'x.shared.B': [by, 1, by] });
    const send = async (one: SignedMember, by: number, encoding: 'f32' | 'int8' = 'int8') =>
      (await one.make(update(by), { examples: 3 + by, encoding }))();
    const allIn = (number: number) =>
      Promise.all(people.map((one) => one.until(`round ${number}`, ({ round }) => round?.number === number)));
    const late = await cat.make(update(7), { examples: 70 });
    await keeper.call('extendGroup', { params, body: { deadlineSeconds: 600 } }); // of the rounds after the first
    await send(ann, 1);
    await assert.rejects((await ben.make(tensors({ 'x.shared.A': [1, 2, 3, Number.NaN] })))(), /NaN/);
    await send(ben, 2, 'f32');
    await allIn(2);
    await late(); // counts in round 2
    await send(ann, 3);
    await send(ben, 4);
    await allIn(3);
    await send(ann, 5);
    await keeper.call('cancelRound', { params: { group, round: 3 } });
    await allIn(4);
    for (const [at, one] of people.entries()) await send(one, at + 1);
    await reach(ann, 3);
    await keeper.call('rollbackGroup', { params, body: { toVersion: 1 } });
    await Promise.all(people.map((one) => one.until('the round after', ({ round }) => round?.version === 4)));
    for (const one of people) await send(one, 2);
    await reach(ann, 5);
    return people;
  }

  test('late, refused, dropped, silent, put back: every checkpoint is made again, and every receipt found', async () => {
    members = await eventfulRun('eventful');
    const out = await exported('eventful');
    const { checkpoints, receipts, holds } = await verify(out, members);
    assert.deepEqual(
      checkpoints.flatMap(({ faults }) => faults),
      [],
    );
    assert.ok(holds);
    assert.deepEqual(
      checkpoints.map(({ manifest, replayed, bytes }) => [
        manifest?.made,
        manifest?.counted.length,
        replayed,
        bytes,
      ]),
      [
        ['upload', 0, false, 'verified'],
        ['round', 2, true, 'verified'],
        ['round', 3, true, 'verified'],
        ['round', 3, true, 'verified'],
        ['rollback', 0, true, 'verified'],
        ['round', 3, true, 'verified'],
      ],
    );
    const leftOut = checkpoints.map(({ entries }) =>
      entries.leftOut.map((entry) => `${entry!.participant.slice(0, 3)} ${entry!.reason}`).sort(),
    );
    assert.deepEqual(leftOut, [[], ['ben not-finite', 'cat nothing-sent'], [], ['ann cancelled'], [], []]);
    const found = receipts.map(({ found, why }) => why ?? found);
    assert.equal(found.filter((what) => what === 'cancelled').length, 1);
    assert.equal(found.filter((what) => what === 'counted').length, receipts.length - 1);

    // a member sees its own entries and nobody’s else
    const [ann] = members;
    const seen = await runVerification(await online(ann!.api, 'eventful'), { receipts: ann!.receipts });
    assert.ok(seen.holds, seen.checkpoints.flatMap(({ faults }) => faults).join());
    for (const { entries } of seen.checkpoints)
      for (const entry of [...entries.counted, ...entries.leftOut])
        assert.ok(entry === null || entry.participant === ann!.name);
    assert.match(seen.checkpoints[1]!.notReplayedBecause ?? '', /entries are not shown/);
    await assert.rejects(
      ann!.api.call('getKeptFile', { params: { group: 'eventful', sha256: 'a'.repeat(64) } }),
      /admin|role/,
    );
    const { items } = await admin().call('listEvents', {
      params: { group: 'eventful' },
      query: { kind: 'contribution-read' },
    });
    const sent = checkpoints.flatMap(({ entries }) => entries.counted.map((entry) => entry!.sha256));
    const read = items.map(({ detail }) => detail.sha256);
    assert.deepEqual(
      read.sort(),
      [...new Set(sent)].sort(),
      'who reads a contribution is in the audit trail',
    );
  });

  test('one bit of one byte changed anywhere in files and manifests is found', async () => {
    const out = join(folder, 'eventful');
    const paths = (await readdir(out, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile() && entry.name !== 'proof.json')
      .map((entry) => join(entry.parentPath, entry.name));
    const names = new Map<string, RegExp>();
    for (const report of (await verify(out)).checkpoints) {
      names.set(report.manifest!.checkpoint, /bytes of checkpoint \d/);
      if (report.manifest!.optimizer !== null) names.set(report.manifest!.optimizer, /optimizer’s state/);
      for (const entry of report.entries.counted)
        names.set(entry!.sha256, new RegExp(`contribution of ${entry!.participant}`));
    }
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...paths), fc.nat(), fc.nat(7), async (path, at, bit) => {
        const whole = await readFile(path);
        const changed = Buffer.from(whole);
        changed[at % whole.length]! ^= 1 << bit;
        await writeFile(path, changed);
        try {
          const found = await verify(out).catch((error: Error) => error);
          const faults =
            found instanceof Error ? [found.message] : found.checkpoints.flatMap((one) => one.faults);
          const expected = names.get(/(\w{64})\.safetensors$/.exec(path)?.[1] ?? '') ?? /./;
          assert.ok(
            faults.some((fault) => expected.test(fault)),
            `${path} at ${at} bit ${bit}: ${faults}`,
          );
          assert.ok(found instanceof Error || !found.holds);
        } finally {
          await writeFile(path, whole);
        }
      }),
      { numRuns: 40 },
    );
    assert.ok((await verify(out)).holds);
    const first = paths.find((path) => path.endsWith('0.json'))!;
    const told = await readFile(first, 'utf8');
    await writeFile(first, told.replace('"unmasking"', '"unmaskinh"'));
    await assert.rejects(verify(out), /no part of an exported proof/);
    await writeFile(first, told);
  });

  test('one character changed in a receipt is found, and a receipt that no manifest knows', async () => {
    const source = await folderSource(join(folder, 'eventful'));
    const { key } = source;
    const receipts = members.flatMap((member) => member.receipts);
    const holds = async (held: KeptReceipt) =>
      (await runVerification(source, { key, receipts: [held] })).holds;
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...receipts), fc.nat(), fc.nat(6), async (held, at, bit) => {
        const text = JSON.stringify(held);
        const place = at % text.length;
        const letter = String.fromCharCode(text.charCodeAt(place) ^ (1 << bit));
        const changed = keptReceipt(text.slice(0, place) + letter + text.slice(place + 1));
        // what is no receipt at all any more is counted by the workspace's reader
        assert.ok(changed === null || !(await holds(changed)), `${text} at ${place} bit ${bit}`);
      }),
      { numRuns: 40 },
    );
    const [ann] = members;
    const silent = { ...source, entries: async () => [] }; // tells ann nothing of what it took
    const { receipts: checked } = await runVerification(silent, { key, receipts: ann!.receipts });
    assert.match(checked[0]!.why ?? '', /no manifest counts it or says why/);
  });

  test('a checkpoint that its contributions don’t make is found, though every hash and signature fits', async () => {
    const source = await folderSource(join(folder, 'eventful'));
    const { checkpoints } = await runVerification(source, { receipts: [] });
    const { version: last, checkpoint } = checkpoints.at(-1)!.manifest!;
    const file = await source.checkpoint(last, checkpoint);
    assert.ok('path' in file);
    const bytes = await readFile(file.path);
    bytes[bytes.length - 1]! ^= 1;
    const path = join(folder, 'other.safetensors');
    await writeFile(path, bytes);
    const made = sha256Hex(bytes);
    const { publicKey: key, sign } = openSigner(makePrivateKey())!;
    const lying: typeof source = {
      ...{ ...source, key },
      checkpoint: async (version, sha256) =>
        sha256 === made ? { path } : source.checkpoint(version, sha256),
      async *manifests() {
        for await (const { version, text } of source.manifests()) {
          const manifest = manifestForm.read(text)!;
          const said = version === last ? manifestForm.write({ ...manifest, checkpoint: made }) : text;
          yield { version, text: said, key, signature: sign(said) };
        }
      },
    };
    const found = await runVerification(lying, { receipts: [] });
    assert.deepEqual(
      found.checkpoints.flatMap(({ faults }) => faults),
      ['the checkpoint is not what the contributions that counted make'],
    );
    assert.equal(found.holds, false);
  });

  test('what retention removed is said not to have been replayed, and is no fault', async () => {
    const out = join(folder, 'eventful');
    const { checkpoints } = await verify(out);
    await rm(join(filesFolder(out), `${checkpoints[2]!.entries.counted[0]!.sha256}.safetensors`));
    const after = await verify(out);
    assert.match(
      after.checkpoints[2]!.notReplayedBecause ?? '',
      /contribution of .* the export does not hold it/,
    );
    assert.ok(after.holds);
  });

  const one = { participants: 3, quorum: 3, count: 2 };
  const wide = tensors({ w: Array.from({ length: 70_000 }, (_, i) => Math.sin(i)) });
  const runs: Record<string, { settings: Partial<TaskSettingsInput>; initial?: TensorMap; made?: MadeSo }> = {
    krum: {
      settings: { aggregation: { rule: 'krum', byzantine: 0 }, wire: { upload: 'top-k', keep: 0.5 } },
      made: { encoding: 'top-k', keep: 0.5 },
    },
    clipped: {
      settings: {
        aggregation: { rule: 'centered-clipping', radius: 2, optimizer: 'fedavgm' },
        wire: { upload: 'f16', download: 'bf16' },
      },
      made: { encoding: 'f16' },
    },
    controls: {
      settings: {
        training: { controls: true, optimizer: 'sgd' },
        aggregation: { optimizer: 'fedyogi', rate: 0.1 },
      },
      initial: tensors({ x: [1, 2], 'control/x': [0.5, 0.25] }),
    },
    median: { settings: { aggregation: { rule: 'median', optimizer: 'fedadagrad' } } },
    wide: { settings: { aggregation: { rule: 'geometric-median', normBound: 'off' } }, initial: wide },
    bounded: { settings: { aggregation: { rule: 'norm-bound', radius: 1 } } },
  };
  for (const [name, { settings, initial = start, made = {} }] of Object.entries(runs))
    test(`${name}: replayed by the rule, optimizer and encoding that it has`, async () => {
      await makeGroup(coordinator.url, { name, initial, settings: { ...settings, rounds: one } });
      const senders = [];
      for (const who of ['a', 'b', 'c'])
        senders.push(await joinSigned(coordinator.url, `${who}-${name}`, name));
      for (const version of [0, 1]) {
        await reach(senders[0]!, version);
        for (const [at, sender] of senders.entries()) {
          const update = new Map(
            [...initial].map(([tensor, { shape, data }]) => [
              tensor,
              { shape, data: data.map((value, i) => Math.fround(Math.cos(value + i + at) / (1 + version))) },
            ]),
          );
          await (await sender.make(update, made))();
        }
      }
      await reach(senders[0]!, 2);
      const { holds, checkpoints } = await runVerification(await online(admin(), name), { receipts: [] });
      assert.deepEqual(
        checkpoints.flatMap(({ faults }) => faults),
        [],
      );
      assert.deepEqual(
        checkpoints.map(({ replayed }) => replayed),
        [false, true, true],
      );
      assert.ok(holds);
    });

  test('clusters: rows that come about in a round, and where they start from, are replayed', async () => {
    const group = 'clustered';
    const kinds = { ada: 'plain', bob: 'inverted', cem: 'plain', dia: 'inverted' } as const;
    const settings = clusteredSettings(4, 2);
    await makeGroup(coordinator.url, { name: group, initial: clusteredStart, settings });
    const people = [];
    for (const [name, kind] of Object.entries(kinds)) {
      const member = await joinAs(coordinator.url, `${name}-${group}`, group);
      await member.assignment();
      await sendProbe(member, group, kind);
      people.push(member);
    }
    for (const round of [1, 2])
      for (const [at, member] of people.entries()) await contribute(member, group, at + round);
    await reach(people[0]!, 2);
    const { holds, checkpoints } = await runVerification(await online(admin(), group), { receipts: [] });
    assert.deepEqual(
      checkpoints.flatMap(({ faults }) => faults),
      [],
    );
    assert.ok(checkpoints[1]!.manifest!.added.length >= 4 && checkpoints[2]!.replayed && holds);
  });
});

function keptReceipt(text: string): KeptReceipt | null {
  try {
    return keptReceiptSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}
