// `colora status`: is the coordinator up, what is this key, how far the groups are, and of a workspace of this machine what it was
// told in those it joined there, and what its daemons are at.
import { resolve } from 'node:path';
import { Command } from 'commander';
import { config } from '../config.ts';
import { type ApiFlags, openAccessOf, urlDefault } from '../coordinator-api.ts';
import { withAccessFlags } from '../flags/access-flags.ts';
import { workspaceHere } from '../flags/member/place-flags.ts';
import { readName, readUrl } from '../flags/option-values.ts';
import { chooseCoordinator } from '../remembered/choose-profile.ts';
import { print, printFacts, printJson, printTable, say } from '../terminal/output.ts';
import { UsageError } from '../usage-error.ts';

interface StatusFlags extends Omit<ApiFlags, 'url'> {
  readonly url?: string;
  readonly workspace?: string;
  readonly profile?: string;
}

export function statusCommand(): Command {
  const command = new Command('status')
    .description('Is the coordinator up, and how far are its groups')
    .argument('[url]', `address of the coordinator (or COLORA_URL; default: ${urlDefault})`, readUrl);
  const keyHelp =
    'API key (or COLORA_KEY, COLORA_KEY_FILE, or what colora login kept, or the workspace’s); without one only the health is shown';
  return withAccessFlags(command, keyHelp)
    .option(
      '--workspace <folder>',
      'folder of the workspace whose verdicts, and whose daemons’ work under way, are shown (default: as with predict)',
    )
    .option('--url <url>', 'the address, as with other commands', readUrl)
    .option('--profile <name>', 'the coordinator and workspace that are remembered by this name', readName)
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExample:\n  $ colora status\n  $ colora status http://127.0.0.1:7070 --key-file admin.key',
    )
    .action(async (address: string | undefined, flags: StatusFlags) => {
      const { url, workspace } = await placeOf(address, flags);
      const { api, hasKey } = await openAccessOf(workspace, { ...flags, url });
      const health = await api.call('health', {});
      const me = hasKey ? await api.call('whoAmI', {}) : null;
      const groups = hasKey ? (await api.call('listGroups', { query: { limit: 1000 } })).items : null;
      const { readSpendings, readVerdicts, readWorks } = await import('@colora/client/told');
      const { verdictJson, verdictText } = await import('../verdict-text.ts');
      const { textOf } = await import('../terminal/progress-text.ts');
      const sayOnly = (error: Error) => {
        say(error.message); // a damaged workspace is no reason to say nothing of the coordinator
        return [];
      };
      const verdicts = await readVerdicts(workspace, url).catch(sayOnly);
      const works = await readWorks(workspace, url).catch(() => []); // it is said already
      const spendings = await readSpendings(workspace, url).catch(sayOnly);
      if (flags.json) {
        const shown = Object.fromEntries(verdicts.map(([group, report]) => [group, verdictJson(report)]));
        const work = Object.fromEntries(works);
        const privacy = Object.fromEntries(spendings);
        return printJson({ url, ...health, key: me, groups, work, verdicts: shown, privacy });
      }
      printFacts([
        ['coordinator', url],
        ['status', health.status],
        ['version', health.version],
        ['database', health.database],
        ...(me === null ? [] : ([['key', `${me.role} ${me.name}`]] as const)),
      ]);
      if (groups !== null) {
        print();
        const { groupHeader, groupRow } = await import('../group-rows.ts');
        printTable(groupHeader, groups.map(groupRow), 'No groups yet.');
      }
      if (works.length > 0) print();
      for (const [group, work] of works) print(`${group}: ${textOf(work)}`);
      if (spendings.length > 0) print();
      for (const [group, { epsilon, delta, budget }] of spendings) {
        const of = budget === null ? '' : ` of the group’s ${budget}`;
        print(
          `${group}: your epsilon is ${epsilon.toPrecision(4)}${of} at delta ${delta}, by this machine’s own count`,
        );
      }
      if (verdicts.length > 0) print();
      for (const [group, report] of verdicts) print(`${group}: ${verdictText(report)}`);
    });
}

/** What is said, what lies here, what is remembered, in this order. */
async function placeOf(address: string | undefined, { url = address, workspace, profile }: StatusFlags) {
  if (address !== undefined && url !== address)
    throw new UsageError(`say one address: ${address} or --url ${url}`);
  const given = { url: url ?? config.url, workspace: workspace ?? workspaceHere(), profile };
  const { readWholeProfiles } = await import('../remembered/profile-files.ts');
  const profiles = await readWholeProfiles(config.configFolder);
  return chooseCoordinator(given, { profiles, absolute: (path) => resolve(path) });
}
