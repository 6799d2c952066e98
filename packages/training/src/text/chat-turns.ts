// Which characters of a rendered chat are the assistant's: what its turns add to the prompt that would have asked
// for them. Works with any template, since it only compares renderings; tokens are tokenizer.ts.
import type { Chat, ChatTemplate } from './chat-template.ts';

/** From, and up to but not including. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

export interface RenderedChat {
  readonly text: string;
  /** Characters that are learnt: each answer with the mark that ends its turn. */
  readonly answers: readonly Span[];
}

/**
 * The whole chat as one text, where every turn stands in it as it would have been generated. Some templates write
 * earlier turns otherwise than the last (they drop its reasoning, say): then one text a turn, each ending in it.
 */
export function renderChat(template: ChatTemplate, chat: Chat): RenderedChat[] {
  const whole = template.render(chat, { forAnswer: false, date: 'fixed' });
  const turns = chat.messages.flatMap((message, index) =>
    message.role === 'assistant' ? [renderTurn(template, chat, index)] : [],
  );
  if (turns.every(({ text }) => whole.startsWith(text))) {
    return [{ text: whole, answers: turns.flatMap(({ answers }) => answers) }];
  }
  return turns;
}

/** Messages up to an assistant's turn: the answer is what follows the prompt that asks for it. */
function renderTurn(template: ChatTemplate, chat: Chat, turn: number): RenderedChat {
  const upTo = (end: number) => ({ ...chat, messages: chat.messages.slice(0, end) });
  const prompt = template.render(upTo(turn), { forAnswer: true, date: 'fixed' });
  const text = template.render(upTo(turn + 1), { forAnswer: false, date: 'fixed' });
  return { text, answers: [{ from: wholeCharacters(text, commonStart(prompt, text)), to: text.length }] };
}

/** Two characters may begin alike: then the answer begins with the whole one. */
function wholeCharacters(text: string, from: number): number {
  return text.slice(0, from).isWellFormed() ? from : Math.max(from - 1, 0);
}

/** How many items two sequences have in common at their start. */
export function commonStart(a: ArrayLike<unknown>, b: ArrayLike<unknown>): number {
  const most = Math.min(a.length, b.length);
  for (let i = 0; i < most; i += 1) if (a[i] !== b[i]) return i;
  return most;
}
