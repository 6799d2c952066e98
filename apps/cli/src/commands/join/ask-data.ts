// Where a member's examples are, asked at the terminal when she has agreed to join and said no --data. A path that isn't there is asked anew.
import { stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import type { FindData } from '@colora/client/session/client-options';
import { systemErrorOf } from '@colora/protocol/failures/system-errors';
import { taskKindTable } from '@colora/protocol/task-kinds';
import type { AskLine } from '../../consent/ask-yes.ts';
import { UsageError } from '../../usage-error.ts';

/** Asked once for all groups. Throws UsageError where she gives none, or nobody can be asked. */
export function askingData(askLine: AskLine): FindData {
  let asked: Promise<string> | undefined;
  return ({ name, settings }) => {
    asked ??= ask(askLine, `${name} trains ${taskKindTable[settings.task.kind].name}`);
    return asked;
  };
}

async function ask(askLine: AskLine, first: string): Promise<string> {
  let told = `${first}. Your examples: a .jsonl, .csv, .tsv, .parquet or .txt file, or a folder of text files.`;
  for (;;) {
    const answer = await askLine([told], 'Which file or folder? (nothing: don’t join) ');
    const path = typedPath(answer ?? '');
    if (path === '') throw new UsageError('no examples were named, so nothing was fetched, trained or told');
    const fault = await faultOf(path);
    if (fault === null) return path;
    told = `${path}: ${fault}`;
  }
}

/** As terminals paste a file that is dropped on them: in quotes, with a blank behind it. A ~ is the home folder, as in a shell. */
export function typedPath(answer: string): string {
  const path = answer.trim().replace(/^(['"])(.*)\1$/, '$2');
  return path.replace(/^~(?=$|[/\\])/, homedir());
}

async function faultOf(path: string): Promise<string | null> {
  try {
    const found = await stat(path);
    return found.isFile() || found.isDirectory() ? null : 'it is neither a file nor a folder';
  } catch (error) {
    return systemErrorOf(error)?.words ?? String(error);
  }
}
