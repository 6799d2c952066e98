// What a page shows of the coordinator, kept as it is there: asked for when the page opens, when a hint says that it changed, when
// the socket comes or goes, when the tab is back, and every now and then in any case. What came last stays in view while nothing newer comes.
import type { ReadonlySignal } from '@preact/signals';
import { useEffect, useState } from 'preact/hooks';
import { hinted, outage } from './connection.ts';
import { type Hint, onHint } from './hints.ts';
import { type Trouble, troubleOf } from './trouble.ts';

export interface Live<Value> {
  /** Undefined until the first answer. */
  readonly value: Value | undefined;
  /** Of the last try; null once one succeeded. */
  readonly trouble: Trouble | null;
  /** Asks again now. */
  readonly again: () => void;
}

interface LiveOptions {
  /** Which hints are about it. */
  readonly hears?: (hint: Hint) => boolean;
  /** Seconds after which it is asked for again, with hints and without; once: neither. */
  readonly every?: { readonly hinted: number; readonly alone: number } | 'once';
}

const usual = { hinted: 60, alone: 5 };
/** After a hint: many come at once when a round closes. */
const gatherMs = 300;
/** While the coordinator doesn't answer. */
const outageSeconds = 4;

/** The last answers, so that going back shows a page at once. */
const remembered = new Map<string, unknown>();
const mostRemembered = 60;

export function forgetAnswers(): void {
  remembered.clear();
}

/** `name` says all that `load` depends on: another name is another thing. */
export function useLive<Value>(
  name: string,
  load: (signal: AbortSignal) => Promise<Value>,
  { hears = () => false, every = usual }: LiveOptions = {},
): Live<Value> {
  const [state, setState] = useState<{ name: string; value: Value | undefined; trouble: Trouble | null }>(
    () => ({
      name,
      value: remembered.get(name) as Value | undefined,
      trouble: null,
    }),
  );
  const [asked, setAsked] = useState(0);

  useEffect(() => {
    const life = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let busy = false;
    let wanted = false;
    const plan = (ms: number) => {
      clearTimeout(timer);
      if (!life.signal.aborted) timer = setTimeout(ask, ms);
    };
    const ask = async () => {
      clearTimeout(timer);
      if (document.hidden && remembered.has(name)) return; // asked when it is seen again
      if (busy) {
        wanted = true;
        return;
      }
      busy = true;
      wanted = false;
      try {
        const value = await load(life.signal);
        if (life.signal.aborted) return;
        remember(name, value);
        setState({ name, value, trouble: null });
      } catch (error) {
        if (life.signal.aborted) return;
        const trouble = troubleOf(error);
        setState((last) => ({ name, value: last.name === name ? last.value : undefined, trouble }));
      } finally {
        busy = false;
      }
      if (wanted) plan(gatherMs);
      else if (outage.value !== null) plan(outageSeconds * 1000);
      else if (every !== 'once') plan(1000 * secondsOf(every, hinted));
    };
    const stop = onHint((hint) => {
      if (hint !== 'line' && !hears(hint)) return;
      if (busy)
        wanted = true; // what is under way may be older than the hint
      else plan(gatherMs * (1 + Math.random()));
    });
    const wake = () => {
      if (!document.hidden) void ask();
    };
    document.addEventListener('visibilitychange', wake);
    window.addEventListener('online', wake);
    void ask();
    return () => {
      life.abort();
      clearTimeout(timer);
      stop();
      document.removeEventListener('visibilitychange', wake);
      window.removeEventListener('online', wake);
    };
  }, [name, asked]);

  const here = state.name === name;
  return {
    value: here ? state.value : (remembered.get(name) as Value | undefined),
    trouble: here ? state.trouble : null,
    again: () => setAsked((times) => times + 1),
  };
}

const secondsOf = (every: typeof usual, withHints: ReadonlySignal<boolean>) =>
  withHints.value ? every.hinted : every.alone;

function remember(name: string, value: unknown): void {
  remembered.delete(name);
  remembered.set(name, value);
  if (remembered.size > mostRemembered) remembered.delete(remembered.keys().next().value!);
}

/** Hints about a group. */
export const about = (group: string) => (hint: Hint) => hint.group === group;
