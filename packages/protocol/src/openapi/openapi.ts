// The OpenAPI 3.1 document, made from the routes table and the error table. Nothing is written twice.

import { z } from 'zod';
import { availabilitySchema } from '../accounts/availability.ts';
import { apiKeySchema, createdKeySchema } from '../accounts/keys.ts';
import * as entities from '../entities.ts';
import { type ProblemCode, problemTable } from '../problem-table.ts';
import { problemSchema } from '../problems.ts';
import { signatureHeader } from '../proofs/signatures.ts';
import type { Route } from '../route/route.ts';
import { type RouteName, routes } from '../routes.ts';
import { taskSettingsSchema } from '../task-settings.ts';
import { answerExamples, bodyExamples } from './examples.ts';
import { problemsOf, takesIdempotencyKey } from './route-problems.ts';

type Json = Record<string, unknown>;
type Direction = 'input' | 'output';

/** What stands under components/schemas; as it is sent, `Input` is added where it differs from what is answered. */
export const namedSchemas: Readonly<Record<string, z.ZodType>> = {
  Problem: problemSchema,
  TaskSettings: taskSettingsSchema,
  TaskGroup: entities.groupSchema,
  Round: entities.roundSchema,
  RoundDetail: entities.roundDetailSchema,
  Checkpoint: entities.checkpointSchema,
  Assignment: entities.assignmentSchema,
  Acknowledgement: entities.acknowledgementSchema,
  Availability: availabilitySchema,
  Participant: entities.participantSchema,
  ApiKey: apiKeySchema,
  CreatedKey: createdKeySchema,
  GroupEvent: entities.eventSchema,
  Metric: entities.metricSchema,
};

const digestText =
  'sha-256 of the body, as sha-256=:BASE64: (RFC 9530); a body that differs from it is refused';
const binary = { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } };
const digestSchema = { type: 'string', pattern: '^sha-256=:[A-Za-z0-9+/]{43}=:$' };

/** The document served at /openapi.json. */
export function openApiDocument(version: string): Json {
  const schemas = schemaWriter();
  const paths: Record<string, Json> = {};
  for (const [name, route] of Object.entries(routes) as [RouteName, Route][]) {
    const path = route.path.replace(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(name, route, schemas.write) };
  }
  schemas.write(problemSchema, 'output');
  const tags = [...new Set(Object.values(routes).map(({ path }) => tagOf(path)))];
  return {
    openapi: '3.1.0',
    info: { title: 'CoLoRA coordinator', version, license: { name: 'Apache-2.0' } },
    tags: tags.map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: { apiKey: { type: 'http', scheme: 'bearer' } },
      schemas: schemas.components,
    },
  };
}

type WriteSchema = (schema: z.ZodType, direction: Direction) => Json;

function operation(name: RouteName, route: Route, write: WriteSchema): Json {
  const body = route.body;
  return {
    operationId: name,
    tags: [tagOf(route.path)],
    summary: route.summary,
    ...(route.access === 'anyone' ? {} : { security: [{ apiKey: [] }], 'x-roles': route.access }),
    parameters: [
      ...parameters(route.params, 'path', write),
      ...parameters(route.query, 'query', write),
      ...(body === 'bytes' ? [digestHeader] : []),
      ...(route.signed === true ? [signatureParameter] : []),
      ...(route.ifMatch === true ? [ifMatchParameter] : []),
      ...(takesIdempotencyKey(route) ? [idempotencyParameter] : []),
    ],
    ...(body === undefined
      ? {}
      : { requestBody: { required: true, content: requestContent(name, body, write) } }),
    responses: { ...successes(route, write), ...problems(problemsOf(name, route)) },
  };
}

const digestHeader = {
  name: 'Content-Digest',
  in: 'header',
  required: true,
  description: digestText,
  schema: digestSchema,
};

const signatureParameter = {
  name: signatureHeader,
  in: 'header',
  required: false,
  description:
    'Ed25519 signature in hex under the statement of the contribution (docs/SECURITY.md); needed from who told a signing key',
  schema: { type: 'string', pattern: '^[0-9a-f]{128}$' },
};

const ifMatchParameter = {
  name: 'If-Match',
  in: 'header',
  required: false,
  description:
    'the ETag of the group as it was read: where it is at another revision, nothing is done, and the answer says what is there now',
  schema: { type: 'string', pattern: '^(\\*|"[0-9]{1,10}")$' },
};

const idempotencyParameter = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description:
    'made up by the caller, 1 to 200 visible characters: asked again with the same key and body within a day, the answer is the same and nothing is done twice',
  schema: { type: 'string', pattern: '^[!-~]{1,200}$' },
};

/** The path's noun: groups, rounds, checkpoints, keys. */
function tagOf(path: string): string {
  const nouns = path.split('/').filter((part) => part !== '' && part !== 'v1' && !part.startsWith(':'));
  const [first = 'service', second] = nouns;
  if (first === 'health' || first === 'ready') return 'service';
  if (first === 'me') return 'keys';
  const kinds = ['rounds', 'checkpoints', 'members', 'metrics'];
  return first === 'groups' && second !== undefined && kinds.includes(second) ? second : first;
}

