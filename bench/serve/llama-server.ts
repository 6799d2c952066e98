// A process that writes with llama.cpp, for ./main.ts: each line of standard input is a prompt in JSON, and is answered with a
// line of JSON (Answer). usage: llama-server.ts FOLDER_OF_NODE_LLAMA_CPP MODEL.gguf THREADS
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { peakKilobytes } from '../report.ts';
import type { Answer, Asked } from './writer.ts';

const [folder, modelPath, threads] = process.argv.slice(2) as [string, string, string];
const require = createRequire(join(resolve(folder), 'x.js'));
const { getLlama } = await import(pathToFileURL(require.resolve('node-llama-cpp')).href);
const llama = await getLlama({ gpu: false, build: 'never', logLevel: 'error', progressLogs: false });
const model = await llama.loadModel({ modelPath });
const context = await model.createContext({ contextSize: 1024, threads: Number(threads) });
const sequence = context.getSequence();

function processorSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

for await (const line of createInterface({ input: process.stdin })) {
  const { prompt, tokens } = JSON.parse(line) as Asked;
  await sequence.clearHistory();
  const ids = model.tokenize(prompt);
  const started = performance.now();
  const times: number[] = [];
  let begun = 0;
  for await (const token of sequence.evaluate(ids, { temperature: 0 })) {
    times.push(performance.now());
    if (times.length === 1) begun = processorSeconds();
    if (model.isEogToken(token) || times.length === tokens) break;
  }
  const answer: Answer = {
    promptTokens: ids.length,
    firstSeconds: (times[0]! - started) / 1000,
    tokens: times.length - 1,
    seconds: (times.at(-1)! - times[0]!) / 1000,
    processorSeconds: processorSeconds() - begun,
    peakMemoryMB: Math.round(peakKilobytes() / 1024),
  };
  console.log(JSON.stringify(answer));
}
process.exit(0);
