// A conversation on the terminal: what is typed is a user's message, the model's answer is written as it comes.
// Also over a pipe, a message a line. How an answer is made is commands/use/generate.ts.
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
  const terminal = isTerminal ? createInterface({ input: process.stdin, output: process.stdout }) : null;
  const start: ChatMessage[] = system === null ? [] : [{ role: 'system', content: system }];
  let messages = start;
  let answering: AbortController | null = null;
  terminal?.on('SIGINT', () => {
    if (answering === null) terminal.close();
    else answering.abort();
  });
  if (isTerminal) say(help);
  ask(terminal);
  for await (const line of terminal ?? pipedLines()) {
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
    ask(terminal);
  }
  terminal?.close();
  if (isTerminal) print();
}

/** Throws DataError with the line where the input is no text in UTF-8. */
async function* pipedLines(): AsyncGenerator<string> {
  const { standardInputName } = await import('@colora/training/data/jsonl-source');
  const { textLines } = await import('@colora/training/data/text-bytes');
  for await (const { text } of textLines(process.stdin, standardInputName)) yield text;
}

function ask(terminal: Interface | null): void {
  terminal?.setPrompt('> ');
  terminal?.prompt();
}

/** A conversation that has become too long ends in a word of advice, everything else ends the command. */
function refusal(error: unknown): Answer {
  if (error instanceof Error && 'code' in error && error.code === 'context-full') {
    return { text: '', note: error.message, full: true };
  }
  throw error;
}
