// `colora generate`: text from a workspace's language model or a base model: a completion, an answer, or a chat.
import type { ChatMessage } from '@colora/training/text/chat-template';
import type { Generation, GenerationRequest } from '@colora/training/trainer';
import { Command } from 'commander';
import { baseModelForms } from '../../base-model/base-model-name.ts';
import { exitCodes } from '../../exit-codes.ts';
import { type EngineFlags, engineOptions, withEngineFlags } from '../../flags/engine-flags.ts';
import { withGroupFlags } from '../../flags/member/place-flags.ts';
import { onlyOption } from '../../flags/only-option.ts';
import { collect, readInteger, readNumber, readText } from '../../flags/option-values.ts';
import type { Answer } from '../../generate/chat-loop.ts';
import type { TextModel } from '../../generate/text-model.ts';
import { write } from '../../terminal/door.ts';
import { print, printJson, say } from '../../terminal/output.ts';
import { listenForStop, stopCodes } from '../../terminal/stop-signals.ts';
import type { SingleModel } from '../../trained-model/mixed-model.ts';
import { UsageError } from '../../usage-error.ts';

interface GenerateFlags extends EngineFlags {
  readonly group?: string;
  readonly workspace: string;
  readonly baseModel?: string;
  readonly base?: boolean;
  readonly only?: SingleModel;
  readonly compare?: boolean;
  readonly chat?: boolean;
  readonly system?: string;
  readonly maxTokens: number;
  readonly temperature: number;
  readonly topP: number;
  readonly seed: number;
  readonly stop?: string[];
  readonly json?: boolean;
}

export function generateCommand(): Command {
  const command = withGroupFlags(new Command('generate'), ['baseModel'])
    .description('Write text with what a workspace has learnt, or chat with it (language models)')
    .argument('[prompt]', 'text to go on from; else the standard input, or on a terminal a chat', readText)
    .option(
      '--base-model <model>',
      `${baseModelForms} (default: as the group names it); without --group this model alone`,
    )
    .option('--base', 'the base model alone, without what was learnt')
    .addOption(onlyOption())
    .option('--compare', 'base and personal model side by side, same prompt and seed')
    .option('--chat', 'the prompt is a user’s message, in the base model’s chat template')
    .option('--system <text>', 'system message of the chat', readText)
    .option('--max-tokens <n>', 'write at most so many tokens', readInteger(1), 256)
    .option('--temperature <x>', '0 takes the likeliest token, 1 draws by probability', readNumber, 0)
    .option('--top-p <x>', 'draw from the likeliest tokens that make up this probability', readNumber, 1)
    .option('--seed <n>', 'of the draws; the same seed gives the same text', readInteger(0), 0)
    .option('--stop <text>', 'end before this text (may be repeated)', collect(readText));
  return withEngineFlags(command)
    .option('--json', 'print one JSON object with text, tokens and times')
    .addHelpText(
      'after',
      `
In a chat Ctrl-C stops an answer, /new starts over, /quit or Ctrl-D ends.

Examples:
  $ colora generate --group stories "Once upon a time"
  $ colora generate --group stories --compare --chat "Who are you?"
  $ colora generate --base-model HuggingFaceTB/SmolLM2-135M-Instruct`,
    )
    .action(generate);
}

async function generate(prompt: string | undefined, flags: GenerateFlags): Promise<void> {
  checkFlags(flags);
  const chats = flags.chat === true || flags.system !== undefined;
  const isTerminal = process.stdin.isTTY === true;
  const converses = prompt === undefined && (chats || isTerminal);
  if (converses && flags.json) throw new UsageError('--json prints one answer: pass a prompt');
  const text = prompt ?? (converses ? '' : await readInput());
  if (!converses && text === '') throw new UsageError('nothing to go on from: the prompt is empty');

  const { modelOf } = await import('../../named-model.ts');
  const { openTextModel } = await import('../../generate/text-model.ts');
  const { baseModel, trained } = await modelOf(flags);
  const model = await openTextModel({
    baseModel,
    trained: flags.base || flags.only === 'base' ? null : trained,
    only: flags.only === 'base' ? undefined : flags.only,
    trainer: { ...engineOptions(flags), log: say },
  });
  try {
    if (converses) await converse(model, flags);
    else await writeOnce(model, chats ? chatOf(flags, text) : text, flags);
  } finally {
    await model.close();
  }
}

