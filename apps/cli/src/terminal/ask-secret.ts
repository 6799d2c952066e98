// A secret that a person types or pastes at the terminal: it isn't shown there.
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { write } from './door.ts';

/** Null where nobody can be asked: no terminal at either end. */
export async function askSecret(question: string): Promise<string | null> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return null;
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  write(process.stderr, question); // only now: until it listens, the terminal shows what is typed
  // while it listens a terminal gives Ctrl-C to it and no signal to the process
  lines.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  const ended = new Promise<string>((resolve) => lines.once('close', () => resolve('')));
  try {
    return (await Promise.race([lines.question(''), ended])).trim();
  } finally {
    lines.close();
    write(process.stderr, '\n');
  }
}
