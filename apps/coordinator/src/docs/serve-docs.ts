// The pages at /docs: Swagger UI over the OpenAPI document, from files of this installation alone. A page of it asks nobody but this
// coordinator for anything: its policy forbids it, and so does no code of ours tell it to.
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';

/** Where the pages are. */
export const docsPath = '/docs';

/**
 * What their own scripts and styles need; pictures in the style sheet are data. Of the bundle's styles one is put into the page by a script,
 * and blocked: nothing is seen of it.
 */
const policy = {
  'default-src': "'none'",
  'script-src': "'self'",
  'style-src': "'self'",
  'img-src': "'self' data:",
  'connect-src': "'self'",
  'base-uri': "'none'",
  'form-action': "'none'",
  'frame-ancestors': "'none'",
};

/** `document` is asked for once, with the first request for it (`app.swagger()`): making it takes long, and few ask. */
export function serveDocs(app: FastifyInstance, document: () => Record<string, unknown>): void {
  app.register(swagger, { openapi: {}, hideUntagged: true, transformObject: () => document() as never });
  app.register(swaggerUi, {
    routePrefix: docsPath,
    staticCSP: policy,
    theme: { title: 'CoLoRA coordinator: REST' },
    // Keys stay in the page: they are gone when it is closed. Requests go out only when somebody presses the button.
    uiConfig: {
      layout: 'BaseLayout',
      persistAuthorization: false,
      deepLinking: true,
      docExpansion: 'list',
      tryItOutEnabled: false,
    },
  });
}
