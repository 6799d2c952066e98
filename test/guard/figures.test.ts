// A group's figures through the real wire: members tell three whole numbers and nothing else, who doesn't agree tells nothing,
// and what they hear of each other is in their mixtures and verdicts, offline too.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { runClient } from '@colora/client/daemon';
import { hearVerdict } from '@colora/client/heard-verdict';
import { readVerdict, readVerdicts } from '@colora/client/told';
import { readTrained } from '@colora/client/trained';
import { groupPaths } from '@colora/client/workspace/group-workspace';
import { type GuardReport, keepGuard } from '@colora/client/workspace/guard-store';
import { opinionOf } from '@colora/protocol/guard/opinion';
import {
  explainedShares,
  mixingWeights,
  priorOfGroup,
  priorWithoutGroup,
  soberEvidence,
} from '@colora/training/collaboration/mixing-weights';
import { concluded } from '@colora/training/collaboration/verdict';
import { type Gate, openGate } from '../support/gate.ts';
import { useMembers } from '../support/members.ts';
import { reviews } from '../support/people.ts';
import { makeGroup, useSystem } from '../support/system.ts';

const system = useSystem();
const members = useMembers(system);
const group = 'heard';
const params = { group };
const tellers = ['ada', 'bob', 'cleo', 'dan'];
const silent = 'eve';
const workspace = (name: string) => join(system.folder, `${group}-${name}`);
/** Bodies, in the order in which they came. */
const told: string[] = [];
let gate: Gate | undefined;
after(() => gate?.close());

async function joinAs(name: string, at: number): Promise<void> {
  await runClient(
    members.options(group, name, {
      ...{ guard: true, name: `${group}-${name}`, workspace: workspace(name) },
      ...{ url: gate!.url, socket: false },
      examples: reviews(at, 8 + 4 * at),
      figures: name !== silent,
    }),
  );
}

test('who tells hears the means of four, and waits for them; who does not tell is in none', async () => {
  await makeGroup(system, group, { rounds: { count: 2, participants: 5, quorum: 5 } });
  gate = await openGate(system.url, ({ line, way, body }) => {
    if (way === 'in' && line === `PUT /v1/groups/${group}/figures`) told.push(Buffer.from(body).toString());
  });
  await Promise.all([...tellers, silent].map(joinAs));
  const counts = await system.admin.call('countVerdicts', { params });
  assert.deepEqual(
    [counts.members, counts.told, counts.helped + counts.noGainSeen + counts.tooEarly],
    [5, 4, 4],
  );
  const reports: GuardReport[] = [];
  for (const name of tellers) reports.push(await readVerdict(workspace(name), group));
  const figures = counts.figures!;
  assert.equal(figures.reporters, 4);
  const shares = reports.map(
    ({ found }) =>
      1 - explainedShares(soberEvidence(found!.logLikelihoods, found!.labels), priorWithoutGroup)[0]!,
  );
  const mean = shares.reduce((sum, share) => sum + Math.round(100 * share), 0) / 400;
  assert.ok(Math.abs(figures.shareOfCore - mean) < 1e-9, 'of shares that know nothing of the group');
  for (const { found } of reports) {
    assert.deepEqual(found!.groupFigures, figures);
    const [alone, core, common] = mixingWeights(
      soberEvidence(found!.logLikelihoods, found!.labels),
      priorOfGroup(figures),
    );
    assert.deepEqual(found!.weights, { alone, core: core! + common! });
    assert.equal(found!.ofPersonal, core! / (core! + common!));
    assert.deepEqual(found!.verdict, concluded(found!.verdict, figures.gain));
    assert.equal(found!.verdict.opinion, opinionOf(found!.verdict, figures.gain));
  }
  const opinions = reports.map(({ found }) => found!.verdict.opinion);
  assert.ok(
    Math.abs(opinions.filter((one) => one === 'helped').length - counts.helped) <= 1,
    'but for hundredths',
  );
});

test('who told nothing hears what the others found on demand, tells nothing by it, and predicts with it', async () => {
  const before = await readVerdict(workspace(silent), group);
  const log = () => undefined;
  const heard = await hearVerdict(workspace(silent), group, { line: {}, log });
  assert.equal(heard.found!.groupFigures!.reporters, 4);
  assert.deepEqual(heard.found!.logLikelihoods, before.found!.logLikelihoods);
  assert.deepEqual(await readVerdict(workspace(silent), group), heard);
  assert.deepEqual((await readTrained(workspace(silent), group)).guard!.weights, heard.found!.weights);
  assert.equal((await system.admin.call('countVerdicts', { params })).told, 4);
  assert.deepEqual(await readVerdicts(workspace(silent), gate!.url), [[group, heard]]);
  assert.deepEqual(await readVerdicts(workspace(silent), 'http://127.0.0.1:1'), []);
});

test('what is told is the three figures in hundredths and their checkpoint, the same each time it is told', async () => {
  assert.equal(told.length, 4, 'once each, and nothing of who did not agree');
  const figures = told.map((body) => JSON.parse(body) as Record<string, number>);
  for (const one of figures) {
    assert.deepEqual(Object.keys(one).sort(), ['gain', 'shareOfCore', 'standardError', 'version']);
    assert.ok(Object.values(one).every(Number.isInteger));
  }
  const before = await readVerdict(workspace('ada'), group);
  await joinAs('ada', 0); // hears the group's figures already; what it tells knows nothing of them
  assert.equal(told.length, 5);
  assert.ok(told.slice(0, 4).includes(told[4]!));
  assert.deepEqual(await readVerdict(workspace('ada'), group), before);
});

test('a verdict of another checkpoint hears nothing, and a group that moved on is no reason to fail', async () => {
  const report = await readVerdict(workspace('bob'), group);
  const earlier = { ...report, version: report.version - 1 };
  await keepGuard(groupPaths(workspace('bob'), group).guard, earlier);
  const log = () => undefined;
  assert.deepEqual(await hearVerdict(workspace('bob'), group, { line: {}, log }), earlier);
});
