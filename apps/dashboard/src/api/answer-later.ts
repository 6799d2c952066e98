// The coordinator's opinion of what somebody is filling in, asked for once she pauses: it changes nothing there.
import { useEffect, useState } from 'preact/hooks';
import { type Trouble, troubleOf } from './trouble.ts';

/** After the last key. */
const quietMs = 500;

/**
 * `asked` says all that the answer depends on; null while there is nothing sound to ask. The last answer stays until the next one
 * comes; null before the first.
 */
export function useAnswerLater<Answer>(
  asked: string | null,
  ask: (signal: AbortSignal) => Promise<Answer>,
): { readonly answer: Answer | null; readonly trouble: Trouble | null } {
  const [answer, setAnswer] = useState<Answer | null>(null);
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  useEffect(() => {
    setTrouble(null); // it was of what was asked before
    if (asked === null) return;
    const life = new AbortController();
    const timer = setTimeout(async () => {
      try {
        const came = await ask(life.signal);
        if (life.signal.aborted) return;
        setAnswer(came);
      } catch (error) {
        if (!life.signal.aborted) setTrouble(troubleOf(error));
      }
    }, quietMs);
    return () => {
      clearTimeout(timer);
      life.abort();
    };
  }, [asked]);
  return { answer, trouble };
}
