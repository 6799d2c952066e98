// The round's table and its next step, over all situations fast-check can think of.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GroupState, RoundState } from '@colora/protocol/entities';
import { maskingPhaseSchema } from '@colora/protocol/masking/masking';
import fc from 'fast-check';
import { causeOf, isOver, mayMove, nextStep, type Situation, transitions } from './round-states.ts';

const states = Object.keys(transitions) as RoundState[];
const now = new Date('2026-01-01T00:00:00Z');
const instant = fc.integer({ min: -5, max: 5 }).map((seconds) => new Date(now.getTime() + seconds * 1000));

const situations: fc.Arbitrary<Situation> = fc.record({
  group: fc.record({
    state: fc.constantFrom<GroupState[]>('draft', 'ready', 'running', 'paused', 'completed'),
    hasCheckpoint: fc.boolean(),
    committedRounds: fc.nat(4),
  }),
  rules: fc.record({
    count: fc.integer({ min: 1, max: 4 }),
    participants: fc.integer({ min: 1, max: 4 }),
    quorum: fc.integer({ min: 1, max: 4 }),
    retries: fc.nat(2),
    mode: fc.constantFrom<('synchronous' | 'buffered')[]>('synchronous', 'buffered'),
  }),
  available: fc.nat(5),
  isAwaited: fc.boolean(),
  isStopped: fc.boolean(),
  isSpent: fc.boolean(),
  round: fc.option(
    fc.record({
      state: fc.constantFrom(...states),
      contributions: fc.nat(5),
      wanted: fc.integer({ min: 1, max: 5 }),
      retries: fc.nat(2),
      deadlineAt: instant,
      closerUntil: fc.option(instant),
      masked: fc.option(
        fc.record({
          phase: fc.constantFrom(...maskingPhaseSchema.options),
          until: instant,
          isComplete: fc.boolean(),
          isEnough: fc.boolean(),
        }),
      ),
    }),
  ),
});

/** Of a round that is not masked, or none; masked ones have causes of their own. */
const isPlain = ({ round }: Situation) => round === null || round.masked === null;
const checkPlain = (property: (situation: Situation) => void) =>
  fc.assert(fc.property(situations.filter(isPlain), property));
const check = (property: (situation: Situation) => void) => fc.assert(fc.property(situations, property));

test('from every state a round can end, and nothing leaves an end', () => {
  const ends = (state: RoundState): boolean => isOver(state) || transitions[state].some(ends);
  for (const state of states) assert.ok(ends(state), state);
  assert.deepEqual(states.filter(isOver), ['committed', 'failed']);
  for (const state of states) assert.equal(mayMove('committed', state), false);
});

test('a group that does not run is told so, and waits, unless its round is being closed', () => {
  check((situation) => {
    const cause = causeOf(situation, now);
    if (cause === 'not-running') assert.equal(nextStep(situation, now), 'wait');
    const isClosing = situation.round?.state === 'aggregating';
    assert.equal(cause === 'not-running', situation.group.state !== 'running' && !isClosing);
  });
});

test('a step is only proposed where the table allows it', () => {
  check((situation) => {
    const state = situation.round?.state ?? 'committed';
    const step = nextStep(situation, now);
    if (step === 'open') assert.ok(isOver(state));
    if (step === 'retry' || step === 'pause') assert.equal(state, 'collecting');
    if (step === 'close') assert.ok(mayMove(state, 'aggregating') || state === 'aggregating');
  });
});

test('no round opens without a checkpoint, enough members online, rounds left and room in the budget', () => {
  check((situation) => {
    if (nextStep(situation, now) !== 'open') return;
    const { group, rules, available, isStopped, isSpent } = situation;
    assert.ok(!isStopped && !isSpent);
    assert.ok(group.state === 'running' && group.hasCheckpoint);
    const begun = rules.mode === 'buffered' && group.committedRounds > 0;
    assert.ok((available >= rules.participants || begun) && group.committedRounds < rules.count);
  });
});

