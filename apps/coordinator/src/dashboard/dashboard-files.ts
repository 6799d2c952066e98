// The dashboard's files as its build left them (apps/dashboard/dist), kept in memory by their paths: what isn't there by that very
// path isn't served, so no path leads anywhere else. Read again when they were built anew. How they are sent is
// http/serve-dashboard.ts's.
import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { Logger } from 'pino';

/** Where its build puts them in a source tree. */
export const builtDashboard = fileURLToPath(new URL('../../../dashboard/dist', import.meta.url));
export const buildCommand = 'npm run build -w apps/dashboard';

const mostFiles = 500;
const mostBytes = 32 * 1024 * 1024;
/** They are looked at for a new build at most so often. */
const lookMs = 1_000;

export type PageEncoding = 'br' | 'gzip' | null;

export interface PageFile {
  readonly type: string;
  /** In hex, of the bytes as they are. */
  readonly sha256: string;
  /** Its name has a hash of its content: it never changes. */
  readonly isImmutable: boolean;
  /** Worth packing. */
  readonly isText: boolean;
  packed(encoding: PageEncoding): Promise<Uint8Array>;
}

export interface Dashboard {
  /** By the path of an address, as it stands there; `/index.html` is the page. Null: there is none. */
  find(path: string): Promise<PageFile | null>;
}

type Files = ReadonlyMap<string, PageFile>;

/** `log` is told once when nothing is built. */
export function openDashboard(folder: string, log: Logger): Dashboard {
  let files: Files = new Map();
  let stamp: string | undefined;
  let looking: Promise<void> | undefined;
  let lookedAt = Number.NEGATIVE_INFINITY;
  const look = async () => {
    const now = await stampOf(folder);
    if (now === stamp) return;
    files = now === '' ? new Map() : await readFiles(folder);
    stamp = now;
    if (now === '') log.warn(`the dashboard is not built, so / has no page: ${buildCommand}`);
  };
  return {
    async find(path) {
      if (performance.now() - lookedAt > lookMs)
        looking ??= look()
          .catch((error: unknown) => log.warn({ err: error }, 'could not read the dashboard’s files'))
          .finally(() => {
            lookedAt = performance.now();
            looking = undefined;
          });
      await looking;
      return files.get(path) ?? null;
    },
  };
}

/** Changes with each build; empty where there is none. */
async function stampOf(folder: string): Promise<string> {
  const times = await Promise.all(
    ['index.html', 'assets'].map(async (name) => {
      const found = await stat(join(folder, name)).catch(() => null);
      return found === null ? '' : `${found.mtimeMs} ${found.size}`;
    }),
  );
  return times[0] === '' ? '' : times.join(', ');
}

async function readFiles(folder: string): Promise<Files> {
  const files = new Map<string, PageFile>();
  let bytes = 0;
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    const type = types[extname(entry.name)];
    if (!entry.isFile() || type === undefined) continue;
    const name = join(entry.parentPath, entry.name);
    const content = await readFile(name);
    bytes += content.length;
    if (bytes > mostBytes || files.size >= mostFiles)
      throw new Error(`${folder} holds more than a dashboard does: build it anew (${buildCommand})`);
    files.set(name.slice(folder.length).replaceAll(sep, '/'), pageFile(content, type, entry.parentPath));
  }
  return files;
}

function pageFile(content: Uint8Array, type: string, parent: string): PageFile {
  const kept = new Map<PageEncoding, Promise<Uint8Array>>([[null, Promise.resolve(content)]]);
  return {
    type,
    sha256: createHash('sha256').update(content).digest('hex'),
    isImmutable: parent.endsWith(`${sep}assets`),
    isText: /^text|javascript|json|svg/.test(type),
    packed(encoding) {
      const known = kept.get(encoding);
      if (known !== undefined) return known;
      const made = encoding === 'br' ? pack.br(content, brotliOptions) : pack.gzip(content);
      kept.set(encoding, made);
      return made;
    },
  };
}

const pack = { br: promisify(brotliCompress), gzip: promisify(gzip) };
/** Of 11; the last two take ten times as long for some percent. */
const brotliOptions = { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } };

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
};
