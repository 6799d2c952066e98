// What was made and is shown now only: a key, a link.
import type { ComponentChildren } from 'preact';
import { Dialog } from './dialog.tsx';

interface ShownOnceProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}

export function ShownOnce({ title, onClose, children }: ShownOnceProps) {
  return (
    <Dialog title={title} onClose={onClose}>
      <div class="stack">
        {children}
        <footer>
          <button type="button" class="main" onClick={onClose}>
            Done
          </button>
        </footer>
      </div>
    </Dialog>
  );
}
