// `colora status`: is the coordinator up, what is this key, and how far the groups are.
import { Command } from 'commander';
import { config } from '../config.ts';
import { type ApiFlags, openApi } from '../coordinator-api.ts';
import { readKey, readUrl } from '../flags/option-values.ts';
import { print, printFacts, printJson, printTable } from '../terminal/output.ts';

export function statusCommand(): Command {
  return new Command('status')
    .description('Is the coordinator up, and how far are its groups')
    .argument('[url]', 'address of the coordinator (or COLORA_URL)', readUrl, config.url)
    .option('--key <key>', 'API key (or COLORA_KEY); without one only the health is shown', readKey)
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  $ colora status http://127.0.0.1:7070 --key $COLORA_KEY')
    .action(async (url: string, flags: Omit<ApiFlags, 'url'>) => {
      const api = await openApi({ url, key: flags.key });
      const health = await api.call('health', {});
      const hasKey = (flags.key ?? config.key) !== undefined;
      const me = hasKey ? await api.call('whoAmI', {}) : null;
      const groups = hasKey ? (await api.call('listGroups', { query: { limit: 1000 } })).items : null;
      if (flags.json) return printJson({ url, ...health, key: me, groups });
      printFacts([
        ['coordinator', url],
        ['status', health.status],
        ['version', health.version],
        ['database', health.database],
        ...(me === null ? [] : ([['key', `${me.role} ${me.name}`]] as const)),
      ]);
      if (groups === null) return;
      print();
      const { groupHeader, groupRow } = await import('../group-rows.ts');
      printTable(groupHeader, groups.map(groupRow), 'No groups yet.');
    });
}
