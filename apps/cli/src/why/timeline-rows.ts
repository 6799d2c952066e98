// How a round went, member by member, as rows of a table: times are those since it opened.
import { spanText } from '@colora/protocol/deadlines/span-text';
import type { Passage, Timeline } from '@colora/protocol/why/timeline';
import type { Cell } from '../terminal/output.ts';

export const timelineHeader = [
  'participant',
  'drawn',
  'joined',
  'downloaded',
  'trained',
  'uploaded',
  'counted',
  'outcome',
];

export function timelineRows({ openedAt, items }: Timeline): Cell[][] {
  const after = (at: string | null) => sinceText(openedAt, at);
  const inOrder = [...items].sort((one, other) => placeOf(one) - placeOf(other));
  return inOrder.map((item) => [
    item.participant,
    ...[item.drawnAt, item.joinedAt, item.downloadedAt, item.trainedAt, item.uploadedAt, item.countedAt].map(
      after,
    ),
    outcomeText(item),
  ]);
}

/** Who contributed first, in that order; the others by name, as they come. */
function placeOf({ countedAt }: Passage): number {
  return countedAt === null ? Number.MAX_SAFE_INTEGER : Date.parse(countedAt);
}

/** "closing after 4 min, closed after 4 min; bob was the last, after 3 min". */
export function endText({ openedAt, closingAt, closedAt, last, state }: Timeline): string | null {
  const after = (at: string) => spanText(secondsBetween(openedAt, at));
  const parts = [
    ...(last === null ? [] : [`${last.participant} was the last, ${after(last.at)} after it opened`]),
    ...(closingAt === null ? [] : [`closing began after ${after(closingAt)}`]),
    ...(closedAt === null ? [] : [`${state} after ${after(closedAt)}`]),
  ];
  return parts.length === 0 ? null : parts.join('; ');
}

function outcomeText({ outcome, countsIn, madeFor, refused }: Passage): string {
  switch (outcome) {
    case 'late':
      return `late: counts in round ${countsIn}`;
    case 'earlier':
      return `made for round ${madeFor}`;
    case 'refused':
      return `refused: ${refused?.code}`;
    default:
      return outcome;
  }
}

/** "+40 s"; what came at the very beginning is "+0 s". */
function sinceText(openedAt: string, at: string | null): string | null {
  if (at === null) return null;
  const seconds = secondsBetween(openedAt, at);
  return seconds < 0.5 ? '+0 s' : `+${spanText(seconds)}`;
}

function secondsBetween(from: string, to: string): number {
  return Math.max(0, (Date.parse(to) - Date.parse(from)) / 1000);
}
