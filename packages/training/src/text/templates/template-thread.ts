// Chat templates run by @huggingface/jinja in a process of their own, which is ended where one takes too long, or more memory than a
// text needs: a template comes with a base model, and whoever made that may have meant harm. (In a thread one that asks for much at
// once would end this process, whatever limits the thread has: nodejs/node#47224.) What is rendered is chat-template.ts.
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import type { TemplateAnswer, TemplateAsked } from './template-messages.ts';

export interface TemplateThreadData {
  readonly port: MessagePort;
  readonly answered: SharedArrayBuffer;
}

/** The longest template known has 30,000 characters. */
const mostSource = 1_000_000;
/** And one more for each million characters of a chat. */
const mostSeconds = 5;
/** The process is started for the first template, and again for the one after it was ended. */
const startSeconds = 60;
/** What a template may add to a chat, and how often it may say what is in it. */
const [mostAdded, mostRepeats] = [1_000_000, 16];

interface Thread {
  readonly worker: Worker;
  readonly port: MessagePort;
  readonly flag: Int32Array;
}

/** One for all templates of this thread: it waits, and the other one talks with the process meanwhile. */
let running: Thread | undefined;

/** Why a template gave no text. `ended`: it went on past its budget, and would again. */
export class TemplateFailure extends Error {
  override name = 'TemplateFailure';
  readonly ended: boolean;
  constructor(message: string, ended: boolean) {
    super(message);
    this.ended = ended;
  }
}

/** Waits for the text, this thread held meanwhile. Throws TemplateFailure in the template's own words, or with its budget. */
export function renderTemplate(asked: Omit<TemplateAsked, 'mostCharacters' | 'seconds'>): string {
  if (asked.source.length > mostSource)
    throw new TemplateFailure(
      `it has ${asked.source.length} characters, and ${mostSource} at most are taken`,
      true,
    );
  running ??= opened();
  const { port, flag } = running;
  const length = JSON.stringify(asked.given)?.length ?? 0;
  const seconds = mostSeconds + Math.floor(length / 1e6);
  const mostCharacters = mostAdded + mostRepeats * length;
  Atomics.store(flag, 0, 0);
  port.postMessage({ ...asked, mostCharacters, seconds } satisfies TemplateAsked);
  const answer = awaitAnswer(running, startSeconds + seconds);
  if ('text' in answer) return answer.text;
  throw new TemplateFailure(answer.error, answer.ended === true);
}

function opened(): Thread {
  const { port1, port2 } = new MessageChannel();
  const answered = new SharedArrayBuffer(4);
  const data: TemplateThreadData = { port: port2, answered };
  const worker = new Worker(new URL('./template-entry.js', import.meta.url), {
    workerData: data,
    transferList: [port2],
    execArgv: [], // flags such as `--import tsx` would load a second loader
  });
  worker.on('error', () => undefined); // the wait for its answer ends it
  worker.unref();
  port1.unref();
  return { worker, port: port1, flag: new Int32Array(answered) };
}

function awaitAnswer({ worker, port, flag }: Thread, seconds: number): TemplateAnswer {
  const waited = Atomics.wait(flag, 0, 0, 1000 * seconds);
  if (waited !== 'timed-out') return receiveMessageOnPort(port)!.message as TemplateAnswer;
  running = undefined;
  void worker.terminate();
  return { error: 'the process that chat templates run in does not start' };
}
