// Who may join a group: asked where one is made, and where its settings are changed.
import type { TaskGroup } from '@colora/protocol/entities';
import { Field } from '../parts/field.tsx';

interface AccessFieldProps {
  readonly access: TaskGroup['access'];
  readonly onChange: (access: TaskGroup['access']) => void;
}

export function AccessField({ access, onChange }: AccessFieldProps) {
  return (
    <Field label="Who may join">
      {(attributes) => (
        <select
          {...attributes}
          value={access}
          onChange={(event) => onChange(event.currentTarget.value === 'open' ? 'open' : 'invitation')}
        >
          <option value="invitation">who has an invitation</option>
          <option value="open">whoever reaches the coordinator</option>
        </select>
      )}
    </Field>
  );
}
