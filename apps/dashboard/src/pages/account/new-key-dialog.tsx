// A new API key: what it may do, for which groups, how long; its text, shown once.
import type { Role } from '@colora/protocol/accounts/roles';
import { useState } from 'preact/hooks';
import { useChange } from '../../api/change.ts';
import { call } from '../../api/client.ts';
import { announce } from '../../parts/announcer.tsx';
import { Command } from '../../parts/command.tsx';
import { Field } from '../../parts/field.tsx';
import { FormDialog } from '../../parts/form-dialog.tsx';
import { ShownOnce } from '../../parts/shown-once.tsx';

const day = 24 * 3600;

export function NewKeyDialog({ onClose }: { readonly onClose: () => void }) {
  const [role, setRole] = useState<Role>('operator');
  const [name, setName] = useState('');
  const [groups, setGroups] = useState('');
  const [days, setDays] = useState('');
  const [made, setMade] = useState<string | null>(null);
  const change = useChange(async () => {
    const named = groups.split(/[,\s]+/).filter((group) => group !== '');
    const { key } = await call('createKey', {
      body: {
        role,
        name: name.trim(),
        ...(named.length === 0 ? {} : { groups: named }),
        ...(days === '' ? {} : { expiresInSeconds: Math.round(Number(days) * day) }),
      },
    });
    setMade(key);
    announce('The key is made');
  });
  if (made !== null)
    return (
      <ShownOnce title={`The key of ${name}`} onClose={onClose}>
        <p>It is shown now and never again.</p>
        <Command text={made} label="key" />
      </ShownOnce>
    );
  return (
    <FormDialog
      title="New key"
      action="Make the key"
      acting="Making…"
      change={change}
      submit={change.run}
      onClose={onClose}
    >
      <Field label="Role" hint="Admins do everything, operators keep groups running, participants train.">
        {(attributes) => (
          <select
            {...attributes}
            value={role}
            onChange={(event) => setRole(event.currentTarget.value as Role)}
          >
            <option value="operator">operator</option>
            <option value="admin">admin</option>
            <option value="participant">participant</option>
          </select>
        )}
      </Field>
      <Field label="Name" hint="Whose it is, in small letters: it stands in the audit trail.">
        {(attributes) => (
          <input
            {...attributes}
            required
            maxLength={63}
            dir="auto"
            value={name}
            onInput={(event) => setName(event.currentTarget.value)}
          />
        )}
      </Field>
      <Field label="Groups" hint="With commas between; empty: all.">
        {(attributes) => (
          <input
            {...attributes}
            dir="auto"
            value={groups}
            onInput={(event) => setGroups(event.currentTarget.value)}
          />
        )}
      </Field>
      <Field label="Days until it ends" hint="Empty: never.">
        {(attributes) => (
          <input
            {...attributes}
            type="number"
            min={1}
            max={3650}
            value={days}
            onInput={(event) => setDays(event.currentTarget.value)}
          />
        )}
      </Field>
    </FormDialog>
  );
}
