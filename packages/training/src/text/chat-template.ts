// The base model's chat template, a Jinja program that writes messages as the model was taught to read them; run by
// @huggingface/jinja within a budget (templates/template-thread.ts). Which tokens of the result are learnt is chat-turns.ts.
import { join } from 'node:path';
import { TrainingError } from '../training-error.ts';
import { readOptional } from './model-text.ts';
import { readSpecialTokens, readTokenizerSettings } from './special-tokens.ts';
import { renderTemplate, TemplateFailure } from './templates/template-thread.ts';

export interface ChatMessage {
  /** `system`, `user`, `assistant`, or whatever else the base model's chat template knows. */
  readonly role: string;
  /** Null where the turn is a call of tools alone. */
  readonly content: string | null;
  /** What else the template reads of a message: `tool_calls`, `reasoning_content`, `name`, … */
  readonly [field: string]: unknown;
}

export interface Chat {
  readonly messages: readonly ChatMessage[];
  /** Descriptions of the tools that may be called, as the template reads them. */
  readonly tools?: readonly unknown[];
}

export interface Rendering {
  /** Ends with the opening of an assistant's turn, for the model to go on from. */
  readonly forAnswer: boolean;
  /** What a template that prints the date prints (fixed-date.ts). */
  readonly date: 'fixed' | 'today';
}

export interface ChatTemplate {
  /**
   * Throws TrainingError `wrong-task` where the template refuses the messages (roles it doesn't know, or their order),
   * and for a field that it doesn't read: nothing of an example is left out in silence.
   */
  render(chat: Chat, rendering: Rendering): string;
}

/**
 * From `chat_template.jinja`, or `chat_template` in tokenizer_config.json (of several named ones `default`, with tools
 * `tool_use`); null where the base model has neither. Throws TrainingError `wrong-task` where it can't be parsed.
 */
export async function openChatTemplate(folder: string): Promise<ChatTemplate | null> {
  const { default: plain, tool_use: withTools = plain } = await readChatTemplates(folder);
  if (plain === undefined || withTools === undefined) return null;
  const tokens = await readSpecialTokens(folder);
  const render = renderer(plain, tokens, folder);
  const renderTools = withTools === plain ? render : renderer(withTools, tokens, folder);
  return { render: (chat, rendering) => (chat.tools === undefined ? render : renderTools)(chat, rendering) };
}

/** The sources by name; the only one is `default`. Empty where the base model has none. */
export async function readChatTemplates(folder: string): Promise<Readonly<Record<string, string>>> {
  const { chat_template: inConfig } = await readTokenizerSettings(folder);
  const named = (await readOptional(join(folder, 'chat_template.jinja'))) ?? inConfig;
  if (typeof named === 'string') return { default: named };
  if (!Array.isArray(named)) return {};
  const entries = (named as readonly { readonly name?: unknown; readonly template?: unknown }[]).flatMap(
    ({ name, template }) =>
      typeof name === 'string' && typeof template === 'string' ? [[name, template] as const] : [],
  );
  return Object.fromEntries(entries);
}

function renderer(
  source: string,
  tokens: Readonly<Record<string, string>>,
  folder: string,
): ChatTemplate['render'] {
  assertParsed(source, folder);
  let ended: TrainingError | undefined;
  return (chat, { forAnswer, date }) => {
    assertRead(chat, source);
    if (ended !== undefined) throw ended;
    const { messages, tools } = chat;
    const given = tools === undefined ? { messages } : { messages, tools };
    try {
      return renderTemplate({
        source,
        date,
        given: { ...tokens, ...given, add_generation_prompt: forAnswer },
      });
    } catch (error) {
      const refused = new TrainingError(
        'wrong-task',
        `the base model's chat template refuses these messages${reason(error, messages)}`,
      );
      if (error instanceof TemplateFailure && error.ended) ended = refused; // it would take as long again
      throw refused;
    }
  };
}

/** Every field of a message, and the tools, must be something that the template reads. */
function assertRead({ messages, tools }: Chat, source: string): void {
  const reads = (name: string) => new RegExp(`\\b${name.replace(/\W/g, '\\$&')}\\b`).test(source);
  const unread = (what: string) =>
    new TrainingError(
      'wrong-task',
      `${what}, which the base model's chat template does not read, so it would be left out of what is learnt: take it out of the examples, or choose a base model whose template reads it`,
    );
  if (tools !== undefined && !reads('tools')) throw unread('it has tools');
  messages.forEach((message, index) => {
    for (const field of Object.keys(message))
      if (field !== 'role' && field !== 'content' && !reads(field))
        throw unread(`messages[${index}] has the field "${field.slice(0, 60)}"`);
  });
}

function assertParsed(source: string, folder: string): void {
  try {
    renderTemplate({ source, date: 'fixed', given: null });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new TrainingError('wrong-task', `the chat template of ${folder} cannot be parsed: ${why}`);
  }
}

/** What the template says, unless a message's own words are in it. */
function reason(error: unknown, messages: readonly ChatMessage[]): string {
  const why = error instanceof Error ? error.message : '';
  const told = messages.some(({ content }) => content !== null && why.includes(content));
  return why === '' || told ? '' : `: ${why.slice(0, 300)}`;
}
