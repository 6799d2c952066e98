// Where the figures of a long run are to go is looked at before the run.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { FileProblem } from '@colora/protocol/failures/file-problem';
import { compare } from '../compare/compare.ts';
import { demo } from '../demo/demo.ts';
import { UsageError } from '../usage-error.ts';
import { checkFigurePlace, writeFigures } from './figure-file.ts';

const folder = await mkdtemp(join(tmpdir(), 'colora-figures-'));
after(() => rm(folder, { recursive: true, force: true }));

test('a new file and one that is there will do, and neither is touched before', async () => {
  const path = join(folder, 'figures.json');
  await checkFigurePlace(path);
  await assert.rejects(readFile(path), /ENOENT/);
  await writeFile(path, 'before');
  await checkFigurePlace(path);
  assert.equal(await readFile(path, 'utf8'), 'before');
  await writeFigures(path, { seconds: 1 });
  assert.deepEqual(JSON.parse(await readFile(path, 'utf8')), { seconds: 1 });
});

test('compare and demo refuse a place that can’t be written before they do anything', async () => {
  const nowhere = join(folder, 'nowhere', 'figures.json');
  const rest = {
    seeds: 1,
    firstSeed: 0,
    baseModel: 'nowhere/at-all',
    engine: 'auto',
    basePrecision: '32bit',
  } as const;
  const refused = (error: unknown) =>
    error instanceof FileProblem && /cannot write .*figures\.json: .*--json names it$/.test(error.message);
  await assert.rejects(compare(join(folder, 'nobody'), { ...rest, json: nowhere }), refused);
  await assert.rejects(demo({ seeds: 1, folder, scenarios: [], json: nowhere }), refused);
  await assert.rejects(
    compare(join(folder, 'nobody'), { ...rest, json: folder }),
    (error) => error instanceof UsageError && /is a folder; name a file/.test(error.message),
  );
});
