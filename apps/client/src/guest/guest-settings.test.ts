// When the machine has to rest, as facts change under it, and what is said about facts that are not told.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type GuestSettings, type Machine, openGuest, type Rest } from './guest-settings.ts';
import { parsePauseWindow } from './pause-windows.ts';
import type { Power } from './power.ts';

/** Facts that a test can change. */
function machine() {
  const facts = { now: new Date(2026, 5, 10, 8, 0), power: 'mains' as Power, idle: 0 as number | null };
  const asked: Machine = {
    now: () => facts.now,
    power: async () => facts.power,
    idleSeconds: async () => facts.idle,
    everySeconds: 0.01,
  };
  return { facts, asked };
}

async function open(options: GuestSettings) {
  const { facts, asked } = machine();
  const said: string[] = [];
  const heard: (string | null)[] = [];
  const guest = await openGuest({ ...options, log: (line) => said.push(line) }, asked);
  guest.onChange((rest: Rest | null) => heard.push(rest?.why ?? null));
  const change = async (more: Partial<typeof facts>, expected: RegExp | null) => {
    Object.assign(facts, more);
    const holds = () => (expected === null ? guest.rest() === null : expected.test(guest.rest()?.why ?? ''));
    while (!holds()) await delay(5);
  };
  return { guest, said, heard, change };
}

test('rests between the hours, and says when it ends', async () => {
  const { guest, heard, change } = await open({ pauseBetween: [parsePauseWindow('09:00-18:00')!] });
  assert.equal(guest.rest(), null);
  await change({ now: new Date(2026, 5, 10, 9, 0) }, /^18:00 \(paused between 09:00-18:00\)$/);
  assert.deepEqual(guest.rest()?.until, new Date(2026, 5, 10, 18, 0));
  await change({ now: new Date(2026, 5, 10, 18, 0) }, null);
  assert.deepEqual([heard.length, guest.rests()], [2, 1]);
  guest.close();
});

test('rests on battery and while somebody uses the machine, where that is asked for', async () => {
  const { guest, change } = await open({ onBattery: 'wait', idleMinutes: 5 });
  await change({}, /nobody to use the machine for 5 minutes/);
  await change({ idle: 299 }, /nobody/);
  await change({ idle: 300 }, null);
  await change({ power: 'battery' }, /plugged in/);
  await change({ power: 'mains', idle: 2 }, /nobody/);
  guest.close();
  const free = await open({ onBattery: 'train' });
  await free.change({ power: 'battery', idle: 0 }, null);
  free.guest.close();
});

test('what the system does not tell is said once, and it trains', async () => {
  const { guest, said, change } = await open({ onBattery: 'wait', idleMinutes: 5 });
  await change({ power: null, idle: null }, null);
  await delay(50);
  assert.deepEqual(said.sort(), [
    'this system does not tell whether it runs on battery: training goes on regardless',
    'this system does not tell whether somebody is using it: training goes on regardless',
  ]);
  guest.close();
});

test('who comes during a rest hears of it; who left hears no more', async () => {
  const { guest, heard, change } = await open({ onBattery: 'wait' });
  await change({ power: 'battery' }, /plugged/);
  const late: (string | null)[] = [];
  const leave = guest.onChange((rest) => late.push(rest?.why ?? null));
  leave();
  await change({ power: 'mains' }, null);
  assert.equal(late.length, 1);
  assert.equal(heard.length, 2);
  guest.close();
});
