// `colora sent`: what left this machine, by the list that the daemon and the commands of a workspace keep of it before they send.
import type { FoundInSent, SentReport } from '@colora/client/sent-report';
import { Command } from 'commander';
import { exitCodes } from '../../exit-codes.ts';
import { withWorkspaceFlags } from '../../flags/member/place-flags.ts';
import { readInteger } from '../../flags/option-values.ts';
import { byteText, localTime, print, printJson, printTable, say } from '../../terminal/output.ts';
import { UsageError } from '../../usage-error.ts';

interface SentFlags {
  readonly workspace: string;
  readonly last: number;
  readonly find?: string;
  readonly findFile?: string;
  readonly json?: boolean;
}

const mostLast = 1_000_000;

export function sentCommand(): Command {
  return withWorkspaceFlags(new Command('sent'))
    .description('What left this machine: when, where to, what for, how many bytes and which')
    .option('--last <n>', 'show so many of the latest sendings with a body', readInteger(0, mostLast), 20)
    .option('--find <text>', 'search the bodies that join --keep-bodies kept for this text')
    .option(
      '--find-file <path>',
      'search them for what this file holds: the whole of it, its lines, the texts in its JSON, a safetensors file’s tensors',
    )
    .option('--json', 'print JSON, with every sending')
    .addHelpText(
      'after',
      '\nSearches undo gzip, zlib, brotli, base64, percent signs and JSON’s escapes. Numbers that were added up, clipped, noised or rounded to fewer bits are no longer the file’s, and are not found.\n' +
        `With --find and --find-file: status 0 when nothing was found in what was kept, ${exitCodes.found.status} when something was.\n\nExample:\n  $ colora sent --find-file mine.jsonl`,
    )
    .action(sent);
}

async function sent(flags: SentFlags): Promise<void> {
  const { workspace, find, findFile: path, json } = flags;
  const { reportSent, findText, findFile } = await import('@colora/client/sent-report');
  if (find !== undefined && path !== undefined)
    throw new UsageError('--find looks for a text, --find-file for what a file holds: pass one of them');
  if (find === '') throw new UsageError('--find: pass a text to look for');
  if (find === undefined && path === undefined) {
    const report = await reportSent(workspace);
    return json ? printJson(report) : printReport(report, flags);
  }
  const found = find === undefined ? await findFile(workspace, path!) : await findText(workspace, find);
  if (json) printJson(found);
  else printFound(found);
  if (found.found.length > 0) process.exitCode = exitCodes.found.status;
}

function printReport({ totals, entries, torn }: SentReport, { last, workspace }: SentFlags): void {
  const sums = totals.map(({ kind, times, bytes, first, last: latest, to }) => [
    ...[kind, times, byteText(bytes), localTime(first), localTime(latest), to],
  ]);
  const nothing = `Nothing has left by the workspace ${workspace}.`;
  printTable(['what for', 'times', 'bytes', 'first', 'last', 'where to'], sums, nothing);
  const bodies = entries.filter(({ bytes, kind }) => bytes > 0 && kind !== 'socket');
  const shown = last === 0 ? [] : bodies.slice(-last);
  if (shown.length > 0) {
    print();
    const rows = shown.map(({ at, kind, bytes, sha256, what }) => [localTime(at), kind, bytes, sha256, what]);
    printTable(['when', 'what for', 'bytes', 'sha256', 'what'], rows, '');
  }
  if (shown.length < bodies.length)
    say(`${bodies.length - shown.length} earlier ones: --last shows more, --json all`);
  if (torn > 0)
    say(
      `${torn} lines of the list say nothing: the machine stopped while they were written, or somebody changed them`,
    );
}

function printFound({ found, searched, notKept, damaged, tooShort }: FoundInSent): void {
  for (const { entry, what, undone } of found) {
    const how = undone.length === 0 ? '' : ` (inside ${undone.join(', then ')})`;
    const more = what.length > mostNamed ? ` and ${what.length - mostNamed} more` : '';
    print(
      `${localTime(entry.at)}  ${entry.kind}  ${entry.what}: ${what.slice(0, mostNamed).join(', ')}${more}${how}`,
    );
  }
  if (found.length === 0) print(`Not found in ${searched} bodies that left.`);
  if (notKept > 0)
    say(`${notKept} bodies that left were not kept, and not searched: join --keep-bodies keeps them`);
  if (damaged > 0) say(`${damaged} kept bodies are damaged, and were not searched`);
  if (tooShort > 0) say(`${tooShort} parts of the file are too short or too plain to be looked for`);
}

const mostNamed = 5;
