// How soon `colora serve` answers and how fast it writes, beside llama.cpp in F16 on the same machine: the first token after a
// prompt that nothing of is kept, and tokens a second from then on, of the folder that COLORA_BENCH_LANGUAGE_MODEL names, at each
// base precision. llama.cpp is node-llama-cpp's, out of the folder that COLORA_BENCH_LLAMA names; its file is written from
// that same folder. All take turns. usage: npm run bench:serve [-- --prompt 200 --tokens 64 --turns 5 --threads 2 --only NAME,NAME]
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openBaseModel } from '@colora/models/base-model';
import { basePrecisions } from '@colora/models/base-precision';
import type { Precision } from '@colora/models/gguf/writing/planned-tensors';
import { tokenizerFields } from '@colora/models/gguf/writing/tokenizer-fields';
import { writeGgufModel } from '@colora/models/gguf/writing/write-model';
import { seededRandom } from '@colora/tensors/random';
import { ggufTokenizerSource } from '@colora/training/gguf-source';
import { openTokenizer } from '@colora/training/text/tokenizer';
import { median, type Result, report } from '../report.ts';
import { type Answer, llamaWriter, servedWriter, type Writer } from './writer.ts';

const { values: flags } = parseArgs({
  options: {
    prompt: { type: 'string', default: '200' },
    tokens: { type: 'string', default: '64' },
    turns: { type: 'string', default: '5' },
    threads: { type: 'string', default: String(availableParallelism()) },
    only: { type: 'string' },
    json: { type: 'string' },
  },
});
const folder = process.env.COLORA_BENCH_LANGUAGE_MODEL;
const llama = process.env.COLORA_BENCH_LLAMA;
const [first, rate] = [`first token after ${flags.prompt}`, `then ${flags.tokens}`];
const reference = 'llama.cpp-f16';
const wanted = (name: string) => flags.only === undefined || flags.only.split(',').includes(name);

const results: Result[] = [];
if (folder === undefined) {
  const skipped = 'COLORA_BENCH_LANGUAGE_MODEL names no folder of a language model';
  results.push({ case: first, implementation: 'colora serve', skipped });
} else {
  const work = await mkdtemp(join(tmpdir(), 'colora-bench-serve-'));
  const writers = await openWriters(folder, work);
  try {
    results.push(...(await takeTurns(folder, writers)));
  } finally {
    for (const writer of writers) writer.end();
    await rm(work, { recursive: true });
  }
  if (llama === undefined)
    results.push({
      case: first,
      implementation: reference,
      skipped: 'COLORA_BENCH_LLAMA names no folder of it',
    });
}
report(results, reference);

async function openWriters(model: string, work: string): Promise<Writer[]> {
  const writers: Writer[] = [];
  for (const precision of basePrecisions) {
    const name = `serve-${precision}`;
    const own = ['--threads', flags.threads, '--device', 'cpu', '--base-precision', precision];
    if (wanted(name)) writers.push(await servedWriter(name, model, own));
  }
  for (const precision of ['f16', 'q8_0'] as const) {
    const name = `llama.cpp-${precision}`;
    if (llama === undefined || !wanted(name)) continue;
    const file = join(work, `${precision}.gguf`);
    await writeFile(model, file, precision);
    writers.push(llamaWriter(name, llama, file, Number(flags.threads)));
  }
  return writers;
}

async function writeFile(model: string, file: string, precision: Precision): Promise<void> {
  const base = await openBaseModel(model);
  const rows = base.family.vocabularySize(base.config);
  const tokenizer = tokenizerFields(await ggufTokenizerSource(base), rows);
  await writeGgufModel(file, { base, folded: new Map(), title: 'bench' }, { tokenizer, precision });
}

async function takeTurns(model: string, writers: readonly Writer[]): Promise<Result[]> {
  const { encodePrompt, decode } = await openTokenizer(await openBaseModel(model));
  const random = seededRandom('bench/serve');
  const words = 'the old house by a river was quiet and small when rain fell on its roof of red stones'.split(
    ' ',
  );
  /** Other words each time, so that nothing of it is kept from before. */
  const prompt = async () => {
    const text = Array.from({ length: 2 * Number(flags.prompt) }, () => words[random.integer(words.length)]);
    return await decode((await encodePrompt(text.join(' '))).slice(0, Number(flags.prompt)));
  };
  const answers = new Map<Writer, Answer[]>(writers.map((writer) => [writer, []]));
  for (const writer of writers) await writer.ask({ prompt: await prompt(), tokens: 4 }); // opened, packed, warm
  for (let turn = 0; turn < Number(flags.turns); turn += 1) {
    const asked = { prompt: await prompt(), tokens: Number(flags.tokens) };
    for (const writer of writers) answers.get(writer)!.push(await writer.ask(asked));
  }
  return [...answers].flatMap(([{ name }, all]): Result[] => {
    const peakMemoryMB = all.at(-1)!.peakMemoryMB;
    const perToken = median(
      all.map(({ tokens, processorSeconds }) => (1000 * (processorSeconds ?? Number.NaN)) / tokens),
    );
    const figures = { 'CPU ms a token': Number.isNaN(perToken) ? null : perToken };
    const soon = median(all.map(({ firstSeconds }) => firstSeconds * 1000));
    const fast = median(all.map(({ tokens, seconds }) => tokens / seconds));
    return [
      { case: first, implementation: name, median: rounded(soon), unit: 'ms', peakMemoryMB },
      { case: rate, implementation: name, median: rounded(fast), unit: 'tokens/s', peakMemoryMB, figures },
    ];
  });
}

function rounded(value: number): number {
  return Number(value.toPrecision(3));
}
