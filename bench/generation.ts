// Tokens a second and memory of a language model that writes greedily, after a short prompt: the folder that
// COLORA_BENCH_LANGUAGE_MODEL names, at every base precision, beside transformers in bfloat16 and float32 where
// COLORA_BENCH_PYTHON names a Python that has it. All take turns, each a process of its own. Memory is set against the bytes
// of the weights that are read once a token. usage: npm run bench:generation [-- --tokens 24 --turns 3 --only NAME,NAME]
import { availableParallelism, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { type BaseModel, openBaseModel, parameterCount } from '@colora/models/base-model';
import { type BasePrecision, basePrecisions } from '@colora/models/base-precision';
import { withPrecision } from '@colora/models/quantised-base';
import { withQuantisedOutput } from '@colora/models/quantised-output';
import { bytesAToken } from './generation/bytes-a-token.ts';
import { ownWriter, type Turn, torchWriter, type Writer } from './generation/writers.ts';
import { median, type Result, report } from './report.ts';

const { values: flags } = parseArgs({
  options: {
    tokens: { type: 'string', default: '24' },
    turns: { type: 'string', default: '3' },
    only: { type: 'string' },
    json: { type: 'string' },
  },
});
const reference = 'transformers-bf16';
const threads = availableParallelism();
const cache = join(tmpdir(), 'colora-bench-precision');
const folder = process.env.COLORA_BENCH_LANGUAGE_MODEL;
const python = process.env.COLORA_BENCH_PYTHON;

interface Contender {
  readonly writer: Writer;
  readonly weightBytes: number;
  readonly turns: Turn[];
}

async function ownContender(base: BaseModel, precision: BasePrecision): Promise<Contender> {
  const stored = await withQuantisedOutput(await withPrecision(base, precision, cache));
  const writer = ownWriter(`onnx-cpu-${precision}`, base.folder, precision, cache, threads);
  return { writer, weightBytes: bytesAToken(stored), turns: [] };
}

function torchContender(base: BaseModel, dtype: 'bfloat16' | 'float32'): Contender {
  const short = dtype === 'bfloat16' ? 'bf16' : 'f32';
  const writer = torchWriter(`transformers-${short}`, python!, base.folder, dtype, threads);
  const values = parameterCount(base);
  return { writer, weightBytes: values * (dtype === 'bfloat16' ? 2 : 4), turns: [] };
}

function resultOf(name: string, { writer, weightBytes, turns }: Contender): Result {
  const peak = turns.at(-1)!.peakMemoryMB;
  const perToken = median(turns.map(({ processorSeconds, tokens }) => processorSeconds / tokens));
  return {
    case: name,
    implementation: writer.name,
    median: Number(median(turns.map(({ tokens, seconds }) => tokens / seconds)).toPrecision(3)),
    unit: 'tokens/s',
    peakMemoryMB: peak,
    figures: {
      'CPU ms a token': perToken * 1000,
      'weights MB': weightBytes / 2 ** 20,
      'peak / weights': peak / (weightBytes / 2 ** 20),
    },
  };
}

const results: Result[] = [];
if (folder === undefined) {
  const skipped = 'COLORA_BENCH_LANGUAGE_MODEL names no folder of a language model';
  results.push({ case: 'writing', implementation: 'onnx-cpu', skipped });
} else {
  const base = await openBaseModel(folder);
  const wanted = (name: string) => flags.only === undefined || flags.only.split(',').includes(name);
  const contenders: Contender[] = [];
  for (const precision of basePrecisions) {
    if (wanted(`onnx-cpu-${precision}`)) contenders.push(await ownContender(base, precision));
  }
  for (const dtype of ['bfloat16', 'float32'] as const) {
    const name = `transformers-${dtype === 'bfloat16' ? 'bf16' : 'f32'}`;
    if (!wanted(name)) continue;
    if (python !== undefined) contenders.push(torchContender(base, dtype));
    else
      results.push({
        case: basename(folder),
        implementation: name,
        skipped: 'COLORA_BENCH_PYTHON names no Python',
      });
  }
  for (const { writer } of contenders) await writer.write(2); // opened, packed, warm
  for (let turn = 0; turn < Number(flags.turns); turn += 1) {
    for (const { writer, turns } of contenders) turns.push(await writer.write(Number(flags.tokens)));
  }
  for (const { writer } of contenders) writer.end();
  results.unshift(...contenders.map((contender) => resultOf(basename(folder), contender)));
}
report(results, reference);
