// Bodies as they left, kept for who wants to search them: files named by their sha256, which their owner alone may read. Keys and
// invitations are blotted out. There is room for so many bytes; then the oldest go, and that is said.
import {
  copyFileSync,
  existsSync,
  linkSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { parseJson } from '@colora/protocol/api-client';
import { makeFolder } from '@colora/protocol/failures/make-folder';
import type { Log } from '../client-log.ts';
import type { LeavingBody } from '../proxy/sent-list.ts';

export interface KeptBodies {
  /** How it is kept, or undefined where it is larger than all the room. */
  keep(body: LeavingBody, sha256: string): 'whole' | 'blotted' | undefined;
}

/** Fields of JSON bodies that let somebody in. */
const secrets = ['key', 'invitation'];

export function openKeptBodies(folder: string, mostBytes: number, log: Log): KeptBodies {
  makeFolder(folder, 0o700);
  const sizes = sizesIn(folder);
  let total = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  let said = false;
  const say = (what: string) => {
    if (!said)
      log('warn', `${what}: --keep-bodies keeps ${mostBytes} bytes of what left, and takes another size`);
    said = true;
  };
  return {
    keep(body, sha256) {
      const path = join(folder, sha256);
      const blotted = body instanceof Uint8Array ? blot(body) : null;
      const how = blotted === null ? 'whole' : 'blotted';
      if (existsSync(path)) return how;
      const bytes = blotted?.byteLength ?? bytesIn(body);
      if (bytes > mostBytes) {
        say(`a body of ${bytes} bytes is not kept`);
        return undefined;
      }
      put(path, blotted ?? body);
      sizes.set(sha256, bytes);
      total += bytes;
      for (const [oldest, size] of sizes) {
        if (total <= mostBytes) break;
        rmSync(join(folder, oldest), { force: true });
        sizes.delete(oldest);
        total -= size;
        say('the oldest bodies are no longer kept');
      }
      return how;
    },
  };
}

const bytesIn = (body: LeavingBody) => (body instanceof Uint8Array ? body.byteLength : body.bytes);

/** Oldest first. */
function sizesIn(folder: string): Map<string, number> {
  const files = readdirSync(folder).flatMap((name) => {
    const facts = statSync(join(folder, name), { throwIfNoEntry: false });
    return facts === undefined ? [] : [{ name, size: facts.size, time: facts.ctimeMs }];
  });
  files.sort((one, other) => one.time - other.time);
  return new Map(files.map(({ name, size }) => [name, size]));
}

/** Whole or not at all, if the process is killed meanwhile. */
function put(path: string, body: LeavingBody): void {
  const draft = `${path}.${process.pid}.draft`;
  rmSync(draft, { force: true });
  if (body instanceof Uint8Array) writeFileSync(draft, body, { mode: 0o600 });
  else linkOrCopy(body.path, draft);
  renameSync(draft, path);
}

/** A second name costs nothing, where the file system has them. */
function linkOrCopy(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch {
    copyFileSync(from, to);
  }
}

/** Null where there is nothing to blot out. */
function blot(body: Uint8Array): Uint8Array | null {
  const json = parseJson(Buffer.from(body).toString());
  if (typeof json !== 'object' || json === null) return null;
  const found = secrets.filter((name) => name in json);
  if (found.length === 0) return null;
  return Buffer.from(JSON.stringify({ ...json, ...Object.fromEntries(found.map((name) => [name, '***'])) }));
}
