// The base model's chat template, a Jinja program that writes messages as the model was taught to read them; run by
// @huggingface/jinja. Which tokens of the result are learnt is chat-turns.ts.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Template } from '@huggingface/jinja';
import { TrainingError } from '../training-error.ts';

export interface ChatMessage {
  /** `system`, `user`, `assistant`, or whatever else the base model's chat template knows. */
  readonly role: string;
  readonly content: string;
}

export interface ChatTemplate {
  /**
   * `addGenerationPrompt`: ends with the opening of an assistant's turn, for the model to go on from.
   * Throws TrainingError `wrong-task` where the template refuses the messages (roles it doesn't know, or their order).
   */
  render(messages: readonly ChatMessage[], addGenerationPrompt: boolean): string;
}

/**
 * From `chat_template.jinja`, or `chat_template` in tokenizer_config.json (of several named ones, `default`); null
 * where the base model has neither. Throws TrainingError `wrong-task` where it can't be parsed.
 */
export async function openChatTemplate(folder: string): Promise<ChatTemplate | null> {
  const config = await readConfig(join(folder, 'tokenizer_config.json'));
  const source =
    (await readOptional(join(folder, 'chat_template.jinja'))) ?? templateOf(config.chat_template);
  if (source === null) return null;
  const template = parse(source, folder);
  const tokens = specialTokens(config);
  return {
    render(messages, addGenerationPrompt) {
      try {
        return template.render({ ...tokens, messages, add_generation_prompt: addGenerationPrompt });
      } catch (error) {
        throw new TrainingError(
          'wrong-task',
          `the base model's chat template refuses these messages${reason(error, messages)}`,
        );
      }
    },
  };
}

function parse(source: string, folder: string): Template {
  try {
    return new Template(source);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new TrainingError('wrong-task', `the chat template of ${folder} cannot be parsed: ${why}`);
  }
}

/** What the template says, unless a message's own words are in it. */
function reason(error: unknown, messages: readonly ChatMessage[]): string {
  const why = error instanceof Error ? error.message : '';
  const told = messages.some(({ content }) => why.includes(content));
  return why === '' || told ? '' : `: ${why.slice(0, 300)}`;
}

function templateOf(value: unknown): string | null {
  if (typeof value === 'string') return value;
  if (!Array.isArray(value)) return null;
  const named = value as readonly { readonly name?: unknown; readonly template?: unknown }[];
  const chosen = named.find(({ name }) => name === 'default')?.template;
  return typeof chosen === 'string' ? chosen : null;
}

/** `bos_token`, `eos_token` and the like, as texts. */
function specialTokens(config: Readonly<Record<string, unknown>>): Record<string, string> {
  const texts = Object.entries(config)
    .filter(([name]) => name.endsWith('_token'))
    .map(([name, token]) => [name, contentOf(token)] as const);
  return Object.fromEntries(texts.filter((entry): entry is [string, string] => entry[1] !== null));
}

function contentOf(token: unknown): string | null {
  const content =
    typeof token === 'object' && token !== null ? (token as { content?: unknown }).content : token;
  return typeof content === 'string' ? content : null;
}

async function readConfig(path: string): Promise<Readonly<Record<string, unknown>>> {
  const text = await readOptional(path);
  return text === null ? {} : (JSON.parse(text) as Record<string, unknown>);
}

async function readOptional(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
