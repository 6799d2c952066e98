// A question before a change that can't be taken back, or that others notice.
import type { ComponentChildren } from 'preact';
import { useChange } from '../api/change.ts';
import { announce } from './announcer.tsx';
import { FormDialog } from './form-dialog.tsx';

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

export function Confirm({ change, done, onClose, ...shown }: ConfirmProps) {
  const changing = useChange(change);
  const submit = async () => {
    if (!(await changing.run())) return;
    announce(done);
    onClose();
  };
  return <FormDialog {...shown} change={changing} submit={submit} onClose={onClose} />;
}
