// The vocabulary's own promises: defaults, refusals in words, the error table, the OpenAPI document.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { ApiProblem, createApiClient } from './api-client.ts';
import { nameSchema } from './bounds/bounded.ts';
import { folderForm } from './bounds/names.ts';
import { contributionMetadataSchema, encodeContributionMetadata } from './contribution.ts';
import { formatContentDigest, parseContentDigest } from './digest.ts';
import { newGroupNameSchema } from './entities.ts';
import { NetworkProblem } from './failures/network-problem.ts';
import { sumsVerdicts } from './masking/verdict-settings.ts';
import { openApiDocument } from './openapi/openapi.ts';
import { problemTable } from './problem-table.ts';
import { ProblemError } from './problems.ts';
import { askedOf, bufferOf, roundsSchema, sampleOf } from './rounds-settings.ts';
import { routes } from './routes.ts';
import { sha256Hex } from './sha256.ts';
import {
  minMembersOf,
  personalRateOf,
  phasesOf,
  settledSettings,
  sharedRateOf,
  taskSettingsSchema,
} from './task-settings.ts';

/** As far as it is looked at here. */
interface Operation {
  readonly tags: string[];
  readonly parameters: { readonly name: string; readonly required: boolean }[];
  readonly responses: Record<
    string,
    { headers: Record<string, { description: string }>; content: Record<string, { schema: object }> }
  >;
}
interface Document {
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { readonly schemas: Record<string, { properties: Record<string, object> }> };
}

const baseModel = { name: 'use-lite', modelType: 'use-lite', fingerprint: 'a'.repeat(64) };
const task = { kind: 'classification' as const, labels: ['bad', 'good'] };

test('settings fill in the recipe', () => {
  const settings = taskSettingsSchema.parse({ baseModel, task });
  assert.equal(settings.adapter.layout, 'core');
  assert.equal(settings.rounds.count, 8);
  assert.equal(sharedRateOf(settings), 8e-3);
  assert.equal(personalRateOf(settings), 2e-2);
  const alone = taskSettingsSchema.parse({ baseModel, task, adapter: { layout: 'alone' } });
  assert.equal(personalRateOf(alone), 5e-4);
  const language = taskSettingsSchema.parse({ baseModel, task: { kind: 'causal-lm' } });
  assert.deepEqual([personalRateOf(language), sharedRateOf(language)], [5e-2, 4e-3]);
  const own = { ...language, training: { ...language.training, sharedRate: 1e-4, personalRate: 1e-5 } };
  assert.deepEqual([personalRateOf(own), sharedRateOf(own)], [1e-5, 1e-4]);
  assert.equal(settings.task.kind === 'classification' && settings.task.head, 'by-label');
});

test('a new classification trains its parts together; what is older, asks otherwise or rules it out trains them apart', () => {
  const stored = (extra: object = {}) => taskSettingsSchema.parse({ baseModel, task, ...extra });
  const older = stored();
  assert.deepEqual([phasesOf(older), personalRateOf(older)], ['apart', 2e-2]);
  const settled = settledSettings(older);
  assert.deepEqual(
    [phasesOf(settled), personalRateOf(settled), sharedRateOf(settled)],
    ['joint', 1e-2, 8e-3],
  );
  assert.deepEqual(settledSettings(settled), settled);
  const held = { privacy: { minMembers: 3 } }; // whatever a new group trains
  const asked = stored({ training: { phases: 'apart' }, ...held });
  assert.deepEqual(settledSettings(asked), asked);
  const others = [
    { task: { kind: 'causal-lm' } },
    { task: { ...task, kind: 'token-classification' } },
    { adapter: { layout: 'dual' } },
    { adapter: { layout: 'share-a' } },
    { training: { contribution: 'gradient' } },
    { training: { validation: 0.2 } },
    { training: { personalSteps: 0 } },
    { training: { sharedSteps: 0 } },
  ];
  for (const extra of others) assert.deepEqual(settledSettings(stored(extra)), stored({ ...extra, ...held }));
  const dual = stored({ adapter: { layout: 'dual' }, training: { phases: 'joint' } });
  assert.deepEqual([phasesOf(settledSettings(dual)), personalRateOf(dual)], ['joint', 5e-4]);
});

