// Whatever a stranger can send has an end: every array, map, text and number of every schema that takes something, and no text
// that a database refuses. A schema that is added without bounds fails here.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { z } from 'zod';
import { mostInteger } from '../bounds/bounded.ts';
import { contributionMetadataSchema } from '../contribution.ts';
import { handshakeSchema, serverEvents } from '../events.ts';
import type { Route } from '../route/route.ts';
import { routes } from '../routes.ts';

interface Node {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly pattern?: string;
  readonly allOf?: readonly Node[];
  readonly oneOf?: readonly Node[];
  readonly anyOf?: readonly Node[];
  readonly items?: Node;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly propertyNames?: Node;
  readonly additionalProperties?: Node | boolean;
  readonly [limit: string]: unknown;
}

const stray = [`a\0`, `a\n`, 'a\ud800', 'a\udc00'];

/** A seed, which no column holds, and numbers to look up, which hostile-requests.test.ts tries above every column. */
const wide = /^(body\.(seen\.)?settings\.seed|(params|query)\.(round|version))$/;

/** The places in a schema that have no end, with what they lack. */
function* unbounded(node: Node, at: string): Generator<string> {
  for (const part of [...(node.oneOf ?? []), ...(node.anyOf ?? [])]) yield* unbounded(part, at);
  if (node.oneOf ?? node.anyOf) return;
  if (node.enum !== undefined || node.const !== undefined) return;
  if (node.type === 'string') yield* unboundedText(node, at);
  else if (node.type === 'number' || node.type === 'integer') yield* unboundedNumber(node, at);
  else if (node.type === 'array') {
    if (node.maxItems === undefined) yield `${at}: an array without maxItems`;
    yield* unbounded(node.items ?? {}, `${at}[]`);
  } else if (node.type === 'object') yield* unboundedObject(node, at);
  else if (node.type !== 'boolean' && node.type !== 'null') yield `${at}: takes anything`;
}

function* unboundedText(node: Node, at: string): Generator<string> {
  if (node.maxLength === undefined) yield `${at}: a text without maxLength`;
  const patterns = [node, ...(node.allOf ?? [])].flatMap(({ pattern }) => pattern ?? []);
  const refuses = (text: string) => patterns.some((pattern) => !new RegExp(pattern, 'u').test(text));
  const isShort = typeof node.maxLength === 'number' && node.maxLength <= 8; // words, taken apart by a pipe
  if (!isShort && !stray.every(refuses)) yield `${at}: a text that may hold NUL or halves of characters`;
}

function* unboundedNumber(node: Node, at: string): Generator<string> {
  const [least, most] = [node.minimum ?? node.exclusiveMinimum, node.maximum ?? node.exclusiveMaximum];
  if (typeof least !== 'number' || typeof most !== 'number') yield `${at}: a number without a range`;
  else if (node.type === 'integer' && !wide.test(at) && Math.max(-least, most) > mostInteger)
    yield `${at}: an integer that its column does not hold`;
}

function* unboundedObject(node: Node, at: string): Generator<string> {
  for (const [name, part] of Object.entries(node.properties ?? {})) yield* unbounded(part, `${at}.${name}`);
  if (node.propertyNames === undefined) return;
  if (node.maxProperties === undefined) yield `${at}: a map without maxProperties`;
  yield* unboundedText(node.propertyNames, `${at}'s names`);
  yield* unbounded(node.additionalProperties as Node, `${at}.*`);
}

const faultsOf = (schema: z.ZodType, at: string) => [
  ...unbounded(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Node, at),
];

describe('what is taken has an end', () => {
  for (const [name, route] of Object.entries(routes) as [string, Route][]) {
    test(`route ${name}`, () => {
      const { params, query, body } = route;
      if (params !== undefined) assert.deepEqual(faultsOf(params, 'params'), []);
      if (query !== undefined) assert.deepEqual(faultsOf(query, 'query'), []);
      if (body === undefined || body === 'bytes') return;
      assert.deepEqual(faultsOf(body, 'body'), []);
      const issues = body.safeParse({ unheardOf: 1 }).error?.issues ?? [];
      assert.ok(
        issues.some(({ code }) => code === 'unrecognized_keys'),
        'takes fields that it does not know',
      );
    });
  }

  for (const [name, schema] of Object.entries({ ...serverEvents, handshake: handshakeSchema }))
    test(`socket ${name}`, () => assert.deepEqual(faultsOf(schema, 'event'), []));

  test('metadata of a contribution', () =>
    assert.deepEqual(faultsOf(contributionMetadataSchema, 'metadata'), []));
});

test('the walk finds what it is for', () => {
  const open = {
    text: z.string().regex(/^[a-z]*$/),
    raw: z.string().max(9),
    list: z.array(z.boolean()),
    map: z.record(
      z
        .string()
        .max(5)
        .regex(/^[a-z]*$/),
      z.boolean(),
    ),
    number: z.number().min(0),
    integer: z.int(),
    inside: z.array(z.strictObject({ any: z.unknown() })).max(3),
  };
  for (const [name, schema] of Object.entries(open))
    assert.notDeepEqual(faultsOf(z.strictObject({ it: schema.optional() }), 'it'), [], name);
});
