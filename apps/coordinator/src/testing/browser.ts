// For tests: what a browser does about cookies and Origin, and what a page of ours does about its session's token. No tests here.
import { csrfHeader, type OwnSession, ownSessionSchema } from '@colora/protocol/accounts/sessions';

export interface TestBrowser {
  /** As Set-Cookie gave them: a header's text. */
  cookie(): string | null;
  /** What stands in them, and what its page sends: to be found nowhere. */
  secrets(): string[];
  /** As its page asks: with Origin, the cookie and what the page knows of its session. */
  ask(
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Response>;
  session(): Promise<OwnSession>;
  signIn(key: string): Promise<Response>;
}

export function openBrowser(url: string): TestBrowser {
  const cookies = new Map<string, string>();
  const cookie = () =>
    cookies.size === 0 ? null : [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  let csrfToken: string | undefined;
  const ask: TestBrowser['ask'] = async (method, path, body, more = {}) => {
    const held = cookie();
    const headers = {
      ...(method === 'GET' ? {} : { origin: url }),
      ...(held === null ? {} : { cookie: held }),
      ...(csrfToken === undefined ? {} : { [csrfHeader]: csrfToken }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...more,
    };
    const init = { method, headers, redirect: 'manual' as const };
    const answer = await fetch(
      url + path,
      body === undefined ? init : { ...init, body: JSON.stringify(body) },
    );
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === '') cookies.delete(name);
      else cookies.set(name, value);
    }
    return answer;
  };
  const keep = async (answer: Response) => {
    const session = ownSessionSchema.parse(await answer.json());
    csrfToken = session.signedIn?.session?.csrfToken;
    return session;
  };
  return {
    cookie,
    secrets: () => [...cookies.values(), ...(csrfToken === undefined ? [] : [csrfToken])],
    ask,
    session: async () => await keep(await ask('GET', '/v1/session')),
    async signIn(key) {
      const answer = await ask('POST', '/v1/session', { key });
      if (answer.ok) await keep(answer.clone());
      return answer;
    },
  };
}
