// What programs pass to the library, held to its interface (colora.d.ts) before anything is done: JavaScript passes anything.
import { parsePauseWindow } from '@colora/client/guest/pause-windows';
import { evaluationTimes } from '@colora/client/session/client-options';
import { basePrecisions } from '@colora/models/base-precision';
import { nameSchema } from '@colora/protocol/bounds/bounded';
import { deviceNames } from '@colora/training/engines/device-names';
import { engineNames } from '@colora/training/engines/engine-settings';
import { trainerPriorities } from '@colora/training/engines/trainer-priority';
import { z } from 'zod';
import { UsageError } from '../usage-error.ts';
import type { Agree, ChatMessage, Example, JoinOptions, PersonalOptions } from './colora.d.ts';

const text = z.string().max(4096);
const path = text.min(1).refine((value) => value !== '-', 'the library doesn’t read the standard input');
const count = z.int().min(1).max(1_000_000_000_000);
const positive = z.number().positive();
const callback = <Function extends (...given: never[]) => unknown>() =>
  z.custom<Function>((value) => typeof value === 'function', 'must be a function');
const signal = z.instanceof(AbortSignal);
const publicKey = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits');
const agree = z.union([z.array(text).max(1000), callback<Extract<Agree, (...given: never[]) => unknown>>()], {
  error: 'must be a function, or the ids of what was agreed to',
});

const engine = {
  engine: z.enum(engineNames).optional(),
  device: z.enum(deviceNames).optional(),
  threads: z.int().min(1).max(1024).optional(),
  basePrecision: z.enum(basePrecisions).optional(),
};

const limits = z.strictObject({
  maxMinutesPerRound: positive.optional(),
  maxSteps: count.optional(),
  maxBytesPerDay: count.optional(),
  minNoise: positive.optional(),
  maxEpsilon: positive.optional(),
  requireClip: z.union([positive, z.literal(true)]).optional(),
  requireSecureAggregation: z.boolean().optional(),
  requireVouched: publicKey.optional(),
});

const machine = z.strictObject({
  pauseBetween: z
    .array(
      z.string().refine((hours) => parsePauseWindow(hours) !== null, 'must be hours such as 09:00-18:00'),
    )
    .max(100)
    .optional(),
  onBattery: z.enum(['train', 'wait']).optional(),
  idleMinutes: z
    .int()
    .min(1)
    .max(24 * 60)
    .optional(),
  share: z.number().gt(0).max(1).optional(),
  priority: z.enum(trainerPriorities).optional(),
  maxUpload: z.number().min(1000).optional(),
  maxDownload: z.number().min(1000).optional(),
  maxMemory: count.optional(),
  recompute: z.boolean().optional(),
  fitMemory: z.boolean().optional(),
});

/** Rows are read as those of a file are (training's readExamples). */
const data = z.union([path, z.custom<readonly Example[]>(Array.isArray)], {
  error: 'must be a path (the library doesn’t read the standard input), or a list of examples',
});

const joinSchema = z.strictObject({
  ...engine,
  data,
  heldOut: data.optional(),
  holdOut: z.number().gt(0).lt(1).optional(),
  workspace: path,
  agree,
  name: nameSchema.optional(),
  baseModel: path.optional(),
  limits: limits.optional(),
  machine: machine.optional(),
  until: z.enum(['completed', 'forever']).optional(),
  personaliseSteps: z.int().min(1).max(1_000_000).optional(),
  evaluate: z.enum(evaluationTimes).optional(),
  guard: z.boolean().optional(),
  figures: z.boolean().optional(),
  reports: z.boolean().optional(),
  coordinatorKey: publicKey.optional(),
  insecure: z.boolean().optional(),
  useHere: z.boolean().optional(),
  seed: z.int().min(0).optional(),
  signal: signal.optional(),
  onProgress: callback<NonNullable<JoinOptions['onProgress']>>().optional(),
  onNote: callback<NonNullable<JoinOptions['onNote']>>().optional(),
});

const personalSchema = z.strictObject({
  ...engine,
  workspace: path,
  group: nameSchema,
  baseModel: path.optional(),
  agree: agree.optional(),
  signal: signal.optional(),
  onProgress: callback<NonNullable<PersonalOptions['onProgress']>>().optional(),
  onNote: callback<NonNullable<PersonalOptions['onNote']>>().optional(),
});

const addressSchema = z.union([
  text.min(1),
  z.strictObject({
    url: z.url({ protocol: /^https?$/, error: 'must be an http:// or https:// address' }),
    group: nameSchema,
    key: z.string().max(200).optional(),
    invitation: z.string().max(2000).optional(),
  }),
]);

const part = z.enum(['personal', 'shared']);
const predictSchema = z.strictObject({ part: part.optional(), signal: signal.optional() });
const generateSchema = z.strictObject({
  part: z.enum(['personal', 'shared', 'base']).optional(),
  maxTokens: z.int().min(1).max(1_000_000).optional(),
  temperature: z.number().min(0).optional(),
  topP: z.number().gt(0).max(1).optional(),
  seed: z.int().min(0).optional(),
  stop: z.array(z.string().min(1)).max(100).optional(),
  signal: signal.optional(),
});
const message = z.looseObject({ role: z.string(), content: z.string().nullable() });
const promptSchema = z.union([
  z.string(),
  z.array(message).min(1) as z.ZodType<readonly ChatMessage[], readonly ChatMessage[]>,
]);
const textsSchema = z.array(z.string()).max(100_000);
const onTextSchema = callback<(text: string) => void>().optional();

/** Each throws UsageError naming the function and the field. */
export const readAddress = readerOf('joinGroup', addressSchema, 'where');
export const readJoinOptions = readerOf('joinGroup', joinSchema, 'options');
export const readPersonalOptions = readerOf('loadPersonal', personalSchema, 'options');
export const readPredictOptions = readerOf('predict', predictSchema, 'options');
export const readTexts = readerOf('predict', textsSchema, 'texts');
export const readGenerateOptions = readerOf('generate', generateSchema, 'options');
export const readPrompt = readerOf('generate', promptSchema, 'prompt');
export const readOnText = readerOf('generate', onTextSchema, 'onText');

function readerOf<Schema extends z.ZodType>(of: string, schema: Schema, whole: string) {
  return (given: unknown): z.output<Schema> => {
    const read = schema.safeParse(given);
    if (read.success) return read.data;
    const [first] = read.error.issues;
    const field = first!.path.length === 0 ? whole : first!.path.join('.');
    throw new UsageError(`${of}: ${field}: ${first!.message}`);
  };
}
