// Where the command keeps what it remembers, by system and environment.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configFolderOf } from './config-folder.ts';

const folderFor = (
  platform: NodeJS.Platform,
  variables: Readonly<Record<string, string>>,
  home: string | null,
) => configFolderOf({ platform, folderIn: (name) => variables[name], home: () => home });

test('each system’s own place, and the variables that name another', () => {
  assert.equal(folderFor('linux', {}, '/home/ada'), '/home/ada/.config/colora');
  assert.equal(folderFor('darwin', {}, '/Users/ada'), '/Users/ada/.config/colora');
  assert.equal(folderFor('linux', { XDG_CONFIG_HOME: '/cfg' }, '/home/ada'), '/cfg/colora');
  assert.equal(folderFor('linux', { XDG_CONFIG_HOME: 'cfg' }, '/home/ada'), '/home/ada/.config/colora');
  assert.equal(
    folderFor('win32', { APPDATA: 'C:\\Users\\ada\\AppData\\Roaming' }, 'C:\\Users\\ada'),
    'C:\\Users\\ada\\AppData\\Roaming\\colora',
  );
  assert.equal(folderFor('win32', {}, 'C:\\Users\\ada'), 'C:\\Users\\ada\\.config\\colora');
  assert.equal(folderFor('linux', {}, null), null);
  assert.equal(folderFor('linux', { XDG_CONFIG_HOME: '/cfg' }, null), '/cfg/colora');
});
