// What may be asked of `colora serve`: the requests of OpenAI's API that a model on this machine can answer truthfully. What it
// can't do (tools, several answers, ...) is refused by name where it is asked for; fields that change nothing of the text are taken.
import { randomInt } from 'node:crypto';
import type { ChatMessage } from '@colora/training/text/chat-template';
import { z } from 'zod';
import { ServeError } from './serve-error.ts';

/** One request for text. */
export interface Writing {
  readonly model: string;
  readonly prompt: string | readonly ChatMessage[];
  readonly maxTokens: number;
  readonly temperature: number;
  readonly topP: number;
  readonly seed: number;
  readonly stop: readonly string[];
  readonly stream: boolean;
  /** So many of the likeliest tokens in each place are told; undefined: none, nor how likely those written were. */
  readonly logprobs?: number | undefined;
  /** A streamed answer ends with what it took. */
  readonly streamUsage: boolean;
}

export interface Classifying {
  readonly model: string;
  readonly texts: readonly string[];
}

const mostCharacters = 1_000_000;
/** Where none is said: a model that never ends is ended. */
const usualTokens = 1024;
/** As in OpenAI's completions, which end soon unless told otherwise. */
const usualCompletion = 16;

const text = z.string().max(mostCharacters);
const model = z.string().min(1).max(600);
const tokens = z.int().min(1).max(1_000_000).nullish();
/** Of what is not done here: nothing else than what means "don't". */
const never = <Schema extends z.ZodType>(only: Schema) => only.nullish();

const common = {
  model,
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().gt(0).max(1).nullish(),
  seed: z.int().nullish(),
  stop: z.union([text.min(1), z.array(text.min(1)).max(4)]).nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.object({ include_usage: z.boolean().optional() }).nullish(),
  n: never(z.literal(1)),
  presence_penalty: never(z.literal(0)),
  frequency_penalty: never(z.literal(0)),
  logit_bias: never(z.record(z.string(), z.never())),
};

const part = z.object({ type: z.literal('text'), text });
const message = z.object({
  role: z.enum(['system', 'developer', 'user', 'assistant']),
  content: z.union([text, z.array(part).max(1000)]),
});

const chatSchema = z.object({
  ...common,
  messages: z.array(message).min(1).max(1000),
  max_tokens: tokens,
  max_completion_tokens: tokens,
  logprobs: z.boolean().nullish(),
  top_logprobs: z.int().min(0).max(20).nullish(),
  tools: never(z.array(z.never()).max(0)),
  tool_choice: never(z.literal('none')),
  functions: never(z.array(z.never()).max(0)),
  function_call: never(z.literal('none')),
  response_format: never(z.object({ type: z.literal('text') })),
  modalities: never(z.tuple([z.literal('text')])),
});

const completionSchema = z.object({
  ...common,
  prompt: z.union([text, z.tuple([text])]),
  max_tokens: tokens,
  logprobs: z.int().min(0).max(5).nullish(),
  echo: never(z.literal(false)),
  suffix: never(z.literal('')),
  best_of: never(z.literal(1)),
});

const classifySchema = z.strictObject({
  model,
  input: z.union([text.min(1), z.array(text.min(1)).min(1).max(1000)]),
});

/** Throws ServeError. */
export function readChat(body: unknown): Writing {
  const { messages, max_tokens, max_completion_tokens, logprobs, top_logprobs, ...rest } = checked(
    chatSchema,
    body,
  );
  if (top_logprobs != null && logprobs !== true)
    throw new ServeError(400, 'invalid_request', 'top_logprobs: goes with logprobs true', 'top_logprobs');
  const prompt = messages.map(({ role, content }) => ({
    role: role === 'developer' ? 'system' : role, // its newer name
    content: typeof content === 'string' ? content : content.map((one) => one.text).join(''),
  }));
  return {
    ...writingOf(rest),
    prompt,
    maxTokens: max_completion_tokens ?? max_tokens ?? usualTokens,
    logprobs: logprobs === true ? (top_logprobs ?? 0) : undefined,
  };
}

/** Throws ServeError. */
export function readCompletion(body: unknown): Writing {
  const { prompt, max_tokens, logprobs, ...rest } = checked(completionSchema, body);
  const [given] = typeof prompt === 'string' ? [prompt] : prompt;
  return {
    ...writingOf(rest),
    prompt: given,
    maxTokens: max_tokens ?? usualCompletion,
    logprobs: logprobs ?? undefined,
  };
}

/** Throws ServeError. */
export function readClassify(body: unknown): Classifying {
  const { model: named, input } = checked(classifySchema, body);
  return { model: named, texts: typeof input === 'string' ? [input] : input };
}

function writingOf(
  given: z.output<z.ZodObject<typeof common>>,
): Omit<Writing, 'prompt' | 'maxTokens' | 'logprobs'> {
  const { stop } = given;
  return {
    model: given.model,
    temperature: given.temperature ?? 1,
    topP: given.top_p ?? 1,
    seed: given.seed ?? randomInt(2 ** 47),
    stop: stop == null ? [] : typeof stop === 'string' ? [stop] : stop,
    stream: given.stream ?? false,
    streamUsage: given.stream_options?.include_usage ?? false,
  };
}

function checked<Schema extends z.ZodType>(schema: Schema, body: unknown): z.output<Schema> {
  const read = schema.safeParse(body);
  if (read.success) return read.data;
  const [first] = read.error.issues;
  const param = first!.path.join('.');
  const why = notDone.has(String(first!.path[0])) ? 'is not done here' : first!.message;
  const isWhole = param === '';
  throw new ServeError(400, 'invalid_request', isWhole ? why : `${param}: ${why}`, isWhole ? null : param);
}

/** What the schemas refuse because no model here does it. */
const notDone: ReadonlySet<string> = new Set([
  ...['n', 'presence_penalty', 'frequency_penalty', 'logit_bias', 'tools', 'tool_choice'],
  ...['functions', 'function_call', 'response_format', 'modalities', 'echo', 'suffix', 'best_of'],
]);
