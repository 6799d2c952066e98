// A dialog that asks for a change: its fields, why the last try was refused, and the two buttons at its foot.
import type { ComponentChildren } from 'preact';
import type { Change } from '../api/change.ts';
import { Dialog } from './dialog.tsx';
import { TroubleNote } from './trouble-note.tsx';

interface FormDialogProps {
  readonly title: string;
  /** On the button: a verb. */
  readonly action: string;
  /** On it while the change is under way. */
  readonly acting?: string;
  readonly isDangerous?: boolean;
  readonly change: Pick<Change<readonly []>, 'busy' | 'trouble'>;
  readonly submit: () => Promise<unknown>;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}

export function FormDialog({
  title,
  action,
  acting = 'Working…',
  isDangerous = false,
  change: { busy, trouble },
  submit,
  onClose,
  children,
}: FormDialogProps) {
  const onSubmit = (event: Event) => {
    event.preventDefault();
    void submit();
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <form onSubmit={onSubmit}>
        {children}
        <TroubleNote trouble={trouble} />
        <footer>
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class={isDangerous ? 'danger' : 'main'} disabled={busy}>
            {busy ? acting : action}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
