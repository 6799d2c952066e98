// The checker's plain sum of a masked round is what the coordinator made of masked contributions, and it is found when it isn't.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openDatabase } from '@colora/coordinator/database/open-database';
import { makeMaskedGroup } from '@colora/coordinator/testing/masked-group';
import { givenOf, type Shapes } from '../clients/content.ts';
import { findViolations } from './find-violations.ts';
import type { Query } from './record.ts';

const shapes: Shapes = { 'x.shared.A': [2], 'x.shared.B': [3] };

test('a masked round is what its members gave, and not what others would have given', async () => {
  const dataFolder = mkdtempSync(join(tmpdir(), 'colora-masked-'));
  const database = await openDatabase({ dataFolder });
  try {
    const aggregation = { weighting: 'examples' as const, exampleCap: 20, rate: 0.5 };
    const { group, groupId, members, keep } = await makeMaskedGroup(database, {
      name: 'm',
      settings: { aggregation },
    });
    await keep();
    for (let phase = 0; phase < 4; phase += 1) {
      for (const { name: client, move } of members)
        await move((round, version) =>
          givenOf({ seed: 5, client, group: group.name, round, version }, shapes),
        );
      await keep();
    }
    const query: Query = <Row>(sql: string, values: readonly unknown[] = []) =>
      database.client.$queryRawUnsafe<Row[]>(sql, ...values);
    const found = async (seed: number) =>
      (await findViolations(query, () => [], { masked: { seed, shapes } })).violations;
    assert.deepEqual(await found(5), []);
    assert.match((await found(6)).join(), /is not what the 4 members of round 1 gave/);
    const first = { groupId_number: { groupId, number: 1 } };
    const { verdicts } = await database.client.round.findUniqueOrThrow({ where: first });
    const other = { ...(verdicts as object), gain2: 0 };
    await database.client.round.update({ where: first, data: { verdicts: other } });
    assert.match((await found(5)).join(), /the verdicts kept with it in m are not what the 4 members/);
  } finally {
    await database.close();
    rmSync(dataFolder, { recursive: true, force: true });
  }
});
