// Examples in the OpenAPI document are true: each is what its schema takes, each route that takes JSON has one, and they are in it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { z } from 'zod';
import type { Route } from '../route/route.ts';
import { routes } from '../routes.ts';
import { answerExamples, bodyExamples } from './examples.ts';
import { namedSchemas, openApiDocument } from './openapi.ts';

const withJson = Object.entries(routes as Readonly<Record<string, Route>>).filter(
  (entry): entry is [string, Route & { body: z.ZodType }] =>
    entry[1].body !== undefined && entry[1].body !== 'bytes',
);

test('each route that takes JSON has an example that it takes', () => {
  assert.deepEqual(Object.keys(bodyExamples).sort(), withJson.map(([name]) => name).sort());
  for (const [name, { body }] of withJson) {
    const { error } = body.safeParse((bodyExamples as Record<string, unknown>)[name]);
    assert.equal(error, undefined, `${name}: ${error?.message}`);
  }
});

test('each example of an answer is one', () => {
  for (const [name, example] of Object.entries(answerExamples)) {
    const { error } = namedSchemas[name]!.safeParse(example);
    assert.equal(error, undefined, `${name}: ${error?.message}`);
  }
});

test('they stand in the document, where a reader looks for them', () => {
  const text = JSON.stringify(openApiDocument('0'));
  for (const example of [...Object.values(bodyExamples), ...Object.values(answerExamples)])
    assert.ok(text.includes(JSON.stringify(example)));
});
