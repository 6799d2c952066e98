// More for a group that goes on: rounds, time for the live round, another deadline for those to come.
import type { TaskGroup } from '@colora/protocol/entities';
import { useState } from 'preact/hooks';
import { useChange } from '../../../api/change.ts';
import { call } from '../../../api/client.ts';
import { announce } from '../../../parts/announcer.tsx';
import { Field } from '../../../parts/field.tsx';
import { FormDialog } from '../../../parts/form-dialog.tsx';

interface ExtendProps {
  readonly group: TaskGroup;
  readonly again: () => void;
  readonly onClose: () => void;
}

const fields = [
  ['rounds', 'More rounds', 1_000_000],
  ['seconds', 'More seconds for the live round', 604_800],
  ['deadlineSeconds', 'Deadline of later rounds, in seconds', 604_800],
] as const;

export function ExtendDialog({ group, again, onClose }: ExtendProps) {
  const [given, setGiven] = useState<Readonly<Record<string, string>>>({ rounds: '8' });
  const change = useChange(async () => {
    const body = Object.fromEntries(
      Object.entries(given)
        .filter(([, text]) => text.trim() !== '')
        .map(([name, text]) => [name, Number(text)]),
    );
    await call('extendGroup', { params: { group: group.name }, body });
    announce(`${group.name} is extended`);
    again();
    onClose();
  });
  return (
    <FormDialog
      title={`Extend ${group.name}`}
      action="Extend"
      change={change}
      submit={change.run}
      onClose={onClose}
    >
      {fields.map(([name, label, most]) => (
        <Field key={name} label={label}>
          {(attributes) => (
            <input
              {...attributes}
              type="number"
              min={1}
              max={most}
              value={given[name] ?? ''}
              placeholder={name === 'deadlineSeconds' ? String(group.settings.rounds.deadlineSeconds) : ''}
              onInput={(event) => setGiven({ ...given, [name]: event.currentTarget.value })}
            />
          )}
        </Field>
      ))}
    </FormDialog>
  );
}
