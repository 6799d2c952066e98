// `colora serve` as programs use it: OpenAI's own client talks to what daemons have trained, a group that writes and one with
// labels; what a daemon learns meanwhile is answered with; strangers, pages of other sites and wrong requests are refused.
import assert from 'node:assert/strict';
import { cp, writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { remember } from '@colora/cli/remembered/remember';
import { runClient } from '@colora/client/daemon';
import { startTrainer, type Trainer } from '@colora/training/trainer';
import OpenAI from 'openai';
import { memberOptions } from '../support/members.ts';
import { colora, type Running, startColora } from '../support/processes.ts';
import { makeGroup, useSystem } from '../support/system.ts';
import { makeTalesGroup } from '../support/tales-group.ts';

const stories = fileURLToPath(new URL('../../packages/models/fixtures/stories260k', import.meta.url));
const system = useSystem(prepare); // hooks of a file's top level don't wait for each other: all is prepared in one
const key = 'a key of this test';
const animals = ['cat', 'dog', 'hen', 'cow', 'fox', 'owl', 'pig', 'bee'];
const tales = animals.map((animal) => ({ prompt: `The ${animal} was`, completion: ' very happy.' }));
let trainer: Trainer;
let workspace: string;
let baseModel: string;
let server: Running;
let url: string;
let client: OpenAI;

const adaTells = (signal?: AbortSignal) =>
  runClient(
    memberOptions({ system, trainer }, 'tales', 'ada', {
      ...{ workspace, examples: tales, name: 'ada' },
      baseModel: async () => ({ folder: baseModel, source: baseModel }),
      ...(signal === undefined ? {} : { signal }),
    }),
  );

async function prepare(): Promise<void> {
  workspace = join(system.folder, 'ada');
  baseModel = join(system.folder, 'stories');
  await cp(stories, baseModel, { recursive: true });
  const template = '{% for message in messages %}{{ message.content }} {% endfor %}';
  await writeFile(join(baseModel, 'chat_template.jinja'), template);
  await makeTalesGroup(system.admin, { name: 'tales', access: 'open', baseModel });
  await makeGroup(system, 'reviews', { rounds: { count: 1, participants: 1 } });
  trainer = await startTrainer({ threads: 1 });
  await adaTells();
  await runClient(memberOptions({ system, trainer }, 'reviews', 'ada', { workspace, name: 'ada' }));
  server = startColora(['serve', '--workspace', workspace, '--port', '0', '--threads', '1'], {
    env: { COLORA_SERVE_KEY: key },
  });
  const baseURL = await server.says(/serving at (\S+)/);
  url = baseURL.replace(/\/v1$/, '');
  client = new OpenAI({ baseURL, apiKey: key, maxRetries: 0 });
}
after(async () => {
  server?.child.kill('SIGTERM');
  await trainer?.close();
});

const greedy = { temperature: 0, max_tokens: 8 } as const;
const ask = (path: string, init: RequestInit = {}) =>
  fetch(url + path, {
    method: 'POST',
    body: JSON.stringify({ model: 'tales', prompt: 'The cat was', ...greedy }),
    ...init,
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}`, ...init.headers },
  });

test('models are listed, and each answers for itself', async () => {
  const ids = [];
  for await (const { id } of client.models.list()) ids.push(id);
  assert.deepEqual(ids.sort(), ['reviews', 'reviews/shared', 'stories', 'tales', 'tales/shared']);
  const said = async (model: string) =>
    (await client.completions.create({ model, prompt: 'The cat was', ...greedy })).choices[0]!.text;
  const own = await said('tales');
  assert.match(own, /^ very happy\./);
  assert.notEqual(await said('stories'), own);
  assert.equal(await said('tales'), own);
  const args = ['generate', 'The cat was', '--group', 'tales', '--workspace', workspace, '--max-tokens', '8'];
  const written = await colora([...args, '--threads', '1']);
  assert.equal(written.stdout.trimEnd(), own.trimEnd(), written.stderr);
});

test('a chat, streamed and whole, with stop texts and what it took', async () => {
  const messages = [
    { role: 'developer' as const, content: 'Once' },
    { role: 'user' as const, content: [{ type: 'text' as const, text: 'The dog was' }] },
  ];
  const asked = { model: 'tales', messages, ...greedy };
  const whole = await client.chat.completions.create(asked);
  const { message, finish_reason } = whole.choices[0]!;
  assert.equal(message.role, 'assistant');
  assert.equal(finish_reason, 'length');
  assert.equal(whole.usage!.completion_tokens, 8);
  assert.equal(whole.usage!.total_tokens, 8 + whole.usage!.prompt_tokens);
  const stream = await client.chat.completions.create({
    ...asked,
    stream: true,
    stream_options: { include_usage: true },
  });
  const pieces = [];
  let usage: typeof whole.usage;
  for await (const chunk of stream) {
    pieces.push(chunk.choices[0]?.delta.content ?? '');
    usage = chunk.usage ?? usage;
  }
  assert.ok(pieces.length > 4, 'piece by piece');
  assert.equal(pieces.join(''), message.content);
  assert.deepEqual(usage, whole.usage);
  const word = message.content!.trim().split(' ')[1]!;
  const stopped = await client.chat.completions.create({ ...asked, stop: word });
  assert.equal(stopped.choices[0]!.finish_reason, 'stop');
  assert.equal(
    stopped.choices[0]!.message.content,
    message.content!.slice(0, message.content!.indexOf(word)),
  );
  const drawn = { ...asked, temperature: 1.5, seed: 3 };
  const [one, other] = [
    await client.chat.completions.create(drawn),
    await client.chat.completions.create(drawn),
  ];
  assert.equal(one.choices[0]!.message.content, other.choices[0]!.message.content);
});

test('how likely each token was, and the likeliest in its place', async () => {
  const asked = { model: 'tales', prompt: 'The cat was', ...greedy };
  const completed = await client.completions.create({ ...asked, logprobs: 3 });
  const { text, logprobs } = completed.choices[0]!;
  const { tokens, token_logprobs: each, top_logprobs: top, text_offset: offsets } = logprobs!;
  assert.deepEqual([tokens!.length, tokens!.join('')], [8, text]);
  for (const [i, token] of tokens!.entries()) {
    const best = Object.values(top![i]!);
    assert.ok(best.length > 1 && best.length <= 3);
    assert.deepEqual([top![i]![token], Math.max(...best)], [each![i], each![i]], 'greedy: the likeliest');
    assert.ok(text.startsWith(token, offsets![i]!));
  }
  const messages = [{ role: 'user' as const, content: 'The dog was' }];
  const chat = { model: 'tales', messages, ...greedy, logprobs: true, top_logprobs: 20 };
  const whole = (await client.chat.completions.create(chat)).choices[0]!;
  const told = whole.logprobs!.content!;
  assert.equal(
    told
      .map(({ token }) => token)
      .join('')
      .trim(),
    whole.message.content!.trim(),
  );
  for (const { logprob, top_logprobs: best } of told) {
    const sum = best.reduce((total, one) => total + Math.exp(one.logprob), 0);
    assert.ok(best.length === 20 && best[0]!.logprob === logprob && sum <= 1 + 1e-6);
  }
  const streamed = [];
  for await (const { choices } of await client.chat.completions.create({ ...chat, stream: true }))
    streamed.push(...(choices[0]?.logprobs?.content ?? []));
  const texts = (all: typeof told) => all.map(({ token, bytes }) => [token, bytes]);
  assert.deepEqual(texts(streamed), texts(told));
  for (const [i, { logprob }] of streamed.entries())
    assert.ok(Math.abs(logprob - told[i]!.logprob) < 1e-3, 'but for what the prompt was kept in');
  const without = await client.completions.create(asked);
  assert.deepEqual([without.choices[0]!.text, without.choices[0]!.logprobs], [text, null]);
});

test('labels, as predict gives them', async () => {
  const input = ['a lovely film', 'dull and long'];
  const answer = await ask('/v1/classify', { body: JSON.stringify({ model: 'reviews', input }) });
  const { data } = (await answer.json()) as {
    data: { label: string; probabilities: Record<string, number> }[];
  };
  const args = [
    'predict',
    ...input,
    '--group',
    'reviews',
    '--workspace',
    workspace,
    '--json',
    '--threads',
    '1',
  ];
  const { stdout } = await colora(args);
  const told = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    data.map(({ label }) => label),
    told.map(({ label }) => label),
  );
  const sum = Object.values(data[0]!.probabilities).reduce((total, one) => total + one, 0);
  assert.ok(Math.abs(sum - 1) < 1e-6);
  await assert.rejects(
    client.completions.create({ model: 'reviews', prompt: 'x' }),
    /labels texts: use \/v1\/classify/,
  );
});

test('many at once are answered one after the other; who goes away is written for no longer', async () => {
  const long = await client.completions.create({
    ...{ model: 'stories', prompt: 'Once', max_tokens: 400, temperature: 0 },
    stream: true,
  });
  const waiting = Array.from({ length: 4 }, (_, seed) =>
    client.completions.create({ model: 'tales', prompt: 'The', max_tokens: 2, seed }),
  );
  const chunks: string[] = [];
  for await (const { choices } of long) {
    long.controller.abort();
    chunks.push(choices[0]?.finish_reason ?? 'goes on');
  }
  assert.equal(chunks[0], 'goes on');
  assert.ok(chunks.every((reason) => reason === 'goes on'));
  assert.equal((await Promise.all(waiting)).length, 4);
});

test('what a daemon has learnt meanwhile is answered with from the next request on', async () => {
  await system.admin.call('extendGroup', { params: { group: 'tales' }, body: { rounds: 1 } });
  await adaTells();
  await client.completions.create({ model: 'tales/shared', prompt: 'The cat was', ...greedy });
  await server.says(/tales: answers of checkpoint 3 from now on/);
});

const refused: readonly [string, RequestInit & { path?: string }, number, RegExp][] = [
  ['no key', { headers: { authorization: '' } }, 401, /key is missing/],
  ['another key', { headers: { authorization: 'Bearer x' } }, 401, /key is missing/],
  ['a page of another site', { headers: { origin: 'https://evil.example' } }, 403, /--allow-origin/],
  ['a form of a page', { headers: { 'content-type': 'text/plain' } }, 415, /application\/json/],
  ['no JSON', { body: '{' }, 400, /no JSON/],
  ['another model', { body: JSON.stringify({ model: 'none', prompt: 'x' }) }, 404, /no model none/],
  ['no prompt', { body: JSON.stringify({ model: 'tales' }) }, 400, /prompt/],
  [
    'tools',
    {
      path: '/v1/chat/completions',
      body: JSON.stringify({ model: 'tales', messages: [{ role: 'user', content: 'x' }], tools: [{}] }),
    },
    400,
    /tools.*not done here/,
  ],
  [
    'several answers',
    { body: JSON.stringify({ model: 'tales', prompt: 'x', n: 2 }) },
    400,
    /n: is not done here/,
  ],
  [
    'more of the likeliest than there may be',
    { body: JSON.stringify({ model: 'tales', prompt: 'x', logprobs: 6 }) },
    400,
    /logprobs/,
  ],
  [
    'the likeliest without how likely',
    {
      path: '/v1/chat/completions',
      body: JSON.stringify({ model: 'tales', messages: [{ role: 'user', content: 'x' }], top_logprobs: 2 }),
    },
    400,
    /top_logprobs: goes with logprobs true/,
  ],
  ['too hot', { body: JSON.stringify({ model: 'tales', prompt: 'x', temperature: 9 }) }, 400, /temperature/],
  [
    'a picture',
    {
      path: '/v1/chat/completions',
      body: JSON.stringify({
        model: 'tales',
        messages: [{ role: 'user', content: [{ type: 'image_url' }] }],
      }),
    },
    400,
    /messages/,
  ],
  [
    'a text longer than the model reads',
    { body: JSON.stringify({ model: 'tales', prompt: 'word '.repeat(5000) }) },
    400,
    /reads at most/,
  ],
  ['too large', { body: JSON.stringify({ model: 'tales', prompt: 'x'.repeat(9e6) }) }, 413, /larger than/],
  ['another address', { path: '/v1/embeddings' }, 404, /no \/v1\/embeddings/],
  ['another method', { method: 'GET', body: null }, 405, /GET/],
];
for (const [what, { path = '/v1/completions', ...init }, status, words] of refused) {
  test(`refused: ${what}`, async () => {
    const answer = await ask(path, init);
    const text = await answer.text();
    assert.equal(answer.status, status, text);
    assert.match(JSON.parse(text).error.message, words);
    assert.ok(!text.includes('    at '), 'no stack');
  });
}

test('a name of another site that was made to lead here is answered nothing', async () => {
  const status = await new Promise<number | undefined>((resolve, reject) => {
    const asked = get(`${url}/v1/models`, {
      headers: { host: 'evil.example', authorization: `Bearer ${key}` },
    });
    asked.on('response', (answer) => resolve(answer.resume().statusCode)).on('error', reject);
  });
  assert.equal(status, 403);
});

test('other machines need a key, a missing workspace is told', async () => {
  const open = await colora(['serve', '--workspace', workspace, '--host', '0.0.0.0', '--port', '0']);
  assert.equal(open.status, 2);
  assert.match(open.stderr, /set a key/);
  const none = await colora(['serve', '--workspace', join(system.folder, 'nowhere'), '--port', '0']);
  assert.equal(none.status, 2);
  assert.match(none.stderr, /nothing to serve/);
});

test('the same group twice, under the names of two profiles, on a base model that is read once', async () => {
  const home = join(system.folder, 'ben');
  await runClient(
    memberOptions({ system, trainer }, 'tales', 'ben', {
      ...{ workspace: home, name: 'ben', personaliseSteps: 40 },
      examples: animals.map((animal) => ({ prompt: `The ${animal} was`, completion: ' so sad.' })),
      baseModel: async () => ({ folder: baseModel, source: baseModel }),
    }),
  );
  const config = join(system.folder, 'config');
  for (const [name, at, participant] of [
    ['work', workspace, 'ada'],
    ['home', home, 'ben'],
  ] as const) {
    const profile = { kind: 'member', url: system.url, group: 'tales', workspace: at, participant } as const;
    await remember(join(config, 'colora'), profile, name);
  }
  const both = startColora(['serve', '--port', '0', '--threads', '1', '--json'], {
    cwd: system.folder,
    env: { XDG_CONFIG_HOME: config },
  });
  try {
    const told = JSON.parse(await both.says(/^(\{[\s\S]*\n\})\n/)) as {
      url: string;
      models: { id: string }[];
    };
    assert.deepEqual(
      told.models.map(({ id }) => id),
      ['stories', 'home', 'home/shared', 'work', 'work/shared'],
    );
    const openai = new OpenAI({ baseURL: told.url, apiKey: 'none', maxRetries: 0 });
    const drawn = { prompt: 'The cat was', temperature: 1.5, seed: 3, max_tokens: 24 };
    const said = async (model: string) =>
      (await openai.completions.create({ model, ...drawn })).choices[0]!.text;
    const [work, mine] = [await said('work'), await said('home')];
    assert.notEqual(work, mine);
    assert.equal(await said('work/shared'), await said('home/shared'));
    const [one, other] = await Promise.all([said('work'), said('home')]);
    assert.deepEqual([one, other], [work, mine]);
  } finally {
    both.child.kill('SIGTERM');
  }
});
