// What a server is asked in ./main.ts and what is measured of its answer: `colora serve` over HTTP, llama.cpp in a process of its own.
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface Asked {
  readonly prompt: string;
  readonly tokens: number;
}

export interface Answer {
  readonly promptTokens: number;
  /** From the question to the first token's text. */
  readonly firstSeconds: number;
  /** After the first, and how long they took. */
  readonly tokens: number;
  readonly seconds: number;
  /** Of the process, while it wrote them; what others do on the machine is not in it. Null where the system doesn't tell. */
  readonly processorSeconds: number | null;
  readonly peakMemoryMB: number | null;
}

export interface Writer {
  readonly name: string;
  ask(asked: Asked): Promise<Answer>;
  end(): void;
}

const pathOf = (file: string) => fileURLToPath(new URL(file, import.meta.url));

/** `colora serve` of a base model, asked as OpenAI's clients do, streamed. */
export async function servedWriter(name: string, folder: string, flags: readonly string[]): Promise<Writer> {
  const command = [pathOf('../../apps/cli/bin/colora.js'), 'serve', '--base-model', folder, '--port', '0'];
  const child = spawn(process.execPath, [...command, ...flags], { stdio: ['ignore', 'pipe', 'pipe'] });
  const url = await urlOf(child);
  return {
    name,
    ask: (asked) => askServed(url, folder, asked, child.pid!),
    end: () => void child.kill('SIGTERM'),
  };
}

/** Rejects where it ends before it serves, with what it said. */
function urlOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    const hear = (chunk: Buffer) => {
      said += chunk;
      const [, url] = /serving at (\S+)/.exec(said) ?? [];
      if (url !== undefined) resolve(url);
    };
    child.stdout!.on('data', hear);
    child.stderr!.on('data', hear);
    child.on('exit', () => reject(new Error(`colora serve ended: ${said}`)));
  });
}

async function askServed(
  url: string,
  model: string,
  { prompt, tokens }: Asked,
  pid: number,
): Promise<Answer> {
  const started = performance.now();
  const response = await fetch(`${url}/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      ...{ model, prompt, max_tokens: tokens, temperature: 0, stream: true },
      stream_options: { include_usage: true },
    }),
  });
  if (!response.ok) throw new Error(await response.text());
  let first: number | undefined;
  let last = started;
  let begun: number | null = null;
  let usage = { prompt_tokens: 0, completion_tokens: 0 };
  let text = '';
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const lines = text.split('\n\n');
    text = lines.pop()!;
    for (const line of lines.filter((one) => one.startsWith('data: {'))) {
      const event = JSON.parse(line.slice('data: '.length));
      usage = event.usage ?? usage;
      if (!event.choices[0]?.text) continue;
      last = performance.now();
      if (first === undefined) begun = processorOf(pid);
      first ??= last;
    }
  }
  return {
    promptTokens: usage.prompt_tokens,
    firstSeconds: ((first ?? last) - started) / 1000,
    tokens: usage.completion_tokens - 1,
    seconds: (last - (first ?? last)) / 1000,
    processorSeconds: begun === null ? null : processorOf(pid)! - begun,
    peakMemoryMB: peakOf(pid),
  };
}

/** Seconds of all its threads (proc(5): utime and stime, in hundredths). */
function processorOf(pid: number): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return null;
  }
}

/** Null where the system doesn't tell. */
function peakOf(pid: number): number | null {
  try {
    const [, kilobytes] = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return kilobytes === undefined ? null : Math.round(Number(kilobytes) / 1024);
  } catch {
    return null;
  }
}

export function llamaWriter(name: string, folder: string, gguf: string, threads: number): Writer {
  const script = [pathOf('llama-server.ts'), folder, gguf, String(threads)];
  const child = spawn(process.execPath, [...process.execArgv, ...script], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const answers = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  return {
    name,
    end: () => child.stdin!.end(),
    async ask(asked) {
      child.stdin!.write(`${JSON.stringify(asked)}\n`);
      const { value, done } = await answers.next();
      if (done) throw new Error('llama.cpp ended');
      return JSON.parse(value) as Answer;
    },
  };
}
