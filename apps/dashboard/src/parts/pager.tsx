// Turning the pages of a listing that is read with cursors: forward by the answer's `next`, back by those that were passed.
import { useState } from 'preact/hooks';
import { count } from '../format/numbers.ts';

export interface Pages {
  readonly cursor: string | undefined;
  /** How many pages lie before. */
  readonly before: number;
  readonly forward: (next: string) => void;
  readonly back: () => void;
  readonly reset: () => void;
}

export function usePages(): Pages {
  const [passed, setPassed] = useState<readonly string[]>([]);
  return {
    cursor: passed.at(-1),
    before: passed.length,
    forward: (next) => setPassed([...passed, next]),
    back: () => setPassed(passed.slice(0, -1)),
    reset: () => setPassed([]),
  };
}

interface PagerProps {
  readonly pages: Pages;
  readonly next: string | null;
  /** Null where they are more than the coordinator counts. */
  readonly total: number | null;
  readonly shown: number;
  /** Takes an s. */
  readonly noun: string;
  readonly plural?: string;
}

/** Nothing, where all stands on one page. */
export function Pager({ pages, next, total, shown, noun, plural = `${noun}s` }: PagerProps) {
  if (next === null && pages.before === 0) return null;
  return (
    <nav class="pager" aria-label={`Pages of ${plural}`}>
      <button type="button" class="small" disabled={pages.before === 0} onClick={pages.back}>
        Back
      </button>
      <button
        type="button"
        class="small"
        disabled={next === null}
        onClick={() => next !== null && pages.forward(next)}
      >
        More
      </button>
      <span class="quiet">
        page {pages.before + 1}, {count(shown)} of {total === null ? 'more than 10,000' : count(total)}{' '}
        {plural}
      </span>
    </nav>
  );
}
