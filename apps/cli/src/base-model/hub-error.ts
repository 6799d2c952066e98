// What can go wrong with the Hugging Face Hub, said so that one knows what to do. Told apart by status: the Hub answers
// 401 also for a repository that doesn't exist, so that nobody can probe for private ones.
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
  if (typeof status === 'number') {
    return new HubError(`${id}: the Hub at ${settings.endpoint} answers ${status}; try again later`, options);
  }
  if (isUnreachable(error)) {
    return new HubError(
      `${id}: the Hub at ${settings.endpoint} cannot be reached (${reasonOf(error)}); what was downloaded is kept and the ` +
        'next start goes on from there. HF_HUB_OFFLINE=1 uses what is in the cache',
      options,
    );
  }
  return error;
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = (error.cause ?? {}) as { code?: string };
  return code ?? error.message;
}
