// A conversation on the terminal: what is typed is a user's message, the model's answer is written as it comes.
// Also over a pipe, a message a line. How an answer is made is commands/generate.ts.
import { createInterface, type Interface } from 'node:readline';
import type { ChatMessage } from '@colora/training/text/chat-template';
import { print, say } from '../terminal/output.ts';

export interface Answer {
  readonly text: string;
  /** Said below it, where something is to be said. */
  readonly note: string | null;
  /** There is no room for another turn. */
  readonly full: boolean;
}

export interface ChatOptions {
  readonly system: string | null;
  /** Writes the answer to the output and returns it; the signal interrupts it. */
  readonly answer: (messages: readonly ChatMessage[], signal: AbortSignal) => Promise<Answer>;
}

const help = '/new starts over, /quit or Ctrl-D ends; Ctrl-C stops an answer';

/** Returns when the input ends or the user leaves. */
export async function chatLoop({ system, answer }: ChatOptions): Promise<void> {
  const isTerminal = process.stdin.isTTY === true;
  const lines = createInterface({ input: process.stdin, ...(isTerminal ? { output: process.stdout } : {}) });
  const start: ChatMessage[] = system === null ? [] : [{ role: 'system', content: system }];
  let messages = start;
  let answering: AbortController | null = null;
  lines.on('SIGINT', () => {
    if (answering === null) lines.close();
    else answering.abort();
  });
  if (isTerminal) say(help);
  ask(lines, isTerminal);
  for await (const line of lines) {
    const text = line.trim();
    if (text === '/quit' || text === '/exit') break;
    if (text === '/new') {
      messages = start;
      say('a new conversation');
    } else if (text.startsWith('/')) {
      say(help);
    } else if (text !== '') {
      const asked: ChatMessage[] = [...messages, { role: 'user', content: text }];
      answering = new AbortController();
      const given = await answer(asked, answering.signal).catch((error: unknown) => refusal(error));
      answering = null;
      if (given.note !== null) say(given.note);
      if (given.full) say('/new starts over');
      else messages = [...asked, { role: 'assistant', content: given.text }];
    }
    ask(lines, isTerminal);
  }
  lines.close();
  if (isTerminal) print();
}

function ask(lines: Interface, isTerminal: boolean): void {
  if (!isTerminal) return;
  lines.setPrompt('> ');
  lines.prompt();
}

/** A conversation that has become too long ends in a word of advice, everything else ends the command. */
function refusal(error: unknown): Answer {
  if (error instanceof Error && 'code' in error && error.code === 'context-full') {
    return { text: '', note: error.message, full: true };
  }
  throw error;
}
