// Every case of what a daemon does next.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Assignment } from '@colora/protocol/entities';
import fc from 'fast-check';
import { nextStep } from './next-step.ts';

const sha256 = 'a'.repeat(64);
const instant = '2026-01-01T00:00:00.000Z';
const checkpoint = (version: number) => ({
  version,
  encoding: 'f32' as const,
  sha256,
  bytes: 8,
  createdAt: instant,
});
const round = (number: number, version: number, contributed = false) => ({
  number,
  version,
  deadlineAt: instant,
  contributed,
});
const running = (extra: Partial<Assignment> = {}): Assignment => ({
  state: 'running',
  checkpoint: checkpoint(2),
  committedRounds: 2,
  pausedReason: null,
  waiting: null,
  round: round(3, 2),
  clusters: null,
  rollbacks: [],
  place: null,
  pollSeconds: 1,
  spreadSeconds: 0,
  ...extra,
});
const trained = (number: number, version: number) => ({ round: number, version, sha256 });

test('trains an open round it has not worked for', () => {
  assert.deepEqual(nextStep(running(), null, false), { kind: 'train', round: 3, version: 2 });
  assert.deepEqual(nextStep(running(), trained(2, 1), false), { kind: 'train', round: 3, version: 2 });
});

test('never trains twice for one round, whether its contribution was acknowledged or dropped', () => {
  assert.equal(nextStep(running(), trained(3, 2), false).kind, 'wait');
  assert.equal(nextStep(running({ round: round(3, 2, true) }), null, false).kind, 'wait');
});

test('a coordinator set back to an older state is followed', () => {
  assert.equal(
    nextStep(running({ round: round(3, 1), checkpoint: checkpoint(1) }), trained(3, 2), false).kind,
    'train',
  );
});

test('what waits in the outbox goes first', () => {
  assert.equal(nextStep(running(), trained(3, 2), true).kind, 'deliver');
  assert.equal(nextStep(running({ round: null }), trained(3, 2), true).kind, 'deliver');
});

test('says for how many it waits, and why the group is paused', () => {
  const why = (extra: Partial<Assignment>) => {
    const step = nextStep(running(extra), null, false);
    return step.kind === 'wait' ? step.why : step.kind;
  };
  const members = { what: 'members', here: 1, needed: 4, missing: null } as const;
  assert.equal(why({ round: null, waiting: members }), 'the next round: 1 of 4 members needed are here');
  const contributions = { what: 'contributions', here: 2, needed: 3, missing: null } as const;
  assert.equal(
    why({ round: round(3, 2, true), waiting: contributions }),
    'the others: 2 of 3 contributions are in',
  );
  assert.match(why({ state: 'paused', pausedReason: 'paused by otto' }), /again \(paused by otto\)$/);
  assert.equal(why({ round: null }), 'the next round');
});

test('waits without a round, without its checkpoint, and in every state but running', () => {
  assert.equal(nextStep(running({ round: null }), null, false).kind, 'wait');
  assert.equal(nextStep(running({ checkpoint: checkpoint(1) }), null, false).kind, 'wait');
  assert.equal(nextStep(running({ checkpoint: null }), null, false).kind, 'wait');
  for (const state of ['draft', 'ready', 'paused'] as const) {
    const step = nextStep(running({ state }), trained(3, 2), true);
    assert.ok(step.kind === 'wait' && step.why.length > 0, state);
  }
});

test('a completed group ends it, whatever else is so', () => {
  const any = fc.tuple(fc.boolean(), fc.option(fc.constant(trained(3, 2))), fc.boolean());
  fc.assert(
    fc.property(any, ([hasRound, mark, pending]) => {
      const assignment = running({ state: 'completed', round: hasRound ? round(3, 2) : null });
      assert.equal(nextStep(assignment, mark, pending).kind, 'finish');
    }),
  );
});
