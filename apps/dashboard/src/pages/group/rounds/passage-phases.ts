// A member's passage through a round as phases one after the other, of the marks that were noted of it. Which marks there are is the
// coordinator's affair: each may be missing, and a phase without an end goes on.
import type { Passage } from '@colora/protocol/why/timeline';

export interface Phase {
  readonly phase: 'asked' | 'downloading' | 'training' | 'uploading' | 'counting';
  /** Milliseconds. */
  readonly from: number;
  readonly to: number;
}

/** `end`: now, or when the round was over. What ends before it begins is left out. */
export function phasesOf(passage: Omit<Passage, 'participant'>, end: number): Phase[] {
  const { drawnAt, joinedAt, downloadAt, downloadedAt, trainedAt, uploadedAt, countedAt, refused } = passage;
  const marks = [
    ['asked', drawnAt],
    ['downloading', downloadAt],
    ['training', downloadedAt ?? joinedAt],
    ['uploading', trainedAt],
    ['counting', uploadedAt],
    [null, countedAt ?? refused?.at ?? null],
  ] as const;
  const told = marks.filter(([, at]) => at !== null).map(([phase, at]) => ({ phase, at: Date.parse(at!) }));
  return told.flatMap(({ phase, at }, index) => {
    const to = told[index + 1]?.at ?? end;
    return phase === null || to < at ? [] : [{ phase, from: at, to }];
  });
}
