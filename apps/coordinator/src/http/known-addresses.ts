// Addresses of requests: as they may be told, and what is asked at one that no route has, whether there is no such address or only not
// with this method.
import { ProblemError } from '@colora/protocol/problems';
import type { Route } from '@colora/protocol/route/route';
import { routes } from '@colora/protocol/routes';

/** Without what follows a ?: it may hold what a sign-in is told. */
export function pathOf({ url }: { readonly url: string }): string {
  return url.split('?')[0]!;
}

const table: readonly (readonly [pattern: RegExp, method: string])[] = [
  ...Object.values(routes as Readonly<Record<string, Route>>).map(
    ({ path, method }) => [new RegExp(`^${path.replace(/:\w+/g, '[^/]+')}/?$`), method] as const,
  ),
  [/^\/openapi\.json\/?$/, 'GET'],
  [/^\/metrics\/?$/, 'GET'],
  [/^\/docs\/?$/, 'GET'],
];

/** Methods that are answered there; none where there is no such address. */
export function methodsAt(path: string): string[] {
  return [...new Set(table.flatMap(([pattern, method]) => (pattern.test(path) ? [method] : [])))].sort();
}

/** The refusal of what no route takes. */
export function unknownAddress(method: string, path: string): ProblemError {
  const methods = methodsAt(path);
  if (methods.length > 0)
    return new ProblemError('wrong-method', `${path} takes ${methods.join(' and ')}, not ${method}`);
  return new ProblemError(
    'unknown-route',
    `there is no ${method} ${path}; /openapi.json lists what there is`,
  );
}
