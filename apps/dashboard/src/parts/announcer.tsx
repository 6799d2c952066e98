// What screen readers are told beside what they read: one polite live region for the whole page.
import { signal } from '@preact/signals';

const said = signal('');

export function announce(text: string): void {
  said.value = said.value === text ? `${text} ` : text; // said again where it is said again
}

export function Announcer() {
  return (
    <div class="unseen" role="status" aria-live="polite">
      {said}
    </div>
  );
}
