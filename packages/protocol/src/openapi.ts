// The OpenAPI 3.1 document, made from the routes table. Nothing is written twice.
import { z } from 'zod';
import { problemSchema } from './problems.ts';
import { type Route, routes } from './routes.ts';

type Json = Record<string, unknown>;

const binary = { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } };

/** The document served at /openapi.json. */
export function openApiDocument(version: string): Json {
  const paths: Record<string, Json> = {};
  for (const [name, route] of Object.entries(routes) as [string, Route][]) {
    const path = route.path.replace(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(name, route) };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'CoLoRA coordinator', version, license: { name: 'Apache-2.0' } },
    paths,
    components: {
      securitySchemes: { apiKey: { type: 'http', scheme: 'bearer' } },
      schemas: { Problem: jsonSchema(problemSchema, 'output') },
    },
  };
}

function operation(name: string, route: Route): Json {
  return {
    operationId: name,
    summary: route.summary,
    ...(route.access === 'anyone' ? {} : { security: [{ apiKey: [] }], 'x-roles': route.access }),
    parameters: [...parameters(route.params, 'path'), ...parameters(route.query, 'query')],
    ...(route.body === undefined
      ? {}
      : { requestBody: { required: true, content: content(route.body, 'input') } }),
    responses: {
      200: { description: 'done', content: content(route.answer, 'output') },
      default: {
        description: 'a problem (RFC 9457)',
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    },
  };
}

function parameters(schema: z.ZodObject | undefined, place: 'path' | 'query'): Json[] {
  return Object.entries(schema?.shape ?? {}).map(([name, part]) => ({
    name,
    in: place,
    required: place === 'path',
    schema: jsonSchema(part as z.ZodType, 'input'),
  }));
}

function content(schema: z.ZodType | 'bytes', io: 'input' | 'output'): Json {
  return schema === 'bytes' ? binary : { 'application/json': { schema: jsonSchema(schema, io) } };
}

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return rest;
}
