// What secure aggregation costs, without network and database: processor seconds and bytes of a member and of the coordinator in one
// masked round, at 0, 10 and 30 % drop-outs between shares and contributions, beside a round without masks of the same numbers in
// the same run: hashes, norms and the mean, as the coordinator takes them. The masked sum is held to the plain one.
// Run: npm run bench:masking -- --json FILE; --members 128 --values 300000 for one size alone
import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { graphOf, reachedOf } from '@colora/privacy/masking/graph';
import { maskVector, revealsOf, shareSecrets } from '@colora/privacy/masking/member-secrets';
import { type OwnRoster, openRoster, readVerified, verifyRoster } from '@colora/privacy/masking/roster';
import { rosterText, rowOf, testGroup, testMembers } from '@colora/privacy/masking/testing-members';
import { masksLeft, type Revealed, takeOff } from '@colora/privacy/masking/unmask';
import { quantise, unitOf } from '@colora/privacy/rings/fixed-point';
import { centre, ringBytes } from '@colora/privacy/rings/ring';
import { openRingSum } from '@colora/privacy/rings/ring-sum';
import { ringHolding } from '@colora/protocol/masking/masking-ring';
import { sha256Hex } from '@colora/protocol/sha256';
import { closeKernels, openKernels } from '@colora/tensors/kernels';
import { pieceElements } from '@colora/tensors/pieces';
import { seededRandom } from '@colora/tensors/random';
import { type Measured, report } from '../report.ts';

const { values: given } = parseArgs({
  options: { members: { type: 'string' }, values: { type: 'string' }, json: { type: 'string' } },
});
const sizes =
  given.members === undefined
    ? [
        { members: 128, values: 300_000 },
        { members: 32, values: 10_000_000 },
      ]
    : [{ members: Number(given.members), values: Number(given.values ?? 300_000) }];
const dropOuts = [0, 0.1, 0.3];
const point = { bits: 16, range: 1 };

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** The coordinator's: what members of the same process left behind is collected before, since theirs are processes of their own. */
function ofCoordinator<Result>(work: () => Result): ReturnType<typeof timed<Result>> {
  collectGarbage();
  return timed(work);
}

/** Processor seconds of what runs at once. */
function timed<Result>(work: () => Result): { readonly result: Result; readonly seconds: number } {
  const before = process.cpuUsage();
  const result = work();
  const { user, system } = process.cpuUsage(before);
  return { result, seconds: (user + system) / 1e6 };
}

/** Who sends where a share of the members is gone, as evenly as it goes; null where the round would fail. */
function sendersOf(members: number, hash: string, share: number): number[] | null {
  const gone = new Set(
    seededRandom(`gone ${share}`)
      .shuffle(Array.from({ length: members }, (_, at) => at))
      .slice(0, Math.floor(share * members)),
  );
  const left = Array.from({ length: members }, (_, at) => at).filter((member) => !gone.has(member));
  return reachedOf(graphOf(members, hash), left).length === left.length ? left : null;
}

