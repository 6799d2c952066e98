// `colora storage`: how many bytes are stored for each group, what retention frees of them, and how much room is left.
import type { Storage } from '@colora/protocol/storage/storage';
import { Command } from 'commander';
import { type ApiFlags, openApi, withApiFlags } from '../../coordinator-api.ts';
import { byteText, print, printFacts, printJson, printTable } from '../../terminal/output.ts';

export function storageCommand(): Command {
  const command = new Command('storage').description(
    'Bytes stored for each group, what retention frees of them, and how much room is left',
  );
  return withApiFlags(command)
    .addHelpText('after', '\nExample:\n  $ colora storage')
    .action(async (flags: ApiFlags) => {
      const storage = await (await openApi(flags)).call('showStorage', {});
      if (flags.json) return printJson(storage);
      printFacts(factsOf(storage));
      print();
      printTable(
        [
          'group',
          'checkpoints',
          'bytes',
          'optimizer states',
          'contributions',
          'events',
          'in all',
          'freed soon',
          'freed by usual retention',
        ],
        storage.groups.map(({ group, checkpoints, freeable, ...kept }) => [
          ...[group, checkpoints.count],
          ...[checkpoints.bytes, kept.optimizerStates.bytes, kept.contributions.bytes].map(byteText),
          ...[kept.events.bytes, kept.bytes, freeable.soon, freeable.byUsual].map(byteText),
        ]),
        'No groups yet.',
      );
    });
}

function factsOf({ at, database, staged, otherBytes }: Storage): [string, string][] {
  const { kind, bytes, limitBytes, freeBytes, reserveBytes, isShort } = database;
  const left = freeBytes === null ? 'not known: set STORAGE_LIMIT' : byteText(freeBytes);
  return [
    ['database', `${kind}, ${byteText(bytes)}`],
    ['left', isShort ? `${left}: too little, groups are paused` : left],
    ['limit', limitBytes === null ? 'none (STORAGE_LIMIT)' : byteText(limitBytes)],
    ['kept free', `${byteText(reserveBytes)} (STORAGE_RESERVE)`],
    ['uploads under way', byteText(staged.bytes)],
    [
      'the rest',
      `${byteText(otherBytes)} (rounds, figures, manifests, indexes, logs, space to be used again)`,
    ],
    ['counted', at],
  ];
}