test('a new masked group sums up verdicts where members come to one and no budget is kept; older ones don’t', () => {
  const verdicts = (privacy: object = {}, extra: object = {}) => {
    const settings = {
      baseModel,
      task,
      ...extra,
      privacy: { clipNorm: 1, secureAggregation: {}, ...privacy },
    };
    const stored = taskSettingsSchema.parse(settings);
    assert.equal(sumsVerdicts(stored), false);
    const settled = settledSettings(stored);
    assert.deepEqual(settledSettings(settled), settled);
    return settled.privacy.secureAggregation?.verdicts;
  };
  assert.equal(verdicts(), true);
  assert.equal(verdicts({ secureAggregation: { verdicts: false } }), false);
  assert.equal(verdicts({ secureAggregation: undefined }), undefined);
  assert.equal(verdicts({}, { adapter: { layout: 'dual' } }), undefined);
  assert.equal(verdicts({ delta: 1e-5, epsilon: 8, noiseMultiplier: 1 }), undefined);
});

test('a new group moves nothing that fewer than three hold, and takes a round of as many; older ones keep what they have', () => {
  const stored = (extra: object = {}) => taskSettingsSchema.parse({ baseModel, task, ...extra });
  const settled = (extra: object = {}) => {
    const { rounds, privacy } = settledSettings(stored(extra));
    return [privacy.minMembers, rounds.quorum];
  };
  assert.equal(minMembersOf(stored()), 1);
  assert.deepEqual(settled(), [3, 2]); // of two that a round opens with
  assert.deepEqual(settled({ rounds: { participants: 1 } }), [3, 1]);
  assert.deepEqual(settled({ rounds: { participants: 9 } }), [3, 3]);
  assert.deepEqual(settled({ rounds: { participants: 9, quorum: 1 } }), [3, 1]);
  assert.deepEqual(settled({ rounds: { participants: 9, cohort: { count: 2 } } }), [3, 2]);
  assert.deepEqual(settled({ rounds: { participants: 9, mode: 'buffered', bufferSize: 2 } }), [3, 2]);
  assert.deepEqual(settled({ rounds: { participants: 9 }, privacy: { minMembers: 5 } }), [5, 5]);
  assert.deepEqual(settled({ rounds: { participants: 9 }, privacy: { minMembers: 1 } }), [1, 1]);
  const rule = (name: string, participants: number) =>
    settled({ aggregation: { rule: name }, rounds: { participants } });
  assert.deepEqual(rule('krum', 9), [1, 5]); // its update is one member's, whatever else is said
  assert.deepEqual(rule('multi-krum', 9), [3, 6]); // which takes three of six
  assert.deepEqual(rule('multi-krum', 5), [2, 5]);
});

test('training habits are off unless asked for, and bounded', () => {
  const base = { name: 'm', modelType: 'm', fingerprint: '0'.repeat(64) };
  const parse = (training: object) =>
    taskSettingsSchema.safeParse({ baseModel: base, task: { kind: 'causal-lm' }, training });
  const { schedule, warmup, maxGradientNorm, accumulate, validation } = parse({}).data!.training;
  assert.deepEqual(
    [schedule, warmup, maxGradientNorm, accumulate, validation],
    ['constant', 0, undefined, 1, 0],
  );
  const wrong = {
    warmup: 1,
    maxGradientNorm: 0,
    accumulate: 0,
    validation: 0.6,
    patience: 0,
    schedule: 'step',
  };
  for (const [field, value] of Object.entries(wrong)) {
    const { error } = parse({ [field]: value });
    assert.deepEqual(error?.issues[0]?.path, ['training', field]);
  }
});

