// What adapters beside each other cost in the memory of `colora serve`: on the language model that COLORA_BENCH_LANGUAGE_MODEL names, one of
// rank 16 on all linear layers and twenty, against their own bytes. Each count is a process of its own; what is told
// is its anonymous memory after every adapter has written a token (Linux: /proc tells). usage: npm run bench:adapters [-- --count 20 --rank 16]
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openBaseModel } from '@colora/models/base-model';
import { seededRandom } from '@colora/tensors/random';
import type { Tensor, TensorMap } from '@colora/tensors/tensor';
import { plainNames } from '@colora/training/programs/folded-model';
import { startTrainer } from '@colora/training/trainer';

const { values: flags } = parseArgs({
  options: {
    count: { type: 'string', default: '20' },
    rank: { type: 'string', default: '16' },
    only: { type: 'string' },
  },
});
const folder = process.env.COLORA_BENCH_LANGUAGE_MODEL;
const [count, rank] = [Number(flags.count), Number(flags.rank)];

if (folder === undefined) {
  console.log('skipped: COLORA_BENCH_LANGUAGE_MODEL names no folder of a language model');
} else if (flags.only !== undefined) {
  console.log(JSON.stringify(await measured(folder, Number(flags.only))));
} else {
  const [none, one, all] = [0, 1, count].map(inProcess) as [Figures, Figures, Figures];
  const own = one.own;
  const added = all.anonymous - none.anonymous;
  console.log(`one adapter: ${megabytes(own)} MB of its own`);
  console.log(
    `anonymous memory: ${[none, one, all].map(({ anonymous }) => megabytes(anonymous)).join(', ')} MB with 0, 1, ${count}`,
  );
  console.log(
    `${count} adapters cost ${megabytes(added)} MB, ${(added / (count * own)).toFixed(3)} of ${count} times their own bytes`,
  );
  const beside = (all.anonymous - one.anonymous) / ((count - 1) * own);
  console.log(`each beside the first: ${beside.toFixed(3)} of its own bytes`);
}

interface Figures {
  /** Bytes. */
  readonly anonymous: number;
  readonly own: number;
}

function inProcess(adapters: number): Figures {
  const args = ['--import', 'tsx', fileURLToPath(import.meta.url), '--rank', String(rank)];
  return JSON.parse(
    execFileSync(process.execPath, [...args, '--only', String(adapters)], { encoding: 'utf8' }),
  );
}

async function measured(baseModel: string, adapters: number): Promise<Figures> {
  const { linears } = await openBaseModel(baseModel);
  const trainer = await startTrainer({ threads: 1, device: 'cpu' });
  try {
    const generator = await trainer.openGenerator({ baseModel, adapters: {} });
    const make = (seed: number): TensorMap => {
      const random = seededRandom(`bench/${seed}`);
      const values = (shape: readonly [number, number]): Tensor => ({
        shape,
        data: Float32Array.from({ length: shape[0] * shape[1] }, () => 0.01 * (random.next() - 0.5)),
      });
      return new Map(
        linears.flatMap(({ name, in: inner, out }) => {
          const names = plainNames(name);
          return [[names.A, values([rank, inner])] as const, [names.B, values([out, rank])] as const];
        }),
      );
    };
    let own = 0;
    for (let index = 0; index < adapters; index += 1) {
      const tensors = make(index);
      own = [...tensors.values()].reduce((sum, { data }) => sum + data.byteLength, 0);
      await generator.put(`a${index}`, tensors);
    }
    const asked = { prompt: 'Once upon a time', maxTokens: 2, temperature: 0, topP: 1, seed: 0, stop: [] };
    // the keys and values of two texts are kept whatever there is: they are no adapter's
    await generator.put('nothing', new Map());
    for (const adapter of [null, 'nothing']) await generator.generate({ ...asked, adapter });
    for (let index = 0; index < adapters; index += 1)
      await generator.generate({ ...asked, adapter: `a${index}` });
    await sleep(3000); // what was given up goes back
    const [, kilobytes] = /RssAnon:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))!;
    return { anonymous: 1024 * Number(kilobytes), own };
  } finally {
    await trainer.close();
  }
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
