// Versions in their order, tarballs by their names, and where a colora came from by its path.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { installationOf } from './installation.ts';
import { compareVersions, tarballOf, versionsIn } from './versions.ts';

test('versions are in the order of Semantic Versioning’s section 11', () => {
  const ordered = [
    ...['0.1.0-alpha', '0.1.0-alpha.1', '0.1.0-alpha.beta', '0.1.0-beta', '0.1.0-beta.2', '0.1.0-beta.11'],
    ...['0.1.0-rc.1', '0.1.0', '0.1.1', '0.2.0', '0.10.0', '1.0.0', '2.0.0'],
  ];
  ordered.forEach((one, at) => {
    ordered.forEach((other, place) => {
      assert.equal(Math.sign(compareVersions(one, other)), Math.sign(at - place), `${one} ${other}`);
    });
  });
  assert.equal(compareVersions('1.0.0+a', '1.0.0+b'), 0);
  assert.ok(Number.isNaN(compareVersions('1.0', '1.0.0')));
});

test('of a folder’s tarballs the newest colora is first, and others’ packages count for nothing', () => {
  const files = [
    'colora-0.9.0.tgz',
    'colora-0.10.0.tgz',
    'colora-native-linux-x64-0.11.0.tgz',
    'colora-coordinator-1.0.0.tgz',
    'colora-x.tgz',
    'a.txt',
  ];
  assert.deepEqual(versionsIn(files), ['0.10.0', '0.9.0']);
  assert.equal(tarballOf('@colora/native-linux-x64', '0.1.0'), 'colora-native-linux-x64-0.1.0.tgz');
  assert.equal(tarballOf('colora', '0.1.0'), 'colora-0.1.0.tgz');
});

test('a path tells how colora came here, on each system', () => {
  const both = (modules: string, script: string, globally: string | null) =>
    installationOf(
      `${modules}${script}`,
      globally,
      (at, name) => at === modules && name !== '@colora/coordinator',
    );
  const script = '/colora/dist/files/apps/cli/bin/colora.js';
  const found = both('/usr/local/lib/node_modules', script, '/usr/local/lib/node_modules');
  assert.deepEqual(found, {
    kind: 'packages',
    folder: null,
    modules: '/usr/local/lib/node_modules',
    names: ['colora', `@colora/native-${process.platform}-${process.arch}`],
  });
  const local = both('/home/ada/tools/node_modules', script, '/usr/local/lib/node_modules');
  assert.equal(local.kind === 'packages' && local.folder, '/home/ada/tools');
  const windows = both(
    'C:\\Users\\ada\\AppData\\Roaming\\npm\\node_modules',
    script.replaceAll('/', '\\'),
    'C:\\Users\\ada\\AppData\\Roaming\\npm\\node_modules',
  );
  assert.equal(windows.kind === 'packages' && windows.folder, null);
  assert.equal(both('/home/ada/.npm/_npx/1/node_modules', script, null).kind, 'cache');
  assert.equal(installationOf('/home/ada/colora/apps/cli/bin/colora.js', null, () => false).kind, 'clone');
});
