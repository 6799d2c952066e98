// What a request is for, told by its method and address alone: nobody who sends has to say it, or could say it wrongly. A route that
// has no word of its own here goes by its name in the routes table.
import type { Route } from '@colora/protocol/route/route';
import { type RouteName, routes } from '@colora/protocol/routes';

const words: Partial<Record<RouteName, string>> = {
  joinGroup: 'join',
  putContribution: 'contribution',
  putProbe: 'probe',
  putFigures: 'figures',
  postMetrics: 'metrics',
  putAvailability: 'hours',
  putStepTime: 'step time',
  putReceipts: 'receipts',
  putErrorReport: 'error report',
  leaveGroup: 'leaving',
  forgetMe: 'leaving',
  rotateKey: 'key',
};

/** With the paths of a coordinator that lives below a path of its own. */
const known = (Object.entries(routes) as [RouteName, Route][]).map(([name, { method, path }]) => ({
  name,
  method,
  pattern: new RegExp(`${path.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/:\w+/g, '[^/]+')}$`),
}));

export const socketKind = 'socket';
export const questionKind = 'question';

export interface Purpose {
  readonly kind: string;
  /** Method and path; with the query where it is a coordinator's route: elsewhere it may hold a signature. */
  readonly what: string;
}

export function purposeOf(method: string, address: string, hasBody: boolean): Purpose {
  const { pathname, search } = new URL(address);
  const bare = { what: `${method} ${pathname}` };
  if (/\/socket\.io\/?$/.test(pathname)) return { ...bare, kind: socketKind };
  if (method === 'POST' && pathname.endsWith('/v1/traces')) return { ...bare, kind: 'traces' };
  const route = known.find((each) => each.method === method && each.pattern.test(pathname));
  if (route === undefined) return { ...bare, kind: hasBody ? 'other' : 'download' };
  const kind = words[route.name] ?? (hasBody ? route.name : questionKind);
  return { kind, what: `${method} ${pathname}${search}` };
}
