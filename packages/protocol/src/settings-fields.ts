// Every field of a group's settings as data: its path, what value it takes, its choices and its defaults, all read out
// of the schema, for whoever shows settings to people. What a field means is said where the schema is written.
import { z } from 'zod';
import { aggregationSchema } from './aggregation-settings.ts';
import { quorumOf, roundsSchema } from './rounds-settings.ts';
import { type TaskKind, taskKinds } from './task-kinds.ts';
import {
  type Layout,
  layoutSchema,
  newClustersOf,
  newMinMembersOf,
  newPhasesOf,
  personalRateOf,
  type RateChoice,
  sharedRateOf,
  taskSettingsSchema,
} from './task-settings.ts';

export interface SettingsField {
  /** From the section inwards: `training.sharedRate`. */
  readonly path: string;
  /** `fields`: an object, whose own fields are listed too. */
  readonly takes: 'choice' | 'integer' | 'number' | 'boolean' | 'text' | 'list' | 'fields';
  /** Null where it is no choice. */
  readonly choices: readonly string[] | null;
  /** What is allowed of numbers, texts and lists, in words: `0 to below 1`; null where nothing is to be said. */
  readonly range: string | null;
  /** What holds where it is left out, in every case in which the field exists; undefined: nothing does. */
  readonly defaults: readonly DefaultCase[];
}

export interface DefaultCase {
  readonly kind: TaskKind;
  readonly layout: Layout;
  readonly value: unknown;
}

const usual = { aggregation: aggregationSchema.parse({}), rounds: roundsSchema.parse({}), privacy: {} };

/** Defaults that follow from other settings. */
const following: Readonly<Record<string, (choice: RateChoice) => unknown>> = {
  'rounds.quorum': () => quorumOf(usual.rounds, newMinMembersOf(usual)),
  'privacy.minMembers': () => newMinMembersOf(usual),
  'task.clusters': newClustersOf,
  'training.phases': newPhasesOf,
  'training.personalRate': personalRateOf,
  'training.sharedRate': sharedRateOf,
};

interface Node {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly const?: string | number;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly oneOf?: readonly Node[];
  readonly anyOf?: readonly Node[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
}

/** In the schema's order; a field that only some kinds of task have is listed once. */
export function settingsFields(): SettingsField[] {
  const root = z.toJSONSchema(taskSettingsSchema, { io: 'input' }) as Node;
  const fields = new Map<string, SettingsField>();
  for (const kind of taskKinds) {
    for (const { path, node } of nodesBelow(root, '', kind)) {
      const { choices = null, defaults = [] } = fields.get(path) ?? {};
      fields.set(path, {
        path,
        takes: takes(node),
        choices: merged(choices, choicesOf(node)),
        range: rangeOf(node),
        defaults: [
          ...defaults,
          ...layoutSchema.options.map((layout) => defaultCase(path, node, kind, layout)),
        ],
      });
    }
  }
  return [...fields.values()];
}

function* nodesBelow(node: Node, path: string, kind: TaskKind): Generator<{ path: string; node: Node }> {
  const variant = node.oneOf?.find(({ properties }) => properties?.kind?.const === kind) ?? node;
  if (path !== '') yield { path, node: variant };
  for (const [name, child] of Object.entries(variant.properties ?? {}))
    yield* nodesBelow(child, path === '' ? name : `${path}.${name}`, kind);
}

function takes({ type, properties, anyOf, ...node }: Node): SettingsField['takes'] {
  if (choicesOf(node) !== null) return 'choice';
  if (properties !== undefined) return 'fields';
  if (type === 'integer' || type === 'number' || type === 'boolean') return type;
  if (type === 'array') return 'list';
  return anyOf?.[0] === undefined ? 'text' : takes(anyOf[0]); // the other one is null
}

function choicesOf(node: Node): readonly string[] | null {
  return node.enum ?? (typeof node.const === 'string' ? [node.const] : null);
}

function rangeOf(node: Node): string | null {
  const { anyOf, minimum, maximum, exclusiveMinimum, exclusiveMaximum, maxLength, minItems, maxItems } = node;
  if (anyOf !== undefined) return anyOf.map((one) => rangeOf(one) ?? one.const ?? one.type).join(', or ');
  if (maxLength !== undefined) return `up to ${maxLength} characters`;
  if (maxItems !== undefined) return `${minItems ?? 0} to ${maxItems} items`;
  const least = exclusiveMinimum === undefined ? minimum : `above ${exclusiveMinimum}`;
  const most = exclusiveMaximum === undefined ? maximum : `below ${exclusiveMaximum}`;
  return least === undefined ? null : `${least} to ${most}`;
}

function merged(one: readonly string[] | null, other: readonly string[] | null): readonly string[] | null {
  return one === null || other === null ? (one ?? other) : [...new Set([...one, ...other])];
}

function defaultCase(path: string, node: Node, kind: TaskKind, layout: Layout): DefaultCase {
  const follow = following[path];
  if (follow === undefined) return { kind, layout, value: node.default };
  const choice = { adapter: { layout }, task: { kind } };
  return { kind, layout, value: follow({ ...choice, training: { phases: newPhasesOf(choice) } }) };
}
