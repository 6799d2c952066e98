// What a bar says fits into its terminal, and the time left is always seen.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { barLine } from './bar-line.ts';
import { textWidth } from './fit-text.ts';

const line = {
  name: 'reviews',
  value: 3,
  total: 8,
  amount: 'round 4/8',
  what: 'step 3 of 8, about 2 min left',
};

test('80 columns have the bar, 40 the words alone', () => {
  assert.equal(barLine(line, 80), 'reviews [========------------] round 4/8  step 3 of 8, about 2 min left');
  const waiting = { ...line, what: 'waiting for the next round: 1 of 2 members needed are here' };
  assert.equal(
    barLine(waiting, 90),
    'reviews [===------] round 4/8  waiting for the next round: 1 of 2 members needed are here',
  );
  assert.equal(barLine(waiting, 80), `reviews round 4/8  ${waiting.what}`);
  assert.equal(barLine({ ...line, what: 'step 3 of 8' }, 40), 'reviews round 4/8  step 3 of 8');
  assert.match(barLine(line, 40), /^reviews round 4\/8 {2}step.*…/);
});

test('no name, word or terminal makes it wider than there is room', () => {
  for (const name of ['r', 'a-group-with-a-very-long-name-that-goes-on-and-on-and-on', '李明的数据集'])
    for (const what of [
      '',
      'waiting',
      'waiting for the paused group to be started again, which may take long',
    ])
      for (const columns of [10, 20, 40, 69, 70, 80, 200])
        assert.ok(textWidth(barLine({ ...line, name, what }, columns)) < columns, `${name} ${columns}`);
});
