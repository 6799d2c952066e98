import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSessionPool } from './session-pool.ts';

/** Tells what is opened, run and closed, in order. */
function watched() {
  const told: string[] = [];
  const opening = (name: string) => async () => {
    told.push(`open ${name}`);
    return {
      run: async () => {
        told.push(`run ${name}`);
        return {};
      },
      close: async () => {
        told.push(`close ${name}`);
      },
    };
  };
  return { told, opening };
}

test('the one that has not run for longest makes room, and is opened again when it runs', async () => {
  const { told, opening } = watched();
  const pool = createSessionPool(10);
  const [a, b] = [await pool.add(opening('a'), 4), await pool.add(opening('b'), 4)];
  await a.run({});
  const c = await pool.add(opening('c'), 4);
  assert.deepEqual(told.splice(0), ['open a', 'open b', 'run a', 'close b', 'open c']);
  await b.run({});
  assert.deepEqual(told.splice(0), ['close a', 'open b', 'run b']);
  await c.run({});
  await b.run({});
  assert.deepEqual(told.splice(0), ['run c', 'run b']);
  assert.equal(pool.open, 2);
  await pool.close();
  assert.deepEqual(told.splice(0), ['close c', 'close b']);
});

test('one that is larger than the bound is open alone', async () => {
  const { told, opening } = watched();
  const pool = createSessionPool(10);
  const [small, large] = [await pool.add(opening('small'), 1), await pool.add(opening('large'), 20)];
  await large.run({});
  await small.run({});
  await large.close();
  assert.deepEqual(told, [
    'open small',
    'close small',
    'open large',
    'run large',
    'close large',
    'open small',
    'run small',
  ]);
});
