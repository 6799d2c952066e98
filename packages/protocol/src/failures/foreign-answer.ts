// An HTTP answer that is not in our words: who gave it, what it means and what to change. A redirect, the page of a
// proxy or gateway before the coordinator, a network's login page, or another service.
import { type Destination, NetworkProblem } from './network-problem.ts';

export interface ForeignAnswer {
  readonly to: Destination;
  readonly method: string;
  /** Of the route, as it was asked for, without a query. */
  readonly path: string;
  readonly status: number;
  readonly header: (name: string) => string | null | undefined;
  /** The beginning of the body is enough. */
  readonly text: string;
}

interface Row {
  readonly what: string;
  /** Can the same call succeed later, without anything being changed? */
  readonly passes: boolean;
}

/** Statuses that proxies and gateways answer in the coordinator's stead. */
const between: Readonly<Record<number, Row>> = {
  401: {
    what: 'asks for a login of its own; have it let this address through',
    passes: false,
  },
  403: { what: 'forbids it; ask whoever runs it to allow this address', passes: false },
  405: {
    what: 'does not let this method through; ask whoever runs it to allow GET, POST and PUT',
    passes: false,
  },
  407: {
    what: 'asks for a name and a password; write them into the proxy’s address, HTTPS_PROXY=http://name:password@host:port (HTTP_PROXY alike)',
    passes: false,
  },
  413: {
    what: 'takes no body of this size; ask whoever runs it to raise its limit (nginx: client_max_body_size)',
    passes: false,
  },
  431: { what: 'takes no headers of this size; ask whoever runs it to raise its limit', passes: false },
  451: { what: 'blocks this address; ask whoever runs it', passes: false },
  501: { what: 'does not know this method; ask whoever runs it to allow GET, POST and PUT', passes: false },
  502: { what: 'gets no answer from the host behind it', passes: true },
  503: { what: 'gets no answer from the host behind it', passes: true },
  504: { what: 'gets no answer from the host behind it in time', passes: true },
  511: {
    what: 'wants a login to this network first: open any page in a browser, log in and start again',
    passes: false,
  },
};

/** What the answer means, as an error to throw; its `final` and `stranger` say whether asking again can help. */
export function foreignAnswer(answer: ForeignAnswer, retryAfter: number | null): NetworkProblem {
  const { to, status, header, text } = answer;
  const location = header('location');
  if (status >= 300 && status < 400 && location) return redirected(answer, location);
  if (status < 300) {
    return new NetworkProblem(`${to.url} answered ${notOurs(header, text)}`, { stranger: true, retryAfter });
  }
  const row = between[status];
  if (row === undefined) {
    // 408, 429 and other 5xx are no stranger's sign.
    const stranger = status < 500 && status !== 429 && status !== 408;
    const what = stranger ? ' and is no CoLoRA coordinator; check the address' : '';
    return new NetworkProblem(`${to.url} answered ${status}${what}`, { stranger, retryAfter });
  }
  const message = `${answer.method} ${to.url} was answered ${status} by ${whoAnswered(answer)}: it ${row.what}`;
  return new NetworkProblem(message, { final: !row.passes, retryAfter });
}

/** The tunnel that a proxy did not open (CONNECT), told like the proxy's own answer. */
export function refusedTunnel(to: Destination, method: string, status: number): NetworkProblem {
  return foreignAnswer({ to, method, path: '', status, header: () => null, text: '' }, null);
}

function whoAnswered({ to, header }: ForeignAnswer): string {
  const named = (header('via') ?? header('server') ?? '')
    .replace(/[^\w ./()-]/g, '')
    .slice(0, 40)
    .trim();
  const name = named === '' ? '' : ` (${named})`;
  return to.proxy === null
    ? `something before the coordinator${name}, a gateway or proxy`
    : `the proxy ${to.proxy} or a gateway behind it${name}`;
}

/** Never followed: the key would go along, and a body would be lost on the way. */
function redirected({ to, path, status }: ForeignAnswer, location: string): NetworkProblem {
  const target = URL.canParse(location, to.url + path) ? new URL(location, to.url + path) : null;
  const moved = target !== null && path !== '' && target.pathname.endsWith(path);
  if (target === null || !moved) {
    const where = target === null ? '' : ` to ${target.origin}`;
    return new NetworkProblem(
      `${to.url} answered ${status} and sends on${where}, which is no coordinator’s doing: a network’s login page (open a ` +
        'page in a browser and log in), or another service (check the address)',
      { stranger: true },
    );
  }
  const address = target.origin + target.pathname.slice(0, -path.length);
  return new NetworkProblem(`${to.url} has moved to ${address}; use that address`, { final: true });
}

function notOurs(header: ForeignAnswer['header'], text: string): string {
  const isPage = /^text\/html/i.test(header('content-type') ?? '') || /^\s*</.test(text);
  const what = 'in a form this version does not know';
  return isPage
    ? `${what}, a web page: log in to this network in a browser if it asks for that, or check the address`
    : what;
}
