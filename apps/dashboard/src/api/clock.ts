// What time it is by the coordinator's clock, whatever the browser's shows: learned from the Date of its answers. Every time on
// the page is set against this one.
import { computed, signal } from '@preact/signals';

/** Milliseconds that the coordinator's clock is ahead of the browser's. */
const ahead = signal(0);
/** Answers tell whole seconds, and take a while: less than this is no difference. */
const leastMs = 3_000;

const ticked = signal(Date.now());

/** The coordinator's time, moving once a second while the page is seen. */
export const now = computed(() => ticked.value + ahead.value);

/** Whether the browser's clock is so wrong that somebody should be told. */
export const clockOff = computed(() =>
  Math.abs(ahead.value) > 60_000 ? Math.round(-ahead.value / 1000) : null,
);

/** Of an answer that was asked for at `askedAt` by the browser's clock. */
export function heardTime(date: string | null, askedAt: number): void {
  const told = Date.parse(date ?? '');
  if (Number.isNaN(told)) return;
  const difference = told + 500 - (askedAt + Date.now()) / 2;
  ahead.value = Math.abs(difference) < leastMs ? 0 : difference;
}

function tick(): void {
  if (!document.hidden) ticked.value = Date.now();
}

setInterval(tick, 1000);
document.addEventListener('visibilitychange', tick);
