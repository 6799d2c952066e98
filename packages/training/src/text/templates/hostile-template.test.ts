// Chat templates that never end or never stop growing: each ends within its budget, and the thread that waits for it goes on.
import assert from 'node:assert/strict';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fixturesFolder } from '@colora/models/testing-references';
import { openChatTemplate } from '../chat-template.ts';

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'colora-hostile-template-'));
  await cp(`${fixturesFolder}stories260k`, folder, { recursive: true });
});
after(() => rm(folder, { recursive: true }));

const chat = { messages: [{ role: 'user', content: 'Hi' }] };
const asked = { forAnswer: true, date: 'today' } as const;
async function open(template: string) {
  await writeFile(join(folder, 'chat_template.jinja'), template);
  return (await openChatTemplate(folder))!;
}
const honest = '{% for message in messages %}{{ message.content }}{% endfor %}';
const growing = (start: string, then: string) =>
  `{% set ns = namespace(x=${start}) %}{% for i in range(40) %}{% set ns.x = ${then} %}{% endfor %}{{ ns.x }}`;

test('without an end: given up after its seconds, at once from then on, and the next template runs', async () => {
  const endless = await open(
    '{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}',
  );
  const began = performance.now();
  assert.throws(() => endless.render(chat, asked), {
    code: 'wrong-task',
    message: /takes more than the 5 seconds/,
  });
  assert.ok(performance.now() - began < 15_000);
  const again = performance.now();
  assert.throws(() => endless.render(chat, asked), { code: 'wrong-task' });
  assert.ok(performance.now() - again < 1000);
  assert.equal((await open(honest)).render(chat, asked), 'Hi');
});

test('that grows without end: text, and far more of it than a chat has', async () => {
  const doubled = await open(growing("'aaaaaaaaaaaaaaaa'", 'ns.x ~ ns.x'));
  assert.throws(() => doubled.render(chat, asked), { code: 'wrong-task', message: /Invalid string length/ });
  const long = await open(`{% for i in range(2000) %}${'y'.repeat(1000)}{% endfor %}`);
  assert.throws(() => long.render(chat, asked), {
    code: 'wrong-task',
    message: /it writes 2000000 characters/,
  });
  const told = { messages: [{ role: 'user', content: 'x'.repeat(3_000_000) }] };
  assert.equal((await open(honest)).render(told, asked).length, 3_000_000, 'a long chat may be long');
});

test('that asks for more memory at once than there is: this process goes on, and the next template runs', async () => {
  const greedy = await open('{% for i in range(100000000) %}{% endfor %}');
  const { rss } = process.memoryUsage();
  assert.throws(() => greedy.render(chat, asked), { code: 'wrong-task', message: /or the 512 MB/ });
  assert.ok(process.memoryUsage().rss - rss < 200e6);
  assert.equal((await open(honest)).render(chat, asked), 'Hi');
});

test('that is itself too long, or nested without end, is refused', async () => {
  await assert.rejects(open('x'.repeat(1_000_001)), /cannot be parsed: it has 1000001 characters/);
  await assert.rejects(open(`{{ ${'('.repeat(100_000)}1${')'.repeat(100_000)} }}`), /cannot be parsed/);
});
