// For tests: the routes of one caller without a server, at whichever coordinator is to answer: the use cases are called directly.
// No tests here.
import { type ApiClient, ApiProblem } from '@colora/protocol/api-client';
import { ProblemError } from '@colora/protocol/problems';
import { signatureHeader } from '@colora/protocol/proofs/signatures';
import type { Route } from '@colora/protocol/route/route';
import { type RouteName, routes } from '@colora/protocol/routes';
import type { Context } from '../context.ts';
import { handlers } from '../handlers.ts';
import type { Caller } from '../keys/key-ring.ts';
import { bodyOf } from './direct-group.ts';

interface Asked {
  readonly params?: unknown;
  readonly query?: unknown;
  readonly body?: unknown;
  readonly bytes?: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Bodies and answers are checked by the table, as over HTTP. Throws ApiProblem. */
export function directCalls(contextOf: () => Context, caller: Caller): Pick<ApiClient, 'call'> {
  const call = async (name: RouteName, { params, query, body, bytes, headers }: Asked) => {
    const route = routes[name] as Route;
    const content =
      bytes === undefined
        ? { body: typeof route.body === 'object' ? route.body.parse(body) : undefined }
        : { body: { ...bodyOf(bytes), signature: () => headers?.[signatureHeader] ?? null } };
    const asked = {
      params,
      query: route.query?.parse(query ?? {}),
      caller,
      address: caller.address,
      ...content,
    };
    try {
      const answer: unknown = await handlers[name](contextOf(), asked as never);
      return typeof route.answer === 'object' ? route.answer.parse(answer) : answer;
    } catch (error) {
      if (error instanceof ProblemError) throw new ApiProblem(error.toProblem(), null);
      throw error;
    }
  };
  return { call: call as ApiClient['call'] };
}
