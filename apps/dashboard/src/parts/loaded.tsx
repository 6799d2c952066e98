// What is shown of something that has to come first: a place held open until it does, its trouble, or itself.
import type { ComponentChildren } from 'preact';
import type { Live } from '../api/live.ts';
import { TroubleNote } from './trouble-note.tsx';

interface LoadedProps<Value> {
  readonly live: Live<Value>;
  /** What is coming, in words: "the rounds". */
  readonly what: string;
  /** As high as it will be, about, so that nothing below it leaps; lines of text. */
  readonly lines?: number;
  readonly children: (value: Value) => ComponentChildren;
}

export function Loaded<Value>({ live, what, lines = 3, children }: LoadedProps<Value>) {
  const { value, trouble } = live;
  if (value === undefined)
    return trouble !== null ? (
      <TroubleNote trouble={trouble} />
    ) : (
      <div class="waiting" style={{ minHeight: `${1.6 * lines}rem` }} role="status">
        <span>Loading {what}…</span>
      </div>
    );
  const isOurs = trouble !== null && trouble.kind !== 'away' && trouble.kind !== 'unreachable'; // the banner tells those
  return (
    <>
      {isOurs && <TroubleNote trouble={trouble} />}
      {children(value)}
    </>
  );
}
