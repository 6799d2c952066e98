// A chat template as Ollama writes them (Go's text/template), where a chat is nothing but its messages with fixed texts around
// each: found by rendering, and held to the renderings of other chats. Most templates of instruct models are so.
import type { ChatMessage, ChatTemplate } from '@colora/training/text/chat-template';

const turn = (role: string, content: string): ChatMessage => ({ role, content });
const [system, user, assistant, later] = [
  turn('system', 'Content1'),
  turn('user', 'Content2'),
  turn('assistant', 'Content3'),
  turn('user', 'Content4'),
];

interface Around {
  readonly before: string;
  readonly after: string;
}

interface Shape {
  /** Before the first message where that is no system message: its default, say. */
  readonly lead: string;
  readonly system: Around;
  readonly user: Around;
  readonly assistant: Around;
  /** Opens the turn that the model writes. */
  readonly open: string;
}

/** `start`: what Ollama itself puts before every text. Null where the template is of another kind. */
export function ollamaTemplate(template: ChatTemplate, start: string): string | null {
  const render = (messages: readonly ChatMessage[], forAnswer: boolean) => {
    const text = template.render({ messages }, { forAnswer, date: 'today' });
    return text.startsWith(start) ? text.slice(start.length) : text;
  };
  try {
    const shape = shapeOf(render);
    return shape !== null && isRight(shape, render) ? goTemplate(shape) : null;
  } catch {
    return null; // it refuses one of these chats
  }
}

type Render = (messages: readonly ChatMessage[], forAnswer: boolean) => string;

function shapeOf(render: Render): Shape | null {
  const single = cut(render([user], false), [user]);
  const answered = cut(render([user, assistant], false), [user, assistant]);
  const whole = cut(render([user, assistant, later], true), [user, assistant, later]);
  const told = cut(render([system, user], true), [system, user]);
  if (single === null || answered === null || whole === null || told === null) return null;
  const [, userAfter] = single as [string, string];
  const assistantAfter = answered[2]!;
  const [first, toAssistant, toUser, end] = whole as [string, string, string, string];
  const [systemBefore, systemToUser] = told as [string, string, string];
  const userBefore = without(toUser, assistantAfter, 'start');
  const assistantBefore = without(toAssistant, userAfter, 'start');
  const open = without(end, userAfter, 'start');
  const lead = userBefore === null ? null : without(first, userBefore, 'end');
  const systemAfter = userBefore === null ? null : without(systemToUser, userBefore, 'end');
  if (
    userBefore === null ||
    assistantBefore === null ||
    open === null ||
    lead === null ||
    systemAfter === null
  )
    return null;
  return {
    lead,
    system: { before: systemBefore, after: systemAfter },
    user: { before: userBefore, after: userAfter },
    assistant: { before: assistantBefore, after: assistantAfter },
    open,
  };
}

/** What stands before, between and behind the contents; null where they don't stand in it in turn. */
function cut(text: string, messages: readonly ChatMessage[]): string[] | null {
  const parts: string[] = [];
  let rest = text;
  for (const { content } of messages) {
    const at = rest.indexOf(content!);
    if (at < 0) return null;
    parts.push(rest.slice(0, at));
    rest = rest.slice(at + content!.length);
  }
  return [...parts, rest];
}

function without(text: string, part: string, where: 'start' | 'end'): string | null {
  if (where === 'start') return text.startsWith(part) ? text.slice(part.length) : null;
  return text.endsWith(part) ? text.slice(0, text.length - part.length) : null;
}

function isRight(shape: Shape, render: Render): boolean {
  const chats = [[user], [system, user], [user, assistant, later], [system, user, assistant, later]];
  return chats.every((chat) => written(shape, chat) === render(chat, true));
}

function written(shape: Shape, messages: readonly ChatMessage[]): string {
  const turns = messages.map(({ role, content }) => {
    const { before, after } = shape[role as 'system' | 'user' | 'assistant'];
    return before + content + after;
  });
  const lead = messages[0]!.role === 'system' ? '' : shape.lead;
  return lead + turns.join('') + shape.open;
}

/** On one line but for what is written, since nothing may be trimmed. Null where a text would be read as a command. */
function goTemplate({ lead, system: told, user: asked, assistant: answered, open }: Shape): string | null {
  const around = ({ before, after }: Around) => `${before}{{ .Content }}${after}`;
  const texts = [lead, open, ...[told, asked, answered].flatMap(({ before, after }) => [before, after])];
  if (texts.some((text) => /\{\{|\}\}|"""/.test(text))) return null;
  const first =
    lead === ''
      ? ''
      : `{{ if .Messages }}{{ if ne (index .Messages 0).Role "system" }}${lead}{{ end }}{{ end }}`;
  const each =
    `{{ if eq .Role "system" }}${around(told)}` +
    `{{ else if eq .Role "user" }}${around(asked)}` +
    `{{ else if eq .Role "assistant" }}${around(answered)}{{ end }}`;
  return `${first}{{ range .Messages }}${each}{{ end }}${open}`;
}
