// The list of what left this machine, kept in a workspace: one line added before the first byte of a request leaves, by one write that
// a killed process makes whole or not at all. Lines with a body of theirs are on the disk when it leaves; the others follow as the
// system writes. Several daemons and commands of one workspace add to the same files.
import { createHash, randomBytes } from 'node:crypto';
import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import { fileProblem } from '@colora/protocol/failures/file-problem';
import { makeFolder } from '@colora/protocol/failures/make-folder';
import type { Log } from '../client-log.ts';
import { socketKind } from '../proxy/sent-kind.ts';
import type { LeavingBody, SentList } from '../proxy/sent-list.ts';
import { type KeptBodies, openKeptBodies } from './kept-bodies.ts';
import { lineText, type SentEntry, type SentLine } from './sent-entry.ts';
import { bodiesFolder, dayFile, dayOf, foldOldDays, sentFolder } from './sent-folder.ts';

export interface SentListOptions {
  /** Keep the bodies too, so many bytes of them; default: none. */
  readonly keepBodies?: number | undefined;
  readonly log?: Log;
  readonly clock?: () => Date;
}

const advice = 'nothing is sent that is not listed; --workspace names another folder';

export function openSentList(workspace: string, options: SentListOptions = {}): SentList {
  const { keepBodies, log = () => undefined, clock = () => new Date() } = options;
  let bodies: KeptBodies | null = null;
  let foldedOn = '';
  const fold = (now: Date) => {
    if (foldedOn === dayOf(now)) return;
    foldedOn = dayOf(now);
    foldOldDays(workspace, now).catch((error: Error) =>
      log('warn', `the list of what was sent could not be shortened: ${error.message}`),
    );
  };
  return {
    note({ kind, to, what, body }) {
      const now = clock();
      const path = dayFile(workspace, dayOf(now));
      return told(path, () => {
        makeFolder(sentFolder(workspace), 0o700);
        fold(now);
        const { bytes, sha256 } = measured(body);
        const keeps = keepBodies !== undefined && body !== null && kind !== socketKind; // which holds a key and no more
        if (keeps) bodies ??= openKeptBodies(bodiesFolder(workspace), keepBodies, log);
        const kept = keeps ? bodies?.keep(body, sha256!) : undefined;
        const id = randomBytes(6).toString('hex');
        const entry: SentEntry = { id, at: now.toISOString(), kind, to, what, bytes, sha256 };
        add(path, kept === undefined ? entry : { ...entry, kept }, body !== null && kind !== socketKind);
        return (left) => {
          try {
            add(path, { of: id, ...left }, true);
          } catch (error) {
            // the list then says that more left than did
            log(
              'warn',
              `that less of a body left could not be written to ${path}: ${(error as Error).message}`,
            );
          }
        };
      });
    },
  };
}

function measured(body: LeavingBody | null): Pick<SentEntry, 'bytes' | 'sha256'> {
  if (body === null) return { bytes: 0, sha256: null };
  if (!(body instanceof Uint8Array)) return { bytes: body.bytes, sha256: body.sha256 };
  return { bytes: body.byteLength, sha256: createHash('sha256').update(body).digest('hex') };
}

function add(path: string, line: SentLine, durably: boolean): void {
  const file = openSync(path, 'a', 0o600);
  try {
    writeSync(file, lineText(line));
    if (durably) fdatasyncSync(file);
  } finally {
    closeSync(file);
  }
}

function told<Result>(path: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw fileProblem(error, 'write', path, advice);
  }
}