test('settings refuse what contradicts itself, naming the field', () => {
  const cases: [object, string][] = [
    [{ rounds: { participants: 2, quorum: 3 } }, 'rounds.quorum'],
    [{ rounds: { participants: 9, quorum: 3, cohort: { fraction: 0.2 } } }, 'rounds.quorum'],
    [{ rounds: { cohort: { fraction: 0.2, count: 3 } } }, 'rounds.cohort'],
    [{ rounds: { cohort: {} } }, 'rounds.cohort'],
    [{ rounds: { overSelection: 2 } }, 'rounds.overSelection'],
    [{ rounds: { mode: 'buffered', cohort: { count: 1 } } }, 'rounds.cohort'],
    [{ rounds: { bufferSize: 1 } }, 'rounds.bufferSize'],
    [{ rounds: { mode: 'buffered', bufferSize: 3 } }, 'rounds.bufferSize'],
    [{ rounds: { mode: 'buffered', participants: 4, bufferSize: 2, quorum: 3 } }, 'rounds.quorum'],
    [{ rounds: { earlyStop: { metric: 'accuracy' } } }, 'rounds.earlyStop.goal'],
    [{ aggregation: { rule: 'krum' }, rounds: { participants: 9, quorum: 4 } }, 'rounds.quorum'],
    [{ aggregation: { rule: 'trimmed-mean' }, rounds: { participants: 9, quorum: 2 } }, 'rounds.quorum'],
    [
      { aggregation: { rule: 'krum' }, rounds: { participants: 9 }, privacy: { minMembers: 2 } },
      'privacy.minMembers',
    ],
    [
      { aggregation: { rule: 'multi-krum' }, rounds: { participants: 5 }, privacy: { minMembers: 3 } },
      'privacy.minMembers',
    ],
    [{ aggregation: { rule: 'norm-bound' } }, 'aggregation.radius'],
    [{ aggregation: { rule: 'trimmed-mean', trim: 0.5 } }, 'aggregation.trim'],
    [{ privacy: { noiseMultiplier: 1 } }, 'privacy.noiseMultiplier'],
    [{ wire: { upload: 'top-k' } }, 'wire.keep'],
    [{ wire: { upload: 'int8', keep: 0.1 } }, 'wire.keep'],
    [{ wire: { upload: 'top-k', keep: 0 } }, 'wire.keep'],
    [{ wire: { download: 'top-k' } }, 'wire.download'],
    [{ training: { contribution: 'gradient', sharedSteps: 0 } }, 'training.sharedSteps'],
    [{ training: { contribution: 'gradient', proximal: 0.1 } }, 'training.proximal'],
    [{ training: { contribution: 'gradient', phases: 'joint' } }, 'training.phases'],
    [{ training: { validation: 0.2, phases: 'joint' } }, 'training.phases'],
    [{ training: { phases: 'together' } }, 'training.phases'],
    [{ training: { controls: true } }, 'training.controls'],
    [{ training: { controls: true, optimizer: 'sgd' }, privacy: { clipNorm: 1 } }, 'training.controls'],
    [{ task: { ...task, labels: ['one'] } }, 'task.labels'],
    [{ task: { ...task, labels: ['caf\u00e9', 'cafe\u0301'] } }, 'task.labels'], // one label, two spellings
    [{ task: { ...task, labels: ['good', ' good'] } }, 'task.labels'],
    [{ task: { ...task, labels: ['good', ' \u00a0'] } }, 'task.labels.1'],
    [{ adapter: { layout: 'lora' } }, 'adapter.layout'],
    [{ trainig: {} }, ''],
  ];
  for (const [extra, path] of cases) {
    const parsed = taskSettingsSchema.safeParse({ baseModel, task, ...extra });
    assert.equal(parsed.success, false);
    assert.ok(
      parsed.error?.issues.some((issue) => issue.path.join('.') === path),
      path,
    );
  }
});

test('a share of those online is whole members, at least one, and over-selection asks more of them', () => {
  const parse = (rounds: object) => roundsSchema.parse(rounds);
  const seven = parse({ cohort: { fraction: 0.07 }, overSelection: 1.3 });
  assert.deepEqual(
    [sampleOf(seven, 100), askedOf(seven, 100), sampleOf(seven, 3), askedOf(seven, 3)],
    [7, 10, 1, 2],
  );
  const count = parse({ cohort: { count: 5 }, overSelection: 1.2 });
  assert.deepEqual(
    [sampleOf(count, 100), askedOf(count, 100), sampleOf(count, 4), askedOf(count, 4)],
    [5, 6, 4, 4],
  );
  assert.deepEqual(
    [sampleOf(parse({}), 9), askedOf(parse({}), 9), bufferOf(parse({ participants: 7 }))],
    [9, 9, 7],
  );
});

test('contribution metadata survives its string form; examples are whole and at least one', () => {
  const metadata = { kind: 'delta' as const, version: 3, round: 4, examples: 32, sharedLoss: 0.25 };
  assert.deepEqual(contributionMetadataSchema.parse(encodeContributionMetadata(metadata)), metadata);
  for (const examples of ['0', '1.5', 'many', 'Infinity']) {
    const claimed = { kind: 'delta', version: '0', round: '1', examples };
    assert.equal(contributionMetadataSchema.safeParse(claimed).success, false, examples);
  }
});

test('Content-Digest there and back', () => {
  const hash = sha256Hex('x');
  assert.equal(parseContentDigest(formatContentDigest(hash)), hash);
  assert.equal(parseContentDigest(`sha-512=:AAAA:, ${formatContentDigest(hash)}`), hash);
  assert.equal(parseContentDigest('md5=abc'), null);
  assert.equal(parseContentDigest(undefined), null);
});

