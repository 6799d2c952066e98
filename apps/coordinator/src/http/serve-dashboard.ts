// Sends the dashboard where no route is: its files, and its page at the addresses that the page itself tells apart. What it may load
// is said by a strict policy: its own files and the API, nothing inline. Which files there are is dashboard/dashboard-files.ts's.
import type { FastifyReply, FastifyRequest } from 'fastify';
import { buildCommand, type Dashboard, type PageEncoding } from '../dashboard/dashboard-files.ts';
import { holds } from './send-bytes.ts';

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "manifest-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Addresses that are routes' or files', never the page's. */
const notThePage = /^\/(v1|health|ready|metrics|docs|openapi\.json|assets)(\/|$)|\.\w+$/;

/** False where it has nothing there. */
export async function serveDashboard(
  dashboard: Dashboard,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<boolean> {
  const path = request.url.split('?')[0]!;
  const asksForPage =
    path === '/' || (/text\/html/.test(request.headers.accept ?? '') && !notThePage.test(path));
  const file = await dashboard.find(asksForPage ? '/index.html' : path);
  if (file === null && !asksForPage) return false;
  reply.header('content-security-policy', policy).header('cross-origin-opener-policy', 'same-origin');
  if (file === null) {
    reply
      .code(503)
      .header('cache-control', 'no-store')
      .type('text/html; charset=utf-8')
      .send(/^\/join\/[^/]/.test(path) ? invited : notBuilt);
    return true;
  }
  const tag = `"${file.sha256}"`;
  reply
    .header('etag', tag)
    .header('vary', 'accept-encoding')
    .header('cache-control', file.isImmutable ? 'public, max-age=31536000, immutable' : 'no-cache');
  if (holds(request.headers['if-none-match'], tag)) {
    reply.code(304).send();
    return true;
  }
  const encoding = file.isText ? encodingFor(request.headers['accept-encoding']) : null;
  if (encoding !== null) reply.header('content-encoding', encoding);
  reply.type(file.type).send(await file.packed(encoding));
  return true;
}

/** The best that is taken (RFC 9110, 12.5.3); one with the weight 0 isn't. */
function encodingFor(header = ''): PageEncoding {
  const taken = header
    .split(',')
    .map((part) => part.trim())
    .filter((part) => !/;\s*q=0(\.0*)?$/.test(part))
    .map((part) => part.split(';')[0]!.trim().toLowerCase());
  if (taken.includes('br')) return 'br';
  return taken.includes('gzip') ? 'gzip' : null;
}

/** What stands behind the # of an invitation's link no browser sends, and a page without a script can't show. */
const invited = `<!doctype html>
<html lang="en">
<meta name="referrer" content="no-referrer">
<title>CoLoRA: an invitation</title>
<h1>You are invited to train together</h1>
<p>On the machine with your examples: install Node.js 20.19 or newer and CoLoRA, as whoever invited you says, and run</p>
<pre>colora join 'the whole address of this page, with all that stands behind its #'</pre>
<p>It shows what the group asks of you before anything is done.</p>
</html>
`;

const notBuilt = `<!doctype html>
<html lang="en">
<title>CoLoRA</title>
<h1>The dashboard is not built</h1>
<p>In the folder of the coordinator’s source: <code>${buildCommand}</code>, then load this page anew.</p>
<p>The coordinator works without it: see <a href="/openapi.json">/openapi.json</a> and the <code>colora</code> command.</p>
</html>
`;