/** A round of each share of drop-outs. */
function run({ members, values }: (typeof sizes)[number]): Measured[] {
  const ring = ringHolding({ members, mostWeight: 1, bits: point.bits, mostNoise: 0 })!;
  const people = testMembers(members);
  const text = rosterText(people.map((member) => rowOf(member)));
  const open = openRoster(text);
  const all = people.map((_, at) => at);
  const expectedOf = (at: number) => ({
    ...{ ...testGroup, round: 1, key: people[at]!.signer.publicKey, vouchedBy: null },
  });
  const random = seededRandom('values');
  const update = Float32Array.from({ length: values }, () => (random.next() - 0.5) / 4);

  // a member: the roster, shares, rounding, masks
  const verified = timed(() => verifyRoster(text, expectedOf(0)));
  const rounded = timed(() => quantise(update, point, random.next));
  const vector = rounded.result;
  const owns: OwnRoster[] = all.map((at) =>
    at === 0 ? verified.result : readVerified(text, expectedOf(at)),
  );
  const shared = all.map((at) => timed(() => shareSecrets(owns[at]!, people[at]!, randomBytes)));
  const maskings = all.map((at) => timed(() => maskVector(owns[at]!, people[at]!, all, { vector, ring })));
  const masking = maskings.reduce((sum, { seconds }) => sum + seconds, 0) / members;
  const plain = plainSeconds(vector, members);

  const name = `${members} members x ${values} values`;
  const results: Measured[] = [];
  const tell = (
    implementation: string,
    median: number,
    unit: Measured['unit'],
    figures?: Measured['figures'],
  ) =>
    results.push({
      ...{ case: name, implementation, median: Number(median.toPrecision(3)), unit, peakMemoryMB: null },
      ...(figures === undefined ? {} : { figures }),
    });
  tell('coordinator, no masks', plain, 'CPU s');
  for (const share of dropOuts) {
    const percent = `${100 * share} % gone`;
    const senders = sendersOf(members, open.hash, share);
    if (senders === null) continue;
    const words = new Int32Array(values);
    const { seconds } = ofCoordinator(() => {
      const sum = openRingSum(words, ring);
      for (const sender of senders) {
        sha256Hex(maskings[sender]!.result);
        sum.add(maskings[sender]!.result, 1);
      }
      sum.close();
    });
    const sealedTo = (to: number) =>
      all.flatMap((from) => {
        const one = shared[from]!.result.find((sealed) => sealed.to === to);
        return one === undefined ? [] : [{ from, sealed: one.sealed }];
      });
    const taking = { sharers: all, senders };
    let revealing = 0;
    const revealed = senders.flatMap((by): Revealed[] => {
      const sealed = sealedTo(by);
      const told = timed(() => revealsOf(owns[by]!, people[by]!.sealingKey, sealed, taking));
      revealing += told.seconds / senders.length;
      return told.result.reveals.map((one) => ({ ...one, by }));
    });
    const rebuilt = ofCoordinator(() => masksLeft(open, taking, revealed));
    const unmasked = ofCoordinator(() => {
      for (let from = 0; from < values; from += pieceElements) {
        const piece = words.subarray(from, from + pieceElements);
        const left = openRingSum(piece, ring);
        takeOff(left, from, rebuilt.result);
        left.close();
        centre(piece, ring);
      }
    });
    for (let at = 0; at < values; at += 1)
      if (words[at] !== senders.length * vector[at]!) throw new Error(`value ${at} of the sum is wrong`);
    const total = seconds + rebuilt.seconds + unmasked.seconds;
    const parts = {
      'shares put together': rebuilt.seconds,
      'masks taken off': unmasked.seconds,
      'times of no masks': total / plain,
    };
    tell(`coordinator, ${percent}`, total, 'CPU s', parts);
    const own = verified.seconds + rounded.seconds + shared[0]!.seconds + masking + revealing;
    tell(`member, ${percent}`, own, 'CPU s', {
      'roster and shares': verified.seconds + shared[0]!.seconds,
      'rounding and masks': rounded.seconds + masking,
      reveals: revealing,
    });
    const neighbours = open.graph.neighbours[0]!.length;
    const told = text.length + 2 * neighbours * 150 + neighbours * (150 + 100);
    tell(`member sends and hears, ${percent}`, (values * ringBytes(ring) + told) / 1e6, 'MB', {
      'bytes a value': ringBytes(ring),
      'beside the contribution': told / 1e6,
    });
  }
  return results;
}

/** Hashes, norms and the weighted sum in float64, of float32 values. */
function plainSeconds(vector: Int32Array, members: number): number {
  const values = Float32Array.from(vector, (one) => one * unitOf(point));
  const bytes = new Uint8Array(values.buffer);
  const elements = pieceElements;
  const kernels = openKernels(12 * elements);
  const row = new Float32Array(kernels.memory.buffer, 8 * elements, elements);
  const { seconds } = ofCoordinator(() => {
    for (let member = 0; member < members; member += 1) {
      sha256Hex(bytes);
      for (let from = 0; from < values.length; from += elements) {
        const piece = values.subarray(from, from + elements);
        row.fill(0).set(piece);
        kernels.squaresOfFloats(8 * elements, elements);
        kernels.addScaled(0, 8 * elements, elements, 1);
      }
    }
  });
  closeKernels(kernels);
  return seconds;
}

/** Of each figure the median over the runs. */
function mediansOf(runs: readonly (readonly Measured[])[]): Measured[] {
  const median = (numbers: readonly number[]) => [...numbers].sort((a, b) => a - b)[numbers.length >> 1]!;
  return runs[0]!.map((first, at) => {
    const all = runs.map((results) => results[at]!);
    const figures = Object.keys(first.figures ?? {}).map(
      (name) => [name, median(all.map((one) => one.figures![name]!))] as const,
    );
    const told = first.figures === undefined ? {} : { figures: Object.fromEntries(figures) };
    return { ...first, median: median(all.map((one) => one.median)), ...told };
  });
}

/** The first doesn't count: a coordinator lives for months, with its code compiled. Large ones take a minute, and are alike. */
function repeated(size: (typeof sizes)[number]): Measured[] {
  const repeats = size.members * size.values > 1e8 ? 1 : 3;
  if (repeats > 1) run(size);
  return mediansOf(Array.from({ length: repeats }, () => run(size)));
}

report(sizes.flatMap(repeated), 'coordinator, no masks');
