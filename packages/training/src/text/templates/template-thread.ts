// Chat templates run by @huggingface/jinja in a thread of their own, which is ended where one takes too long, or more memory than a text
// needs: a template comes with a base model, and whoever made that may have meant harm. What is rendered is chat-template.ts.
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';

export interface TemplateAsked {
  readonly source: string;
  readonly date: 'fixed' | 'today';
  /** What the template reads; null: parse it only. */
  readonly given: Readonly<Record<string, unknown>> | null;
  readonly mostCharacters: number;
}
export type TemplateAnswer = { readonly text: string } | { readonly error: string };
export interface TemplateThreadData {
  readonly port: MessagePort;
  readonly answered: SharedArrayBuffer;
}

/** The longest template known has 30,000 characters. */
const mostSource = 1_000_000;
/** And one more for each million characters of a chat. */
const mostSeconds = 5;
const startSeconds = 60;
const memory = { maxOldGenerationSizeMb: 512, maxYoungGenerationSizeMb: 32 };
/** What a template may add to a chat, and how often it may say what is in it. */
const [mostAdded, mostRepeats] = [1_000_000, 16];

interface Thread {
  readonly worker: Worker;
  readonly port: MessagePort;
  readonly flag: Int32Array;
}

/** One for all templates of this thread; a new one after it was ended. */
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
export function renderTemplate(asked: Omit<TemplateAsked, 'mostCharacters'>): string {
  if (asked.source.length > mostSource)
    throw new TemplateFailure(
      `it has ${asked.source.length} characters, and ${mostSource} at most are taken`,
      true,
    );
  const { port, flag } = opened();
  const length = JSON.stringify(asked.given)?.length ?? 0;
  Atomics.store(flag, 0, 0);
  port.postMessage({ ...asked, mostCharacters: mostAdded + mostRepeats * length } satisfies TemplateAsked);
  const answer = awaitAnswer(mostSeconds + Math.floor(length / 1e6));
  if ('text' in answer) return answer.text;
  throw new TemplateFailure(answer.error, false);
}

function opened(): Thread {
  if (running !== undefined) return running;
  const { port1, port2 } = new MessageChannel();
  const answered = new SharedArrayBuffer(4);
  const data: TemplateThreadData = { port: port2, answered };
  const worker = new Worker(new URL('./template-entry.js', import.meta.url), {
    workerData: data,
    transferList: [port2],
    resourceLimits: memory,
    execArgv: [], // flags such as `--import tsx` would load a second loader
  });
  worker.on('error', () => undefined); // out of memory: the wait for its answer ends it
  worker.unref();
  port1.unref();
  running = { worker, port: port1, flag: new Int32Array(answered) };
  awaitAnswer(startSeconds);
  return running;
}

/** Ends the thread where no answer comes. */
function awaitAnswer(seconds: number): TemplateAnswer {
  const { worker, port, flag } = running!;
  const waited = Atomics.wait(flag, 0, 0, 1000 * seconds);
  if (waited !== 'timed-out') return receiveMessageOnPort(port)!.message as TemplateAnswer;
  running = undefined;
  void worker.terminate();
  const limits = `the ${seconds} seconds or the ${memory.maxOldGenerationSizeMb} MB`;
  throw new TemplateFailure(`it takes more than ${limits} that a chat template may take`, true);
}
