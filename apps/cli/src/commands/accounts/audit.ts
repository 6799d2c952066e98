// `colora audit …`: who did what, as a chain that can be kept and checked elsewhere.
import { readFile, writeFile } from 'node:fs/promises';
import type { AuditHead } from '@colora/protocol/audit/audit-chain';
import type { AuditEntry } from '@colora/protocol/audit/audit-entries';
import { type EventKind, eventKinds } from '@colora/protocol/audit/event-kinds';
import { withFile } from '@colora/protocol/failures/file-problem';
import { everyItem } from '@colora/protocol/paging/every-item';
import { Command, InvalidArgumentError } from 'commander';
import { type ApiFlags, openApi, withApiFlags } from '../../coordinator-api.ts';
import { collect, readName, readOneOf } from '../../flags/option-values.ts';
import { type PageFlags, sayNext, withPageFlags } from '../../flags/page-flags.ts';
import { localTime, print, printJson, printTable, say } from '../../terminal/output.ts';

export function auditCommand(): Command {
  return new Command('audit')
    .description('Who did what, when and from where: list, check and keep the audit trail')
    .addHelpText('after', '\nExample:\n  $ colora audit verify --head 1204:9f2c…')
    .addCommand(listCommand())
    .addCommand(verifyCommand())
    .addCommand(exportCommand());
}

interface ListFlags extends ApiFlags, PageFlags {
  readonly kind?: EventKind;
  readonly group?: string;
}

function listCommand(): Command {
  return withPageFlags(withApiFlags(new Command('list').description('List entries, newest first')))
    .option('--kind <kind>', 'only of this kind, for instance key-revoked', readOneOf(eventKinds))
    .option('--group <group>', 'only of this group', readName)
    .addHelpText('after', '\nExample:\n  $ colora audit list --kind key-revoked')
    .action(async (flags: ListFlags) => {
      const { limit, cursor, kind, group } = flags;
      const query = { limit, cursor, kind, group };
      const answer = await (await openApi(flags)).call('listAudit', { query });
      if (flags.json) return printJson(answer);
      const rows = answer.items.map((item) => [
        ...[item.seq, localTime(item.at), item.kind, item.by ?? item.participant ?? 'coordinator'],
        ...[item.address, item.group, item.participant, changeText(item)],
      ]);
      printTable(
        ['entry', 'when', 'what', 'by', 'from', 'group', 'participant', 'detail'],
        rows,
        kind === undefined && group === undefined ? 'Nothing happened yet.' : 'Nothing of that happened.',
      );
      sayNext(answer);
    });
}

function changeText({ detail, before, after }: AuditEntry): string {
  const changed = before === null && after === null ? '' : `${before ?? '{}'} → ${after ?? '{}'}`;
  return [detail === '{}' ? '' : detail, changed].filter((part) => part !== '').join(' ');
}

interface VerifyFlags extends ApiFlags {
  readonly file?: string;
  readonly head?: AuditHead[];
}

function verifyCommand(): Command {
  return withApiFlags(
    new Command('verify').description('Check the chain: nothing changed, removed or put in between'),
  )
    .option('--file <file>', 'an export instead of the coordinator')
    .option(
      '--head <entry:hash>',
      'one that was kept elsewhere: finds an end that was cut off, and a trail written anew (may be repeated)',
      collect(readHead),
    )
    .addHelpText(
      'after',
      '\nIt prints the last entry’s number and hash: keep them where whoever runs the database can’t write, and pass them next time.\n\nExample:\n  $ colora audit verify --head 1204:9f2c…',
    )
    .action(verify);
}

async function verify(flags: VerifyFlags): Promise<void> {
  const { checkTrail } = await import('@colora/protocol/audit/audit-chain');
  const trail = flags.file === undefined ? await trailOf(flags) : await readTrail(flags.file);
  const { entries, head, faults } = await checkTrail(trail.entries, flags.head);
  const unchained = await trail.unchained();
  const found = unchained === 0 ? faults : [...faults, `${unchained} events are in no link of the chain`];
  if (flags.json) printJson({ entries, head, faults: found });
  else if (found.length === 0)
    print(`${entries} entries, whole. Keep: ${head === null ? '-' : `${head.seq}:${head.hash}`}`);
  if (found.length > 0) throw new Error(`the audit trail is not whole: ${found.join('; ')}`);
}

interface Trail {
  readonly entries: AsyncIterable<AuditEntry> | Iterable<AuditEntry>;
  /** Once the entries were read. */
  readonly unchained: () => Promise<number>;
}

async function trailOf(flags: ApiFlags): Promise<Trail> {
  const api = await openApi(flags);
  async function* entries() {
    const items = everyItem((cursor) =>
      api.call('listAudit', { query: { sort: 'oldest', limit: 1000, cursor } }),
    );
    for await (const { group: _, participant: __, ...entry } of items) yield entry;
  }
  const unchained = async () =>
    (await api.call('listAudit', { query: { limit: 1, unchained: 'true' } })).unchained ?? 0;
  return { entries: entries(), unchained };
}

async function readTrail(file: string): Promise<Trail> {
  const { auditEntrySchema } = await import('@colora/protocol/audit/audit-entries');
  const text = await withFile('read', file, () => readFile(file, 'utf8'));
  const entries = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line, index) => {
      const parsed = auditEntrySchema.safeParse(jsonOf(line));
      if (parsed.success) return parsed.data;
      throw new Error(`${file}:${index + 1}: is no entry of an exported audit trail`);
    });
  return { entries, unchained: async () => 0 };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function exportCommand(): Command {
  return withApiFlags(new Command('export').description('Write the whole trail as JSON lines, oldest first'))
    .option('--out <file>', 'into this file, which only you may read (else printed)')
    .addHelpText('after', '\nExample:\n  $ colora audit export --out trail.jsonl')
    .action(async (flags: ApiFlags & { out?: string }) => {
      const lines: string[] = [];
      const { entries } = await trailOf(flags);
      for await (const entry of entries) lines.push(JSON.stringify(entry));
      const { out } = flags;
      if (out === undefined) return print(lines.join('\n'));
      await withFile('write', out, () => writeFile(out, `${lines.join('\n')}\n`, { mode: 0o600 }));
      say(`${lines.length} entries in ${out}: colora audit verify --file ${out} checks them`);
    });
}

function readHead(value: string): AuditHead {
  const [, seq, hash] = /^(\d{1,10}):([0-9a-f]{64})$/.exec(value.trim()) ?? [];
  if (seq !== undefined && hash !== undefined) return { seq: Number(seq), hash };
  throw new InvalidArgumentError('Use an entry’s number and hash, as colora audit verify prints them.');
}