function successes(route: Route, write: WriteSchema): Json {
  if (route.answer === 'redirect') return { 303: sentOn };
  const done = { description: 'done', content: content(route.answer, 'output', write) };
  if (route.answer !== 'bytes') return { 200: { ...done, headers: answerHeaders(route) } };
  const headers = {
    ...rateHeaders,
    ETag: { description: 'the sha256 of the whole file, in quotes', schema: { type: 'string' } },
    'Content-Digest': { description: 'of the whole file (RFC 9530)', schema: digestSchema },
  };
  return {
    200: { ...done, headers },
    206: { description: 'the part that Range asks for', content: binary },
    304: { description: 'the file of If-None-Match' },
    416: { description: 'nothing of it lies in that Range' },
  };
}

function answerHeaders(route: Route): Json {
  const { shape } = route.answer as z.ZodObject;
  return {
    ...(route.access === 'anyone' ? {} : rateHeaders),
    ...(shape !== undefined && 'revision' in shape ? { ETag: revisionTag } : {}),
    ...(takesIdempotencyKey(route) ? { 'Idempotent-Replayed': replayed } : {}),
  };
}

const count = (description: string) => ({ description, schema: { type: 'integer' } });
const rateHeaders = {
  'RateLimit-Limit': count('requests that a key may make in the time of the limit'),
  'RateLimit-Remaining': count('how many of them are left'),
  'RateLimit-Reset': count('seconds until all of them are there again'),
};
const revisionTag = {
  description: 'the group’s revision, in quotes: for If-Match',
  schema: { type: 'string' },
};
const replayed = {
  description: 'true: this was asked with the same Idempotency-Key before, and this is the answer of then',
  schema: { type: 'string', const: 'true' },
};
const sentOn = {
  description: 'the browser is sent on',
  headers: { Location: { description: 'where to', schema: { type: 'string' } } },
};

/** By status, with the codes that come with it. */
function problems(codes: readonly ProblemCode[]): Json {
  const statuses = [...new Set(codes.map((code) => problemTable[code].status))];
  const entries = statuses.map((status) => [
    status,
    {
      description: codes
        .filter((code) => problemTable[code].status === status)
        .map((code) => `${code}: ${problemTable[code].title}`)
        .join('; '),
      ...(status === 503 || status === 429 ? { headers: { 'Retry-After': retryAfter } } : {}),
      content: { 'application/problem+json': { schema: refTo('Problem') } },
    },
  ]);
  return Object.fromEntries(entries);
}

const retryAfter = { description: 'seconds', schema: { type: 'integer' } };

function parameters(schema: z.ZodObject | undefined, place: 'path' | 'query', write: WriteSchema): Json[] {
  return Object.entries(schema?.shape ?? {}).map(([name, part]) => ({
    name,
    in: place,
    required: place === 'path',
    schema: write(part as z.ZodType, 'input'),
  }));
}

function content(schema: z.ZodType | 'bytes', direction: Direction, write: WriteSchema): Json {
  return schema === 'bytes' ? binary : { 'application/json': { schema: write(schema, direction) } };
}

function requestContent(name: RouteName, body: z.ZodType | 'bytes', write: WriteSchema): Json {
  if (body === 'bytes') return binary;
  return { 'application/json': { schema: write(body, 'input'), example: bodyExamples[name] } };
}

const refTo = (name: string) => ({ $ref: `#/components/schemas/${name}` });

/** Writes schemas with the named ones as references, and collects those as components. */
function schemaWriter(): { readonly write: WriteSchema; readonly components: Json } {
  const components: Json = {};
  const metadata = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(namedSchemas)) metadata.add(schema, { id });
  const write: WriteSchema = (schema, direction) => {
    const suffix = direction === 'input' ? 'Input' : '';
    // inside an object, so that a named schema by itself becomes a reference too
    const whole = z.toJSONSchema(z.object({ it: schema }), {
      io: direction,
      unrepresentable: 'any',
      metadata,
      override: ({ zodSchema, jsonSchema }) => Object.assign(jsonSchema, z.globalRegistry.get(zodSchema)),
    });
    const text = JSON.stringify(whole, (key, value) =>
      key === 'id' && typeof value === 'string' ? undefined : value,
    );
    const { $defs = {}, properties } = JSON.parse(
      text.replaceAll(/"#\/\$defs\/(\w+)"/g, `"#/components/schemas/$1${suffix}"`),
    ) as { $defs?: Record<string, Json>; properties: { it: Json } };
    for (const [id, definition] of Object.entries($defs)) {
      const example = direction === 'output' ? answerExamples[id] : undefined;
      components[id + suffix] = { ...definition, ...(example === undefined ? {} : { examples: [example] }) };
    }
    return properties.it;
  };
  return { write, components };
}
