// Groups whose names are something else on a disk, and workspaces that others could read.
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { namePattern } from '@colora/protocol/bounds/names';
import fc from 'fast-check';
import { groupFolder, groupOfFolder } from '../workspace/group-folder.ts';
import { assertOwnFolder, groupPaths, readGroup } from '../workspace/group-workspace.ts';
import { keepIdentity, keptIdentity } from '../workspace/identity.ts';
import { readyFolder } from './ready-folder.ts';

const folder = mkdtempSync(join(tmpdir(), 'colora-ready-'));
after(() => rmSync(folder, { recursive: true }));
const skip = process.platform === 'win32';
const mode = (path: string) => statSync(path).mode & 0o777;
const silent = () => undefined;

test('each group has a folder of its own inside the workspace, and back', () => {
  const name = fc.oneof(
    fc.stringMatching(
      /^[a-c.]?(con|nul|com1|key\.json|key-to-be\.json|a\.writing-1|a)[._-]{0,3}(json|txt)?[.]?$/,
    ),
    fc.stringMatching(/^[a-z0-9][a-z0-9._-]{0,20}$/),
  );
  const places = new Map<string, string>();
  fc.assert(
    fc.property(
      name.filter((each) => namePattern.test(each)),
      (group) => {
        const place = groupFolder(folder, group);
        assert.equal(dirname(place), folder);
        assert.equal(groupOfFolder(basename(place)), group);
        assert.doesNotMatch(basename(place), /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)|\.$|^key(-to-be)?\.json$/);
        assert.equal(places.get(place) ?? group, group);
        places.set(place, group);
      },
    ),
  );
});

test('a group called key.json takes no key away', async () => {
  const workspace = join(folder, 'key');
  await keepIdentity(workspace, { url: 'http://here', participant: 'anna', key: 'secret' });
  const paths = groupPaths(workspace, 'key.json');
  mkdirSync(paths.folder);
  await readyFolder({ workspace }, paths, silent);
  assert.equal((await keptIdentity(workspace))?.key, 'secret');
});

test('a folder that was made under a reserved name before is still the group’s', { skip }, () => {
  const workspace = join(folder, 'before');
  mkdirSync(join(workspace, 'nul'), { recursive: true });
  assert.equal(groupFolder(workspace, 'nul'), join(workspace, 'nul'));
  assert.equal(groupFolder(workspace, 'con'), join(workspace, '_con_'));
});

test('a folder that holds another group, whose name the disk takes for the same, is refused', async () => {
  const workspace = join(folder, 'twins');
  const paths = groupPaths(workspace, 'strasse');
  mkdirSync(paths.folder, { recursive: true });
  await assertOwnFolder(paths);
  writeFileSync(paths.groupFile, JSON.stringify({ name: 'straße' }));
  await assert.rejects(readyFolder({ workspace }, paths, silent), {
    code: 'workspace-mismatch',
    message: /straße/,
  });
  writeFileSync(paths.groupFile, 'damaged');
  await assertOwnFolder(paths); // joining renews it
  await assert.rejects(readGroup(paths), { code: 'workspace-damaged' });
});

test('a workspace that others could read is closed, and what is not of it stays as it is', {
  skip,
}, async () => {
  const workspace = join(folder, 'open');
  const paths = groupPaths(workspace, 'reviews');
  mkdirSync(paths.checkpoints, { recursive: true });
  mkdirSync(join(workspace, 'films'));
  const files = [
    paths.groupFile,
    paths.personal,
    join(paths.checkpoints, 'x'),
    join(workspace, 'key.json'),
    join(workspace, 'films', 'group.json'),
  ];
  for (const path of files) writeFileSync(path, '{"name":"reviews"}');
  const folders = [workspace, paths.folder, paths.checkpoints, join(workspace, 'films')];
  const open = () => {
    for (const path of [...files, ...folders]) chmodSync(path, 0o777);
  };
  open();
  await readyFolder({ workspace }, paths, silent);
  assert.deepEqual(new Set([...files, ...folders].map(mode)), new Set([0o700]));

  open();
  const mine = join(workspace, 'my-thesis');
  mkdirSync(mine);
  chmodSync(mine, 0o755);
  await readyFolder({ workspace }, paths, silent);
  assert.deepEqual(
    [mode(workspace), mode(mine), mode(paths.folder), mode(join(workspace, 'key.json'))],
    [0o777, 0o755, 0o700, 0o700],
  );
  assert.ok(existsSync(mine));
});
