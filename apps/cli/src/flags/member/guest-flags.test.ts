// What the flags about the guest take, from the command line and from the environment, and what they refuse.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Command } from 'commander';
import { type GuestFlags, guestSettingsOf, readRate, withGuestFlags } from './guest-flags.ts';

function parse(...args: string[]): GuestFlags {
  const command = withGuestFlags(new Command('join'))
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  return command.parse(args, { from: 'user' }).opts<GuestFlags>();
}

test('rates in bytes and bits, decimal and binary', () => {
  for (const [text, bytes] of [
    ['2MB/s', 2e6],
    ['500 kB/s', 5e5],
    ['1.5MiB/s', 1.5 * 1024 ** 2],
    ['16Mbit/s', 2e6],
    ['8kbps', null],
    ['16Mbitps', null],
    ['2mb', 2e6],
    ['2', null],
    ['0MB/s', null],
    ['10B/s', null],
    ['fast', null],
    ['1e9MB/s', null],
  ] as const) {
    if (bytes === null) assert.throws(() => readRate(text), /500KB\/s/, text);
    else assert.equal(readRate(text), bytes, text);
  }
});

test('without flags it trains whenever there is work, below the user’s own programs', () => {
  assert.deepEqual(guestSettingsOf(parse()), {
    pauseBetween: [],
    onBattery: undefined,
    idleMinutes: undefined,
    share: 1,
    priority: 'below-normal',
    maxUpload: undefined,
    maxDownload: undefined,
  });
});

test('every flag reaches its setting', () => {
  const flags = parse(
    ...['--pause-between', '09:00-12:00', '--pause-between', '13:00-18:00', '--on-battery', 'wait'],
    ...['--idle-only', '--cpu-share', '50', '--priority', 'low', '--max-upload', '2MB/s'],
    ...['--max-download', '16Mbit/s'],
  );
  assert.deepEqual(guestSettingsOf(flags), {
    pauseBetween: [
      { from: 540, to: 720 },
      { from: 780, to: 1080 },
    ],
    onBattery: 'wait',
    idleMinutes: 5,
    share: 0.5,
    priority: 'low',
    maxUpload: 2e6,
    maxDownload: 2e6,
  });
  assert.equal(guestSettingsOf(parse('--idle-only', '30')).idleMinutes, 30);
});

test('wrong values are refused with what is allowed', () => {
  for (const [args, says] of [
    [['--pause-between', '9-18'], /09:00-18:00/],
    [['--on-battery', 'sleep'], /train, wait/],
    [['--idle-only', 'long'], /1 to 1440/],
    [['--cpu-share', '0'], /1 to 100/],
    [['--priority', 'high'], /below-normal/],
    [['--max-upload', 'fast'], /2MB\/s/],
  ] as const) {
    assert.throws(() => parse(...args), says);
  }
});
