// The kinds of tasks as a table: what an admin configures for each, the rates that proved themselves, and what the kind
// is to people. How a kind reads, trains and answers is packages/training/src/tasks.
import { z } from 'zod';
import { mostScale, plain } from './bounds/bounded.ts';
import { labelForm } from './bounds/names.ts';
import { clusterModeSchema } from './cluster-mode.ts';

export const labelSchema = plain(100)
  .min(1)
  .refine((label) => labelForm(label) !== '', 'a label is not blank');

/** Of a task, and so of a member. */
export const mostLabels = 10_000;

const headOwnershipSchema = z.enum(['by-label', 'personal', 'both']);

const headFields = {
  /** Every label a member may use. A member trains the rows of the labels in its own data. */
  labels: z
    .array(labelSchema)
    .min(2, 'a classification needs at least two labels')
    .max(mostLabels)
    .refine(
      (labels) => new Set(labels.map(labelForm)).size === labels.length,
      'labels must be distinct, also where they differ only in blanks around them or in how Unicode spells an accent (NFC, NFD)',
    ),
  head: headOwnershipSchema.default('by-label'),
  /**
   * Head rows of clusters of members whose probes are alike. `auto`: who belongs together is found again when members come
   * or go; `fixed`: admins say it. A new group gets what proved itself (settledSettings); left out: `off`, as in groups
   * that are older than the choice.
   */
  clusters: clusterModeSchema.optional(),
  /** logits = headScale (W f + b) */
  headScale: z.number().positive().max(mostScale).default(0.1),
};

const maxTokens = z.int().min(4).max(8192);

interface KindRow {
  /** Its settings, `kind` among them. */
  readonly schema: z.ZodObject<{ kind: z.ZodLiteral<string> }>;
  /** How a new group of layout `core` trains where nobody says, measured (docs/decisions.md); others train apart. */
  readonly phases: 'joint' | 'apart';
  /** Whether members can be told apart by probes of their examples, and are in a new group of layout `core`. */
  readonly clusters: boolean;
  /**
   * Where the settings name none, measured with adam (docs/decisions.md): `core`'s matrices in steps of their own and
   * in joint ones, other personal parts, the shared adapter.
   */
  readonly rates: {
    readonly core: Readonly<Record<'joint' | 'apart', number>>;
    readonly other: number;
    readonly shared: number;
  };
  /** As it stands in a sentence, article included. */
  readonly name: string;
  /** What its rows of data hold. */
  readonly data: string;
  /** Labels that an admin may give, as an example of them; null: the kind has none. */
  readonly labels: string | null;
  /** Whether it is the base model's own work, to write text: no head stands on it, and without any training there is something to judge. */
  readonly writes: boolean;
}

export const taskKindTable = {
  classification: {
    schema: z.strictObject({
      kind: z.literal('classification'),
      ...headFields,
      maxTokens: maxTokens.default(24),
    }),
    phases: 'joint',
    clusters: true,
    rates: { core: { joint: 1e-2, apart: 2e-2 }, other: 5e-4, shared: 8e-3 },
    name: 'a classification',
    data: 'labels',
    labels: 'good,bad',
    writes: false,
  },
  /** A label for each word of a text. Labels that name spans are `B-<name>`, `I-<name>` and `O`. */
  'token-classification': {
    schema: z.strictObject({
      kind: z.literal('token-classification'),
      ...headFields,
      maxTokens: maxTokens.default(128),
    }),
    phases: 'apart',
    clusters: false, // a word's label isn't what a text is called; not tried
    rates: { core: { joint: 1e-2, apart: 2e-2 }, other: 5e-4, shared: 8e-3 }, // not measured: those of texts
    name: 'a token classification',
    data: 'tagged words',
    labels: 'O,B-PER,I-PER',
    writes: false,
  },
  'causal-lm': {
    schema: z.strictObject({ kind: z.literal('causal-lm'), maxTokens: maxTokens.default(128) }),
    phases: 'apart', // there the matrices do the work, and want steps and a rate of their own
    clusters: false,
    rates: { core: { joint: 5e-2, apart: 5e-2 }, other: 1e-3, shared: 4e-3 },
    name: 'a language model',
    data: 'texts without labels',
    labels: null,
    writes: true,
  },
} as const satisfies Readonly<Record<string, KindRow>>;

export type TaskKind = keyof typeof taskKindTable;
export const taskKinds = Object.keys(taskKindTable) as TaskKind[];

type KindSchema = (typeof taskKindTable)[TaskKind]['schema'];
const schemas = Object.values(taskKindTable).map(({ schema }): KindSchema => schema);

export const taskSchema = z.discriminatedUnion('kind', schemas as [KindSchema, ...KindSchema[]]);

/** Of a path of settings: what is outside of `task` every kind has. */
export function kindHasField(kind: TaskKind, path: string): boolean {
  const [section, name = ''] = path.split('.');
  return section !== 'task' || Object.hasOwn(taskKindTable[kind].schema.shape, name);
}

export type HeadOwnership = z.infer<typeof headOwnershipSchema>;
