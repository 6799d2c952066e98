// A workspace whose examples come to use more labels, or fewer, than in earlier rounds: new rows of a personal head
// start as at the start, and those not in use are kept. The real coordinator, daemon and trainer.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import type { HeadOwnership } from '@colora/adapters/head';
import { runClient } from '@colora/client/daemon';
import { readTrained } from '@colora/client/trained';
import { useMembers } from './support/members.ts';
import { reviews } from './support/people.ts';
import { makeGroup, useSystem } from './support/system.ts';

const system = useSystem();
const members = useMembers(system);

for (const head of ['personal', 'both'] satisfies HeadOwnership[]) {
  test(`head ${head}: a label that comes with the second round gets its row, one that goes keeps its own`, async () => {
    const group = `labels-${head}`;
    await makeGroup(system, group, { head, rounds: { count: 1, participants: 1, quorum: 1 } });
    const own = reviews(1, 8);
    const rowsAfter = async (labels: readonly string[]) => {
      const examples = own.filter(({ label }) => labels.includes(label));
      const outcome = await runClient(members.options(group, 'anna', { examples }));
      assert.equal(outcome.state, 'completed');
      const { personal } = await readTrained(join(system.folder, `${group}-anna`), group);
      return new Map([...personal!].filter(([name]) => name.startsWith('personal-head/')));
    };
    const oneMore = () => system.admin.call('extendGroup', { params: { group }, body: { rounds: 1 } });

    const first = await rowsAfter(['good']);
    assert.deepEqual([...first.keys()], ['personal-head/good']);
    await oneMore();
    const second = await rowsAfter(['good', 'bad']);
    assert.deepEqual([...second.keys()].sort(), ['personal-head/bad', 'personal-head/good']);
    assert.ok(
      second.get('personal-head/bad')!.data.some((value) => value !== 0),
      'the new row is trained',
    );
    await oneMore();
    const third = await rowsAfter(['bad']);
    assert.deepEqual(third.get('personal-head/good'), second.get('personal-head/good'));
  });
}
