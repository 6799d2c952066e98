// A question before a change that can't be taken back, or that others notice.
import type { ComponentChildren } from 'preact';
import { useChange } from '../api/change.ts';
import { announce } from './announcer.tsx';
import { Dialog } from './dialog.tsx';
import { TroubleNote } from './trouble-note.tsx';

interface ConfirmProps {
  readonly title: string;
  /** On the button: a verb. */
  readonly action: string;
  readonly isDangerous?: boolean;
  readonly change: () => Promise<unknown>;
  /** Told to screen readers once it is done. */
  readonly done: string;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}

export function Confirm({
  title,
  action,
  isDangerous = false,
  change,
  done,
  onClose,
  children,
}: ConfirmProps) {
  const { busy, trouble, run } = useChange(change);
  const submit = async (event: Event) => {
    event.preventDefault();
    if (!(await run())) return;
    announce(done);
    onClose();
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <form onSubmit={submit}>
        {children}
        <TroubleNote trouble={trouble} />
        <footer>
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class={isDangerous ? 'danger' : 'main'} disabled={busy}>
            {busy ? 'Working…' : action}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