function checkFlags({ group, base, only, compare, temperature, topP, stop }: GenerateFlags): void {
  if (only !== undefined && (group === undefined || base)) {
    throw new UsageError('--only chooses among the models of a group: it needs --group, and not --base');
  }
  if (compare && (group === undefined || base || only === 'base')) {
    throw new UsageError('--compare shows base and personal model: it needs --group, and not --base');
  }
  if (temperature < 0) throw new UsageError('--temperature: use a number of at least 0');
  if (topP <= 0 || topP > 1) throw new UsageError('--top-p: use a number above 0 and up to 1');
  if (stop?.includes('')) throw new UsageError('--stop: an empty text would end everything');
}

/** One last line break belongs to the pipe, not to the prompt. */
async function readInput(): Promise<string> {
  const { standardInputName } = await import('@colora/training/data/jsonl-source');
  const { wholeText } = await import('@colora/training/data/text-bytes');
  return (await wholeText(process.stdin, standardInputName)).replace(/\r?\n$/, '');
}

function chatOf({ system }: GenerateFlags, text: string): ChatMessage[] {
  const start = system === undefined ? [] : [{ role: 'system', content: system }];
  return [...start, { role: 'user', content: text }];
}

function requestOf(
  flags: GenerateFlags,
  prompt: GenerationRequest['prompt'],
  adapter: string | null,
): GenerationRequest {
  const { maxTokens, temperature, topP, seed, stop = [] } = flags;
  return { prompt, maxTokens, temperature, topP, seed, stop, adapter };
}

async function writeOnce(
  { generator, adapter, version, runsOn }: TextModel,
  prompt: GenerationRequest['prompt'],
  flags: GenerateFlags,
): Promise<void> {
  const stop = listenForStop();
  try {
    const facts = { checkpoint: version, runsOn, seed: flags.seed };
    if (flags.compare) {
      const both = await writeBoth({ generator, adapter }, prompt, flags, stop.signal);
      if (flags.json) printJson({ base: described(both.base), personal: described(both.personal), ...facts });
      else await showBoth(both);
    } else {
      const request = requestOf(flags, prompt, adapter);
      const written = await generator.generate(request, flags.json ? undefined : showPiece, stop.signal);
      if (flags.json) printJson({ ...described(written), ...facts });
      else {
        print();
        say(statsOf(written));
      }
    }
    const received = stop.received();
    if (received !== null) process.exitCode = exitCodes[stopCodes[received]].status;
  } finally {
    stop.release();
  }
}

async function converse(model: TextModel, flags: GenerateFlags): Promise<void> {
  const { chatLoop } = await import('../../generate/chat-loop.ts');
  const answer = async (messages: readonly ChatMessage[], signal: AbortSignal): Promise<Answer> => {
    let written: Generation;
    if (flags.compare) {
      const both = await writeBoth(model, messages, flags, signal);
      await showBoth(both);
      written = both.personal;
    } else {
      const request = requestOf(flags, messages, model.adapter);
      written = await model.generator.generate(request, showPiece, signal);
      print();
    }
    return { text: written.text, note: `(${statsOf(written)})`, full: written.finish === 'context' };
  };
  say(
    model.version === null
      ? 'the base model alone'
      : `shared part of checkpoint ${model.version} and your personal part`,
  );
  await chatLoop({ system: flags.system ?? null, answer });
}

interface Both {
  readonly base: Generation;
  readonly personal: Generation;
}

/** One after the other: both want all of the machine. */
async function writeBoth(
  { generator, adapter }: Pick<TextModel, 'generator' | 'adapter'>,
  prompt: GenerationRequest['prompt'],
  flags: GenerateFlags,
  signal: AbortSignal,
): Promise<Both> {
  const base = await generator.generate(requestOf(flags, prompt, null), undefined, signal);
  const personal = await generator.generate(requestOf(flags, prompt, adapter), undefined, signal);
  return { base, personal };
}

async function showBoth({ base, personal }: Both): Promise<void> {
  const { sideBySide } = await import('../../generate/side-by-side.ts');
  const columns = process.stdout.isTTY ? process.stdout.columns : 0;
  for (const line of sideBySide(['base', base.text], ['personal', personal.text], columns)) print(line);
}

function showPiece(piece: string): void {
  write(process.stdout, piece);
}

const endings: Readonly<Record<Generation['finish'], string>> = {
  end: 'the model ended',
  stop: 'a stop text came',
  length: 'as many as --max-tokens allows',
  context: 'the model reads no more than this',
  interrupted: 'interrupted',
};

function speedOf({ tokens, seconds }: Generation): number {
  return tokens / Math.max(seconds, 1e-9);
}

function statsOf(written: Generation): string {
  return `${written.tokens} tokens, ${speedOf(written).toFixed(1)} a second; ${endings[written.finish]}`;
}

function described(written: Generation) {
  return { ...written, tokensPerSecond: speedOf(written) };
}
