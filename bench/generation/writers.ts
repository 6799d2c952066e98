// Processes that write some tokens a line: our own at one base precision, and transformers. Who takes turns with whom is
// ../generation.ts.
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** One answer of a writer; the reading of the prompt is not in it. */
export interface Turn {
  readonly tokens: number;
  readonly seconds: number;
  readonly processorSeconds: number;
  /** Highest resident memory so far. */
  readonly peakMemoryMB: number;
}

export interface Writer {
  readonly name: string;
  /** Rejects where the process ends, with the last line it said. */
  write(tokens: number): Promise<Turn>;
  end(): void;
}

const pathOf = (file: string) => fileURLToPath(new URL(file, import.meta.url));

export function ownWriter(
  name: string,
  folder: string,
  precision: string,
  cache: string,
  threads: number,
): Writer {
  const script = [pathOf('own-writer.ts'), folder, precision, cache, String(threads)];
  return writer(name, spawn(process.execPath, [...process.execArgv, ...script]));
}

export function torchWriter(
  name: string,
  python: string,
  folder: string,
  dtype: string,
  threads: number,
): Writer {
  return writer(name, spawn(python, [pathOf('../peers/torch/writing.py'), folder, String(threads), dtype]));
}

function writer(name: string, child: ChildProcess): Writer {
  const errors: string[] = [];
  child.stderr!.on('data', (chunk) => errors.push(String(chunk)));
  child.on('error', (error) => errors.push(error.message));
  child.stdin!.on('error', () => undefined); // the answer says that it has ended
  const answers = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  return {
    name,
    end: () => child.stdin!.end(),
    write: async (tokens) => {
      child.stdin!.write(`${tokens}\n`);
      const { value, done } = await answers.next();
      if (done) throw new Error(errors.join('').trim().split('\n').at(-1));
      return JSON.parse(value) as Turn;
    },
  };
}