test('the OpenAPI document names what is sent: digests, real statuses, tags, schemas', () => {
  const document = openApiDocument('0.1.0') as unknown as Document;
  const put = document.paths['/v1/groups/{group}/rounds/{round}/contribution']!.put!;
  assert.deepEqual(
    put.parameters.map(({ name, required }) => [name, required]),
    [
      ['group', true],
      ['round', true],
      ['Content-Digest', true],
      ['colora-signature', false],
    ],
  );
  const statuses = Object.keys(put.responses);
  assert.deepEqual(statuses, [
    '200',
    '400',
    '401',
    '403',
    '404',
    '408',
    '409',
    '413',
    '415',
    '422',
    '429',
    '431',
    '500',
    '503',
  ]);
  assert.match(put.responses[503]!.headers['Retry-After']!.description, /seconds/);
  assert.deepEqual(put.tags, ['rounds']);
  const { schemas } = document.components;
  const answer =
    document.paths['/v1/groups/{group}']!.get!.responses[200]!.content['application/json']!.schema;
  assert.deepEqual(answer, { $ref: '#/components/schemas/TaskGroup' });
  assert.deepEqual(schemas.TaskGroup!.properties.settings, { $ref: '#/components/schemas/TaskSettings' });
  assert.ok(schemas.ApiKey!.properties.id, 'a property called id is no schema’s id');
  for (const [, name] of JSON.stringify(document).matchAll(/#\/components\/schemas\/(\w+)/g))
    assert.ok(schemas[name!], name);
  for (const path of Object.values(document.paths))
    for (const { responses, tags } of Object.values(path))
      assert.deepEqual(['default' in responses, tags.length], [false, 1]);
});

test('names of any script, spelled one way', () => {
  for (const name of ['anna', '李明', 'анна', 'جمال', 'देवी', 'team-2', '東京.b'])
    assert.equal(nameSchema.parse(name), name);
  assert.equal(nameSchema.parse('jose\u0301'), 'jos\u00e9');
  for (const name of ['', 'Anna', 'АННА', 'a b', '-a', 'a/b', 'x'.repeat(64), '\u0301a'])
    assert.equal(nameSchema.safeParse(name).success, false, name);
});

test('no new group is called as a file of a workspace or a device of Windows; groups that are there keep their names', () => {
  for (const name of [
    'key.json',
    'key-to-be.json',
    'a.writing-0f',
    'con',
    'nul.txt',
    'com1',
    'lpt9.tar.gz',
    'aux.',
    'reviews.',
  ]) {
    assert.equal(newGroupNameSchema.safeParse(name).success, false, name);
    assert.equal(nameSchema.parse(name), name);
  }
  for (const name of ['key', 'keys.json', 'console', 'com', 'com10', 'nul-1', 'a.con', 'reviews.v2'])
    assert.equal(newGroupNameSchema.parse(name), name);
});

test('names that some disks take for one have one form, others have not', () => {
  for (const [one, other] of [
    ['straße', 'strasse'],
    ['ﬁlm', 'film'],
    ['οδος', 'οδοσ'],
    ['jos\u00e9', 'jose\u0301'],
  ])
    assert.equal(folderForm(one!), folderForm(other!));
  assert.notEqual(folderForm('reviews'), folderForm('review'));
});

test('every route is in the OpenAPI document, with its roles', () => {
  const document = openApiDocument('0.1.0');
  const paths = document.paths as Record<string, Record<string, { operationId: string }>>;
  for (const [name, route] of Object.entries(routes)) {
    const path = route.path.replace(/:(\w+)/g, '{$1}');
    assert.equal(paths[path]?.[route.method.toLowerCase()]?.operationId, name);
  }
  assert.equal(JSON.stringify(document).includes('undefined'), false);
});

test('a problem carries its status and title from the table', () => {
  const problem = new ProblemError('stale-version', 'made at 1, the group is at 2', 2).toProblem();
  assert.equal(problem.status, problemTable['stale-version'].status);
  assert.equal(problem.current, 2);
});

test('the client tells a refusal from a stranger and from silence', async () => {
  const server = createServer((request, response) => {
    if (request.url === '/v1/groups/known') {
      response.writeHead(403, { 'content-type': 'application/problem+json', 'retry-after': '3' });
      response.end(JSON.stringify(new ProblemError('wrong-role', 'not you').toProblem()));
    } else response.writeHead(200, { 'content-type': 'text/html' }).end('<html>');
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = createApiClient(url, () => 'key');
  await assert.rejects(client.call('showGroup', { params: { group: 'known' } }), (error: unknown) => {
    assert.ok(error instanceof ApiProblem);
    assert.equal(error.problem.code, 'wrong-role');
    assert.equal(error.retryAfter, 3);
    return true;
  });
  await assert.rejects(client.call('showGroup', { params: { group: 'other' } }), NetworkProblem);
  const closed = new Promise((done) => server.close(done));
  server.closeAllConnections();
  await closed;
  const nobody = createApiClient(url, () => null);
  await assert.rejects(async () => {
    await nobody.call('health', {}).catch(() => undefined); // may find the kept-alive connection closed
    await nobody.call('health', {});
  }, /connection refused/);
});
