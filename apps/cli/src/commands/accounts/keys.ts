// `colora keys …`: API keys of admins, operators and participants.
import type { Role } from '@colora/protocol/accounts/roles';
import { Command, Option } from 'commander';
import { config } from '../../config.ts';
import { type ApiFlags, openApi, withApiFlags } from '../../coordinator-api.ts';
import { withOptionsLater } from '../../flags/load-options.ts';
import { collect, readDuration, readName } from '../../flags/option-values.ts';
import { type PageFlags, sayNext, withPageFlags } from '../../flags/page-flags.ts';
import { localTime, print, printJson, printTable, say } from '../../terminal/output.ts';
import { UsageError } from '../../usage-error.ts';

export function keysCommand(): Command {
  return new Command('keys')
    .description('Create, list, rotate and revoke API keys')
    .addHelpText('after', '\nExample:\n  $ colora keys create --role operator --name grafana')
    .addCommand(createCommand())
    .addCommand(listCommand())
    .addCommand(rotateCommand())
    .addCommand(revokeCommand());
}

interface CreateFlags extends ApiFlags {
  readonly role: Role;
  readonly name: string;
  readonly group?: string[];
  readonly expires?: number;
}

function createCommand(): Command {
  const command = withApiFlags(new Command('create').description('Create a key; it is shown once'))
    .requiredOption('--name <name>', 'whose it is', readName)
    .option('--group <group>', 'good for this group only (may be repeated)', collect(readName))
    .option('--expires <time>', 'good for so long only: 12h, 90d, 1y', readDuration)
    .addHelpText(
      'after',
      '\nExample:\n  $ colora keys create --role operator --name grafana --group reviews --expires 90d',
    )
    .action(async (flags: CreateFlags) => {
      const { role, name, group: groups, expires: expiresInSeconds } = flags;
      const body = { role, name, groups, expiresInSeconds };
      const answer = await (await openApi(flags)).call('createKey', { body });
      if (flags.json) return printJson(answer);
      print(answer.key);
      say(
        `This key of ${role} ${name} is shown only now${untilText(answer.expiresAt)}. To revoke it: colora keys revoke ${answer.id}`,
      );
    });
  return withOptionsLater(command, async () => {
    const { roleSchema } = await import('@colora/protocol/accounts/roles');
    const role = new Option('--role <role>', 'what it may do').choices(roleSchema.options);
    command.addOption(role.makeOptionMandatory());
  });
}

const untilText = (expiresAt: string | null) =>
  expiresAt === null ? '' : `, and good until ${localTime(expiresAt)}`;

function listCommand(): Command {
  return withPageFlags(withApiFlags(new Command('list').description('List keys (never the keys themselves)')))
    .addHelpText('after', '\nExample:\n  $ colora keys list')
    .action(async (flags: ApiFlags & PageFlags) => {
      const { limit, cursor } = flags;
      const answer = await (await openApi(flags)).call('listKeys', { query: { limit, cursor } });
      if (flags.json) return printJson(answer);
      const rows = answer.items.map((key) => [
        ...[key.id, key.role, key.name, key.groups?.join(', ') ?? 'all'],
        localTime(key.createdAt),
        localTime(key.lastUsedAt),
        localTime(key.expiresAt),
        localTime(key.revokedAt),
      ]);
      printTable(
        ['id', 'role', 'name', 'groups', 'created', 'last used', 'expires', 'revoked'],
        rows,
        'No keys.',
      );
      sayNext(answer);
    });
}

interface RotateFlags extends ApiFlags {
  readonly overlap: number;
  readonly expires?: number;
  readonly workspace?: string;
}

function rotateCommand(): Command {
  const description =
    'Another key in the place of one, for the same holder and groups; the old one works for the overlap still';
  return withApiFlags(new Command('rotate').description(description))
    .argument('[id]', 'id of the key (colora keys list); else the key that is passed, or the workspace’s')
    .option('--overlap <time>', 'how long the old one works still: 0s, 12h, 7d', readDuration, 7 * 24 * 3600)
    .option(
      '--expires <time>',
      'the new one is good for so long only, and one’s own no longer than it was',
      readDuration,
    )
    .option('--workspace <folder>', 'of a member: rotate the key that this workspace keeps')
    .addHelpText('after', '\nExample:\n  $ colora keys rotate 0b1c… --overlap 2d')
    .action(rotate);
}

async function rotate(id: string | undefined, flags: RotateFlags): Promise<void> {
  const { overlap: overlapSeconds, expires: expiresInSeconds, workspace } = flags;
  const terms = { overlapSeconds, ...(expiresInSeconds === undefined ? {} : { expiresInSeconds }) };
  if (workspace !== undefined) {
    if (id !== undefined) throw new UsageError('a workspace holds one key: leave the id out');
    const { rotateOwnKey } = await import('@colora/client/own-membership');
    const insecure = flags.insecure === true || config.insecure;
    const asking = { line: config.line, insecure, log: (_: string, text: string) => say(text) };
    const expiresAt = await rotateOwnKey(workspace, terms, asking);
    if (flags.json) return printJson({ workspace, expiresAt });
    return print(
      `${workspace} has another key${untilText(expiresAt)}; daemons that run go over to it when started anew`,
    );
  }
  const answer = await (await openApi(flags)).call('rotateKey', { params: { id: id ?? 'own' }, body: terms });
  if (flags.json) return printJson(answer);
  print(answer.key);
  say(
    `This key of ${answer.role} ${answer.name} is shown only now${untilText(answer.expiresAt)}; the old one ends by itself.`,
  );
}

function revokeCommand(): Command {
  return withApiFlags(
    new Command('revoke').description('Revoke a key, at once; sockets that it opened are closed'),
  )
    .argument('<id>', 'id of the key (colora keys list)')
    .option('--force', 'also the last admin key: the next start of the coordinator prints a new one')
    .option(
      '--readmit',
      'of who signs in by OpenID Connect, revoked before or now: the next sign-in is let in, with another key',
    )
    .addHelpText('after', '\nExample:\n  $ colora keys revoke 0b1c…')
    .action(async (id: string, flags: ApiFlags & { force?: boolean; readmit?: boolean }) => {
      const { force, readmit } = flags;
      const query = { ...(force ? { force: 'true' } : {}), ...(readmit ? { readmit: 'true' } : {}) };
      const answer = await (await openApi(flags)).call('revokeKey', { params: { id }, query });
      if (flags.json) return printJson(answer);
      const after = readmit ? '; whoever it was may sign in again' : '';
      print(`revoked the key of ${answer.role} ${answer.name}${after}`);
    });
}
