// Texts from elsewhere can't steer the terminal they are shown on, wherever they come out.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { barLine } from './bar-line.ts';
import { jsonLines } from './door.ts';
import { harmless, harmlessJson, harmlessLine } from './harmless-text.ts';
import { logLines } from './log-lines.ts';
import { createProgressLine } from './progress-line.ts';

const steering = /(?![\t\n])[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;
const hostile =
  'good\u001b[2J\u001b[1;31m\u001b]0;owned\u0007\u001b]8;;http://evil\u001b\\\u009b31m\u0090q\u009c\u202egnp\u2066\r\ncolora: all is well\b\u0000';

test('escape sequences go whole, their words with them; other text, tabs and line breaks stay', () => {
  assert.equal(harmless('a\u001b[1;31mred\u001b[0m\u001b]0;title\u0007 b\tc\nd'), 'ared b\tc\nd');
  assert.equal(harmless('\u009b31mx\u009d0;t\u009cy\u001bcz\u001b'), 'xyz');
  assert.equal(
    harmless('a\u001b]0;never ended, all that follows stays'),
    'a0;never ended, all that follows stays',
  );
  assert.equal(harmless('abc\u202edef\u2066g'), 'abcdefg');
  for (const text of ['Grüße, 日本語, שלום, नमस्ते', '👩‍👩‍👧 é e\u0301', 'a\u200db'])
    assert.equal(harmless(text), text);
});

test('a text on one line is one line, so that it passes for no other', () => {
  assert.equal(harmlessLine('a\r\n\u2028 colora: done\u0085b'), 'a colora: done b');
  assert.ok(!/[\n\t]/.test(harmlessLine(hostile)));
});

test('nothing that steers is left of any text, and JSON says the same as before', () => {
  const unit = fc.oneof(
    fc.constantFrom('\u001b', '[', ']', '\u009b', '\u0007', '\\', '\u202e', '\n', '\r', ';', 'm', '1'),
    fc.string({ unit: 'binary', maxLength: 1 }),
  );
  fc.assert(
    fc.property(fc.string({ unit, maxLength: 60 }), (text) => {
      assert.ok(!steering.test(harmless(text)));
      const json = harmlessJson(JSON.stringify({ text }));
      assert.ok(!steering.test(json));
      assert.deepEqual(JSON.parse(json), { text });
    }),
  );
});

test('long texts of openings are read in time', () => {
  for (const opening of ['\u001b', '\u001b[', '\u001b]', '\u009b', '\u0090', '\n ', ' ']) {
    const began = performance.now();
    harmlessLine(opening.repeat(100_000));
    assert.ok(performance.now() - began < 2_000, JSON.stringify(opening));
  }
});

test('bars, the rewritten line, logs and JSON lines of logs show nothing that steers', () => {
  const bar = barLine({ name: hostile, value: 1, total: 2, amount: 'round 1/2', what: hostile }, 120);
  assert.ok(!steering.test(bar) && !bar.includes('\n'), JSON.stringify(bar));
  const written: string[] = [];
  const out = { write: (text: string) => written.push(text) > 0, isTTY: true, columns: 200 };
  const line = createProgressLine(out as unknown as NodeJS.WriteStream);
  line.progress(hostile);
  line.say(hostile);
  const entry = JSON.stringify({ time: 0, level: 30, msg: hostile, group: hostile, err: { stack: hostile } });
  jsonLines(out).write(`${entry}\n`);
  logLines((text) => written.push(harmless(text))).write(entry);
  const own = '\r\u001b[K'; // the rewritten line erases what it had shown
  for (const text of written) assert.ok(text === own || !steering.test(text), JSON.stringify(text));
});

let server: Server;
let url: string;
before(async () => {
  server = createServer((request, answer) => {
    answer.setHeader('content-type', 'application/json');
    if (request.url === '/health') {
      answer.end(JSON.stringify({ status: 'ok', version: hostile, database: hostile }));
      return;
    }
    answer.statusCode = 409;
    answer.setHeader('content-type', 'application/problem+json');
    answer.end(
      JSON.stringify({ type: 'about:blank', code: hostile, title: hostile, status: 409, detail: hostile }),
    );
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
after(() => void server.close());

const launcher = fileURLToPath(new URL('../../bin/colora.js', import.meta.url));

/** What a command line wrote to both outputs. */
function outputOf(args: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    execFile(process.execPath, [launcher, ...args], (_, stdout, stderr) => resolve(stdout + stderr));
  });
}

test('a hostile coordinator’s answers and refusals reach the terminal without steering it', async () => {
  for (const args of [
    ['status', url],
    ['status', url, '--json'],
    ['groups', 'list', '--url', url, '--key', 'colora_a_x'],
    ['no-such-command\u001b[2J'],
  ]) {
    const shown = await outputOf(args);
    assert.ok(shown !== '' && !steering.test(shown), JSON.stringify(shown));
    if (!args.includes('--json')) assert.ok(!/^colora: all is well/m.test(shown), shown);
  }
});

test('nobody writes to a terminal but through the door', () => {
  const root = fileURLToPath(new URL('../../..', import.meta.url));
  for (const app of ['cli', 'client', 'coordinator']) {
    const folder = join(root, app, 'src');
    for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      if (!/\.[jt]s$/.test(name) || /\.test\.[jt]s$|testing|generated/.test(name)) continue;
      const source = readFileSync(join(folder, name), 'utf8');
      const writer = /process\.std(out|err)\.write|\bconsole\.\w|pino\.destination|\bout\.write/.exec(source);
      assert.ok(writer === null || /terminal.door\.[jt]s$/.test(name), `${app}/${name}: ${writer?.[0]}`);
    }
  }
});
