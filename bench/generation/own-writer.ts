// A process that writes with one base precision, for ../generation.ts: each line of standard input is a number of tokens, and
// is answered with a line of JSON (Turn). usage: own-writer.ts FOLDER PRECISION CACHE THREADS
import { createInterface } from 'node:readline';
import type { BasePrecision } from '@colora/models/base-precision';
import { startTrainer } from '@colora/training/trainer';
import { peakKilobytes } from '../report.ts';
import type { Turn } from './writers.ts';

const [folder, precision, cacheFolder, threads] = process.argv.slice(2) as [string, string, string, string];

const trainer = await startTrainer({
  device: 'cpu',
  threads: Number(threads),
  basePrecision: precision as BasePrecision,
  cacheFolder,
});
const generator = await trainer.openGenerator({ baseModel: folder, adapters: {} });
const prompt =
  'Once upon a time there was a small house at the edge of a wood, and in it lived an old woman. ';
const settings = { prompt, temperature: 0, topP: 1, seed: 0, stop: [], adapter: null } as const;

/** CPU seconds of the whole process. */
function processorSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

for await (const line of createInterface({ input: process.stdin })) {
  await generator.generate({ ...settings, maxTokens: 1 }); // from now on the prompt is kept, all but its last token
  const started = processorSeconds();
  const { tokens, seconds } = await generator.generate({ ...settings, maxTokens: Number(line) });
  const turn: Turn = {
    tokens: tokens - 1,
    seconds,
    processorSeconds: ((processorSeconds() - started) * (tokens - 1)) / tokens,
    peakMemoryMB: Math.round(peakKilobytes() / 1024),
  };
  console.log(JSON.stringify(turn));
}
await trainer.close();
