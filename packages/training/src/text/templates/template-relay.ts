// The thread that talks with the process of chat templates while the one that asked waits: it starts it, and ends it where nothing
// comes of a template. What is done there is template-process.ts.
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { workerData } from 'node:worker_threads';
import { mostMegabytes, pastBudget, type TemplateAnswer, type TemplateAsked } from './template-messages.ts';
import type { TemplateThreadData } from './template-thread.ts';

const { port, answered } = workerData as TemplateThreadData;
const flag = new Int32Array(answered);
/** The process ends a template by itself; beyond its seconds and these it is ended. */
const graceSeconds = 2;

let running: Promise<ChildProcess> | undefined;

function start(): Promise<ChildProcess> {
  const child = fork(fileURLToPath(new URL('./template-entry.js', import.meta.url)), [], {
    execArgv: [`--max-old-space-size=${mostMegabytes}`],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'], // without memory it dies with many words
  });
  return new Promise((ready, failed) => {
    child.once('message', () => ready(child));
    child.on('error', failed);
    child.once('exit', () => {
      running = undefined;
      failed(new Error('the process that chat templates run in does not start'));
    });
  });
}

async function ask(asked: TemplateAsked): Promise<TemplateAnswer> {
  running ??= start();
  const child = await running;
  return await new Promise((done) => {
    const end = (answer: TemplateAnswer) => {
      clearTimeout(timer);
      child.off('message', end).off('exit', gone);
      done(answer);
    };
    const gone = () => end(pastBudget(asked));
    const timer = setTimeout(() => child.kill('SIGKILL'), 1000 * (asked.seconds + graceSeconds));
    child.once('message', end).once('exit', gone);
    child.send(asked, () => undefined); // one that is gone is heard of by its exit
  });
}

port.on('message', async (asked: TemplateAsked) => {
  const answer = await ask(asked).catch((error: Error) => ({ error: error.message }));
  port.postMessage(answer);
  Atomics.store(flag, 0, 1);
  Atomics.notify(flag, 0);
});
