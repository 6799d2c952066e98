// `colora update`: another version of what is installed, by npm, when somebody asks for it. Nothing else looks for news.
import { Command } from 'commander';
import { askingLine, askingYes } from '../../consent/ask-yes.ts';
import { print, say } from '../../terminal/output.ts';
import { stoppable } from '../../terminal/stop-signals.ts';
import { UsageError } from '../../usage-error.ts';

interface UpdateFlags {
  readonly from?: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

export function updateCommand(): Command {
  return new Command('update')
    .description('Install the newest colora by npm; services that run begin again with it')
    .option('--from <folder>', 'from tarballs in this folder (npm run pack), not from npm’s registry')
    .option('--dry-run', 'say what would be done, and do nothing')
    .option('--yes', 'do it without asking')
    .addHelpText(
      'after',
      '\nNothing else of colora asks for versions.\n\nExample:\n  $ colora update --dry-run',
    )
    .action(update);
}

async function update({ from, dryRun = false, yes = false }: UpdateFlags): Promise<void> {
  const { findInstallation } = await import('../../installation/installation.ts');
  const { installedVersion, offerOfFolder, offerOfRegistry } = await import('../../installation/newer.ts');
  const { compareVersions } = await import('../../installation/versions.ts');
  const { npmOrThrow } = await import('../../installation/npm.ts');
  const { ownCommand } = await import('../../service/this-system.ts');
  const found = await findInstallation(ownCommand()[1]);
  if (found.kind === 'cache')
    throw new UsageError('npx runs this colora out of its cache: npx colora@latest is the newest one');
  if (found.kind === 'clone')
    throw new UsageError(`this colora is a clone (${found.script}): git pull and npm ci update it`);
  const { version, specs, source } = await (from === undefined
    ? offerOfRegistry(found)
    : offerOfFolder(found, from));
  const now = await installedVersion(found);
  const order = compareVersions(version, now);
  if (order === 0 || (order < 0 && from === undefined))
    return print(
      `colora ${now} is installed, and ${source} has ${order === 0 ? 'no other' : `only ${version}`}`,
    );
  const words = ['install', ...(found.folder === null ? ['--global'] : []), ...specs];
  const what = `colora ${now} -> ${version}${order < 0 ? ' (older)' : ''}, from ${source}: npm ${words.join(' ')}${found.folder === null ? '' : ` in ${found.folder}`}`;
  if (dryRun) return print(what);
  await stoppable(async ({ signal }) => {
    if (yes) say(what);
    const agreed = yes || (await askingYes(askingLine({ note: say, signal }))([what], 'Install it?'));
    if (agreed === null) throw new UsageError('nobody can be asked here: pass --yes');
    if (!agreed) throw new UsageError('nothing was installed');
    await npmOrThrow(words, found.folder ?? undefined);
  });
  const installed = await installedVersion(found);
  if (installed !== version) throw new Error(`npm ended well, but ${found.modules} has colora ${installed}`);
  print(`colora ${version} is installed`);
  const { restartRunning } = await import('../../service/restart-running.ts');
  for (const name of await restartRunning()) print(`the service ${name} runs anew`);
}
