// A change that somebody asks for by a button: under way, done, or refused with the reason. What it changes is its caller's.
import { useState } from 'preact/hooks';
import { type Trouble, troubleOf } from './trouble.ts';

export interface Change<Given extends readonly unknown[]> {
  readonly busy: boolean;
  readonly trouble: Trouble | null;
  /** True when it was done. */
  readonly run: (...given: Given) => Promise<boolean>;
  readonly reset: () => void;
}

export function useChange<Given extends readonly unknown[]>(
  change: (...given: Given) => Promise<unknown>,
): Change<Given> {
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  return {
    busy,
    trouble,
    reset: () => setTrouble(null),
    async run(...given) {
      if (busy) return false;
      setBusy(true);
      setTrouble(null);
      try {
        await change(...given);
        return true;
      } catch (error) {
        setTrouble(troubleOf(error));
        return false;
      } finally {
        setBusy(false);
      }
    },
  };
}
