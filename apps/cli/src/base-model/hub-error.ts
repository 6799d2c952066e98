// What can go wrong with the Hugging Face Hub, said so that one knows what to do. Told apart by status: the Hub answers
// 401 also for a repository that doesn't exist, so that nobody can probe for private ones.
import { openConnections } from '@colora/client/proxy/connections';
import { unlisted } from '@colora/client/proxy/sent-list';
import { foreignAnswer } from '@colora/protocol/failures/foreign-answer';
import {
  causeOf,
  type Destination,
  NetworkProblem,
  unreached,
} from '@colora/protocol/failures/network-problem';
import type { HubName } from './base-model-name.ts';
import type { HubSettings } from './hub-settings.ts';

export class HubError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'HubError';
  }
}

/** A connection that failed or broke off: fetch says so as a TypeError, a body's stream as that error's message. */
export function isUnreachable(error: unknown): boolean {
  const message = error instanceof TypeError ? error.message : error;
  return typeof message === 'string' && /^(fetch failed|terminated)/.test(message);
}

/** Turns an error of the Hub's client into one to read; others are passed on. */
export function explainHubError(error: unknown, { id, revision }: HubName, settings: HubSettings): unknown {
  const status = (error as { statusCode?: unknown }).statusCode;
  const page = `${settings.endpoint}/${id}`;
  const token = settings.token === undefined ? 'no token was sent' : 'with the token you gave';
  const options = { cause: error };
  if (status === 401) {
    return new HubError(
      `${id}: the Hub answers 401 (${token}). Either there is no such model (check the name, it is owner/name), or it is ` +
        `private or gated: accept its conditions at ${page}, then set HF_TOKEN to a token of that account`,
      options,
    );
  }
  if (status === 403) {
    return new HubError(
      `${id}: the Hub answers 403 (${token}): it is gated, or the token may not read it. Accept its conditions at ${page} ` +
        'and wait until access is granted, and give HF_TOKEN a token that may read gated repositories',
      options,
    );
  }
  if (status === 404) {
    return new HubError(`the Hub has no model ${id} at revision ${revision}: check both at ${page}`, options);
  }
  const to = {
    url: settings.endpoint,
    proxy: openConnections(settings.proxy, unlisted).proxyOf(settings.endpoint),
  };
  if (typeof status === 'number') return answered(id, status, to, options);
  if (error instanceof NetworkProblem) return new HubError(`${id}: ${error.message}`, options);
  if (error instanceof SyntaxError) {
    return new HubError(
      `${id}: ${to.url} answers with a page instead of the Hub's data: log in to this network in a browser if it asks for ` +
        'that, or check HF_ENDPOINT',
      options,
    );
  }
  if (isUnreachable(error)) {
    const why = to.proxy === null ? causeOf(error) : unreached('cannot reach', to, error).message;
    return new HubError(
      `${id}: the Hub at ${to.url} cannot be reached (${why}); what was downloaded is kept and the next start goes on ` +
        'from there. HF_HUB_OFFLINE=1 uses what is in the cache',
      options,
    );
  }
  return error;
}

/** By the Hub itself, or by somebody on the way to it. */
function answered(id: string, status: number, to: Destination, options: ErrorOptions): HubError {
  const answer = { to, method: 'GET', path: '', status, header: () => null, text: '' };
  const { final, message } = foreignAnswer(answer, null);
  const words = final ? message : `the Hub at ${to.url} answers ${status}; try again later`;
  return new HubError(`${id}: ${words}`, options);
}
