// Hours of the local day, also past midnight, across a change of the clocks, and as UTC.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  availableInUtc,
  formatPauseWindow,
  type PauseWindow,
  parsePauseWindow,
  pausedUntil,
} from './pause-windows.ts';

const windows = (...texts: string[]) => texts.map((text) => parsePauseWindow(text)!);
const at = (time: string, day = '2026-06-10') => new Date(`${day}T${time}:00`);

test('reads hours, and only those', () => {
  assert.deepEqual(parsePauseWindow('09:00-18:30'), { from: 540, to: 1110 });
  assert.deepEqual(parsePauseWindow(' 9:00 - 18:30 '), { from: 540, to: 1110 });
  assert.deepEqual(parsePauseWindow('22:00-24:00'), { from: 1320, to: 0 });
  for (const wrong of [
    '',
    '9-18',
    '09:00',
    '09:00-09:00',
    '25:00-26:00',
    '09:60-10:00',
    '24:00-01:00',
    '10:00-24:30',
  ]) {
    assert.equal(parsePauseWindow(wrong), null, wrong);
  }
  assert.equal(formatPauseWindow({ from: 540, to: 1110 }), '09:00-18:30');
});

test('tells when the present pause ends, past midnight and over windows that touch', () => {
  const office = windows('09:00-18:00');
  assert.equal(pausedUntil(office, at('08:59')), null);
  assert.deepEqual(pausedUntil(office, at('09:00')), at('18:00'));
  assert.equal(pausedUntil(office, at('18:00')), null);
  const night = windows('22:00-06:00');
  assert.deepEqual(pausedUntil(night, at('23:30')), at('06:00', '2026-06-11'));
  assert.deepEqual(pausedUntil(night, at('05:59')), at('06:00'));
  assert.equal(pausedUntil(night, at('06:00')), null);
  assert.deepEqual(
    pausedUntil(windows('09:00-12:00', '12:00-13:00', '12:30-18:00'), at('10:00')),
    at('18:00'),
  );
  assert.ok(pausedUntil(windows('00:00-12:00', '12:00-24:00'), at('10:00')), 'always paused, and it ends');
});

test('what it says is what the windows hold: paused until then, and not any more', () => {
  const window = fc.record({
    from: fc.integer({ min: 0, max: 1439 }),
    to: fc.integer({ min: 0, max: 1439 }),
  });
  const arbitrary = fc.array(
    window.filter(({ from, to }) => from !== to),
    { minLength: 1, maxLength: 3 },
  );
  const covers = ({ from, to }: PauseWindow, minute: number) =>
    from < to ? from <= minute && minute < to : from <= minute || minute < to;
  fc.assert(
    fc.property(arbitrary, fc.integer({ min: 0, max: 1439 }), (some, minute) => {
      const now = new Date(2026, 5, 10, Math.floor(minute / 60), minute % 60, 30);
      const until = pausedUntil(some, now);
      const isPaused = (date: Date) =>
        some.some((each) => covers(each, 60 * date.getHours() + date.getMinutes()));
      if (until === null) return assert.equal(isPaused(now), false);
      for (let time = now.getTime(); time < until.getTime(); time += 60_000) {
        assert.ok(isPaused(new Date(time)));
      }
      if (until.getTime() - now.getTime() < 24 * 3600_000) assert.equal(isPaused(until), false);
    }),
  );
});

test('the free hours in UTC are those in which the local clock shows none of the windows', () => {
  assert.equal(availableInUtc([], at('10:00')), null);
  const window = fc.record({
    from: fc.integer({ min: 0, max: 1439 }),
    to: fc.integer({ min: 0, max: 1439 }),
  });
  const arbitrary = fc.array(
    window.filter(({ from, to }) => from !== to),
    { minLength: 1, maxLength: 3 },
  );
  fc.assert(
    fc.property(arbitrary, (some) => {
      const day = at('00:00');
      const free = availableInUtc(some, day);
      for (let minute = 0; minute < 1440; minute += 7) {
        const now = new Date(day.getTime() + minute * 60_000);
        const utc = 60 * now.getUTCHours() + now.getUTCMinutes();
        const isFree =
          free === null ||
          free.some(({ from, to }) => (from < to ? from <= utc && utc < to : from <= utc || utc < to));
        assert.equal(isFree, pausedUntil(some, now) === null);
      }
    }),
  );
});
