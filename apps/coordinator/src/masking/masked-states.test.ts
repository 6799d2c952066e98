// When a masked round may go on, over random graphs and random people who do their part or not.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Graph, reachedOf } from '@colora/privacy/masking/graph';
import { maskingPhaseSchema } from '@colora/protocol/masking/masking';
import fc from 'fast-check';
import { type Progress, revealsOf, statusOf, wantedSecrets } from './masked-states.ts';

interface Made {
  readonly graph: Graph;
  readonly shared: ReadonlySet<number>;
  readonly sent: ReadonlySet<number>;
  readonly signed: ReadonlySet<number>;
  readonly revealed: ReadonlySet<number>;
}

/** A graph of up to ten members, each of whom does what those before let her, or not. */
const rounds: fc.Arbitrary<Made> = fc
  .integer({ min: 3, max: 10 })
  .chain((members) =>
    fc.record({
      members: fc.constant(members),
      reach: fc.integer({ min: 1, max: Math.ceil(members / 2) }),
      threshold: fc.integer({ min: 2, max: members - 1 }),
      does: fc.array(fc.tuple(...new Array(4).fill(fc.boolean())), {
        minLength: members,
        maxLength: members,
      }),
    }),
  )
  .map(({ members, reach, threshold, does }) => {
    const neighbours = does.map((_, one) =>
      does.flatMap((_, other) => {
        const apart = Math.min((one - other + members) % members, (other - one + members) % members);
        return apart > 0 && apart <= reach ? [other] : [];
      }),
    );
    const graph = { members, threshold, neighbours };
    const those = (among: Iterable<number>, step: number) =>
      new Set([...among].filter((member) => does[member]![step]));
    const shared = those(neighbours.keys(), 0);
    const sent = those(reachedOf(graph, [...shared]), 1);
    const signed = those(sent, 2);
    return { graph, shared, sent, signed, revealed: those(signed, 3) };
  });

const needed = 3;
const until = new Date(0);
const count = (of: readonly number[], among: ReadonlySet<number>) =>
  of.filter((one) => among.has(one)).length;

test('a phase has enough exactly where every secret that takes the masks off can be rebuilt by those left', () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(rounds, ({ graph, shared, sent, signed, revealed }) => {
      const sharers = new Set(reachedOf(graph, [...shared]));
      for (const phase of maskingPhaseSchema.options) {
        const told = new Map([...revealed].map((one) => [one, new Set(graph.neighbours[one])]));
        const fixed = { sharers, senders: sent, signers: signed };
        const progress: Progress = { phase, shared, sent, signed, revealed: told, ...fixed };
        const { isEnough, isComplete } = statusOf(graph, progress, { needed, until });
        const holders = { sharing: null, masking: sent, signing: signed, revealing: revealed }[phase];
        const rebuilt =
          holders === null
            ? sharers.size >= needed
            : [...sharers].every((one) => {
                const isWanted = sent.has(one) || count(graph.neighbours[one]!, sent) > 0;
                return !isWanted || count(graph.neighbours[one]!, holders) >= graph.threshold;
              }) &&
              (phase !== 'masking' || sent.size >= needed);
        assert.equal(isEnough, rebuilt, phase);
        const [all, done] = {
          sharing: [graph.neighbours.length, shared.size],
          masking: [sharers.size, sent.size],
          signing: [sent.size, signed.size],
          revealing: [signed.size, revealed.size],
        }[phase] as [number, number];
        assert.equal(isComplete, all === done);
        seen.add(`${phase} ${isEnough}`);
      }
    }),
    { numRuns: 2000 },
  );
  assert.equal(seen.size, 8);
});

test('nobody is asked for both secrets of one neighbour, and all that is wanted is asked of every neighbour', () => {
  fc.assert(
    fc.property(rounds, ({ graph, shared, sent }) => {
      const fixed = { sharers: new Set(reachedOf(graph, [...shared])), senders: sent };
      const wanted = new Map(wantedSecrets(graph, fixed).map(({ of, what }) => [of, what]));
      for (const one of sent) {
        const asked = revealsOf(graph, fixed, one);
        assert.equal(new Set(asked.map(({ of }) => of)).size, asked.length);
        for (const { of, what } of asked) {
          assert.ok(graph.neighbours[one]!.includes(of) && fixed.sharers.has(of));
          assert.equal(what, sent.has(of) ? 'self' : 'key');
        }
        for (const of of graph.neighbours[one]!)
          if (wanted.has(of)) assert.ok(asked.some((each) => each.of === of && each.what === wanted.get(of)));
      }
    }),
  );
});
