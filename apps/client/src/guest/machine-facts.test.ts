// What systems say of battery and idleness, as they really say it, and what is made of silence.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { askSystem } from './ask-system.ts';
import { linuxPower, parsePmset, parseWindowsBattery, readPower } from './power.ts';
import { parseIoreg, parseLogind, readIdleSeconds } from './user-idle.ts';

const folder = await mkdtemp(join(tmpdir(), 'colora-power-'));
after(() => rm(folder, { recursive: true }));

async function supplies(name: string, each: Record<string, Record<string, string>>): Promise<string> {
  for (const [supply, fields] of Object.entries(each)) {
    await mkdir(join(folder, name, supply), { recursive: true });
    for (const [field, value] of Object.entries(fields)) {
      await writeFile(join(folder, name, supply, field), `${value}\n`);
    }
  }
  return join(folder, name);
}

test('Linux: on battery when one discharges and nothing is plugged in; a mouse does not count', async () => {
  const mains = (online: string) => ({ type: 'Mains', online });
  const battery = (status: string) => ({ type: 'Battery', status });
  const mouse = { type: 'Battery', status: 'Discharging', scope: 'Device' };
  const cases = [
    ['unplugged', { AC: mains('0'), BAT0: battery('Discharging'), mouse }, 'battery'],
    ['plugged', { AC: mains('1'), BAT0: battery('Charging') }, 'mains'],
    ['plugged-weakly', { AC: mains('1'), BAT0: battery('Discharging') }, 'mains'],
    ['usb', { BAT0: battery('Full'), usb: { type: 'USB', online: '1' } }, 'mains'],
    ['desktop', { mouse }, 'mains'],
  ] as const;
  for (const [name, each, power] of cases)
    assert.equal(await linuxPower(await supplies(name, each)), power, name);
  await mkdir(join(folder, 'none'));
  assert.equal(await linuxPower(join(folder, 'none')), null);
  assert.equal(await linuxPower(join(folder, 'absent')), null);
});

test('macOS and Windows say it in their words', () => {
  const pmset = (source: string) =>
    `Now drawing from '${source}'\n -InternalBattery-0 (id=1234)\t87%; discharging; 5:12 remaining present: true\n`;
  assert.equal(parsePmset(pmset('Battery Power')), 'battery');
  assert.equal(parsePmset(pmset('UPS Power')), 'battery');
  assert.equal(parsePmset(pmset('AC Power')), 'mains');
  assert.equal(parsePmset(''), null);
  assert.equal(parsePmset(null), null);
  assert.equal(parseWindowsBattery('asked\r\n1\r\n'), 'battery');
  assert.equal(parseWindowsBattery('asked\r\n2\r\n'), 'mains');
  assert.equal(parseWindowsBattery('asked\r\n'), 'mains');
  assert.equal(parseWindowsBattery(null), null);
});

test('idle seconds of each desktop, in their units; the first that answers counts', async () => {
  const answers = (said: Record<string, string>) => (command: string) =>
    Promise.resolve(said[command] ?? null);
  assert.equal(
    await readIdleSeconds('linux', answers({ gdbus: '(uint64 61500,)\n', xprintidle: '1' })),
    61.5,
  );
  assert.equal(await readIdleSeconds('linux', answers({ xprintidle: '2500\n' })), 2.5);
  const logind = 'IdleHint=yes\nIdleSinceHint=1700000000000000\n';
  assert.equal(await readIdleSeconds('linux', answers({ loginctl: logind }), () => 1700000090000), 90);
  assert.equal(parseLogind('IdleHint=no\nIdleSinceHint=0\n', 0), 0);
  assert.equal(parseLogind('IdleHint=yes\nIdleSinceHint=0\n', 0), null);
  assert.equal(parseLogind(null, 0), null);
  assert.equal(await readIdleSeconds('linux', answers({})), null);
  assert.equal(parseIoreg('    | |   "HIDIdleTime" = 4250000000\n'), 4.25);
  assert.equal(parseIoreg('nothing'), null);
  assert.equal(await readIdleSeconds('win32', answers({ powershell: '12000\r\n' })), 12);
  assert.equal(await readIdleSeconds('aix', answers({})), null);
});

test('asking this very system ends with an answer or with none, never with an error', async () => {
  assert.ok([null, 'battery', 'mains'].includes(await readPower()));
  const idle = await readIdleSeconds();
  assert.ok(idle === null || idle >= 0);
  assert.equal(await askSystem('no-such-command-here', []), null);
  assert.equal(await askSystem('false', []), null);
});
