// How the coordinator is to be had just now, for the whole page: what its last answers said.
import { computed, signal } from '@preact/signals';
import type { Trouble } from './trouble.ts';

/** The last answer's trouble, where that says nothing about what was asked for; null while answers come. */
export const outage = signal<Trouble | null>(null);
/** Whether hints come by the socket; without it the page asks more often. */
export const hinted = signal(false);

export const connection = computed<'live' | 'polling' | 'away' | 'unreachable'>(() => {
  if (outage.value !== null) return outage.value.kind === 'away' ? 'away' : 'unreachable';
  return hinted.value ? 'live' : 'polling';
});