test('collecting ends only when complete, or with a quorum that nobody is left to add to or that is late', () => {
  checkPlain((situation) => {
    const { round, rules, isAwaited } = situation;
    if (round?.state !== 'collecting' || nextStep(situation, now) !== 'close') return;
    const complete = round.contributions >= round.wanted;
    const late = round.deadlineAt <= now;
    const left = !isAwaited && rules.mode === 'synchronous';
    assert.ok(complete || ((late || left) && round.contributions >= rules.quorum));
  });
});

test('a late round of a running group waits only for somebody to ask', () => {
  checkPlain((situation) => {
    const { round, group, rules, available } = situation;
    if (group.state !== 'running' || round?.state !== 'collecting' || round.deadlineAt > now) return;
    if (nextStep(situation, now) !== 'wait') return;
    assert.ok(available + round.contributions < rules.quorum && round.retries < rules.retries);
  });
});

test('without its quorum a round is tried again as often as the rules say, then the group pauses', () => {
  checkPlain((situation) => {
    const { round, rules } = situation;
    const step = nextStep(situation, now);
    if (step !== 'retry' && step !== 'pause') return;
    assert.ok(round !== null && round.contributions < rules.quorum && round.deadlineAt <= now);
    assert.equal(step === 'pause', round.retries >= rules.retries);
  });
});

test('a complete round closes at once, whoever is missing and however much time is left', () => {
  checkPlain((situation) => {
    const { round, group } = situation;
    if (group.state !== 'running' || round?.state !== 'collecting') return;
    if (round.contributions >= round.wanted) assert.equal(nextStep(situation, now), 'close');
  });
});

test('with its quorum a synchronous round does not wait for who is gone', () => {
  checkPlain((situation) => {
    const { round, group, rules, isAwaited } = situation;
    if (group.state !== 'running' || round?.state !== 'collecting' || rules.mode === 'buffered') return;
    if (!isAwaited && round.contributions >= rules.quorum) assert.equal(nextStep(situation, now), 'close');
  });
});

/** A masked round that collects, in a running group. */
const maskedRounds = situations.filter(
  ({ round, group }) => group.state === 'running' && round?.state === 'collecting' && round.masked !== null,
);
const checkMasked = (property: (situation: Situation) => void) =>
  fc.assert(fc.property(maskedRounds, property));

test('a masked round is closed when enough was revealed, and then alone; else it fails, and is never tried again', () => {
  checkMasked((situation) => {
    const { phase, isEnough, until } = situation.round!.masked!;
    const step = nextStep(situation, now);
    assert.equal(step === 'close', phase === 'revealing' && isEnough);
    assert.equal(step === 'fail', phase === 'revealing' && !isEnough && until <= now);
    if (phase === 'revealing') assert.ok(step !== 'retry' && step !== 'pause' && step !== 'advance');
  });
});

test('a masked round goes on with enough alone: once nobody is left, or at the end of its phase', () => {
  checkMasked((situation) => {
    const { phase, isEnough, isComplete, until } = situation.round!.masked!;
    const isDue = isComplete || until <= now || (phase === 'masking' && !situation.isAwaited);
    assert.equal(nextStep(situation, now) === 'advance', phase !== 'revealing' && isEnough && isDue);
  });
});

test('a phase that came to nothing is tried again as often as the rules say, where there are enough to ask', () => {
  checkMasked((situation) => {
    const { round, rules, available } = situation;
    const { phase, isEnough, until } = round!.masked!;
    const failed = phase !== 'revealing' && !isEnough && until <= now;
    const used = round!.retries >= rules.retries;
    const step = nextStep(situation, now);
    assert.equal(step === 'pause', failed && used);
    assert.equal(step === 'retry', failed && !used && available >= rules.quorum);
  });
});

test('a paused group takes no step but finishing what aggregates', () => {
  check((situation) => {
    if (situation.group.state !== 'paused') return;
    const step = nextStep(situation, now);
    if (situation.round?.state !== 'aggregating') assert.equal(step, 'wait');
  });
});

test('a closer is replaced when its lease is over, and not before', () => {
  check((situation) => {
    const { round } = situation;
    if (round?.state !== 'aggregating') return;
    const gone = round.closerUntil === null || round.closerUntil <= now;
    assert.equal(nextStep(situation, now), gone ? 'close' : 'wait');
  });
});
