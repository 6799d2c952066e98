// The setting that says where browsers reach the coordinator: its own page, its cookies and OpenID Connect go by it.
import { StartError } from '../start-error.ts';

/** Its origin, as browsers write it; undefined: unsaid. Throws StartError. */
export function readPublicUrl(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const url = URL.canParse(text) ? new URL(text) : null;
  const isOrigin = url !== null && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`;
  if (isOrigin) return url.origin;
  throw new StartError(
    `PUBLIC_URL (--public-url): ${JSON.stringify(text)} is no address of a server: give scheme, name and port alone, such as https://colora.example.org`,
  );
}
