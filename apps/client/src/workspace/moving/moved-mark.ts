// That a workspace was exported to go on elsewhere: moved.json in it. Two daemons with one workspace's keys are one member twice, so
// the one that is left behind says so before it does anything.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseJson } from '@colora/protocol/api-client';
import { z } from 'zod';
import { ClientError } from '../../client-error.ts';
import { writeAtomic } from '../atomic-file.ts';
import { readIfThere } from '../read-if-there.ts';

export const movedFile = 'moved.json';

export async function markMoved(workspace: string): Promise<void> {
  const text = `${JSON.stringify({ at: new Date().toISOString() }, null, 2)}\n`;
  await writeAtomic(join(workspace, movedFile), text);
}

/** Throws ClientError 'used-elsewhere' where it was exported and nobody said that it is used here (`useHere`), which takes the mark away. */
export async function assertStays(workspace: string, useHere: boolean): Promise<void> {
  const path = join(workspace, movedFile);
  const bytes = await readIfThere(path);
  if (bytes === null) return;
  if (useHere) return await rm(path, { force: true });
  const { at } = z.object({ at: z.string() }).safeParse(parseJson(bytes.toString())).data ?? {};
  throw new ClientError(
    'used-elsewhere',
    `the workspace ${workspace} was exported${at === undefined ? '' : ` on ${at}`} to go on elsewhere; in two places it is one member twice. Use it there, or, where it was not imported, go on here with --use-here`,
  );
}
