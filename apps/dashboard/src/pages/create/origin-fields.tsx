// What a new group is called, who may join it and what it begins from: the fields above its settings.
import type { TaskGroup } from '@colora/protocol/entities';
import { Field } from '../../parts/field.tsx';
import { AccessField } from '../../settings/access-field.tsx';
import { type Beginning, beginnings, beginningWords } from './beginnings.ts';
import { mayGiveLatest, type Which } from './source-checkpoint.ts';

export interface Origin {
  /** The name, blanks around it included. */
  readonly typed: string;
  readonly access: TaskGroup['access'];
  readonly sourceName: string;
  readonly which: Which;
  readonly beginning: Beginning;
}

interface OriginFieldsProps {
  readonly origin: Origin;
  readonly source: TaskGroup;
  readonly sources: readonly TaskGroup[];
  readonly wrongName: string | null;
  readonly onChange: (change: Partial<Origin>) => void;
}

export function OriginFields({ origin, source, sources, wrongName, onChange }: OriginFieldsProps) {
  const { settings } = source;
  return (
    <div class="fields">
      <Field label="Name" hint="Small letters and digits of any script, with . _ - between" wrong={wrongName}>
        {(attributes) => (
          <input
            {...attributes}
            required
            dir="auto"
            autocomplete="off"
            value={origin.typed}
            onInput={(event) => onChange({ typed: event.currentTarget.value })}
          />
        )}
      </Field>
      <AccessField access={origin.access} onChange={(access) => onChange({ access })} />
      <Field label="Begin from the group" hint={`${settings.baseModel.name}, ${settings.task.kind}`}>
        {(attributes) => (
          <select
            {...attributes}
            value={source.name}
            onChange={(event) => onChange({ sourceName: event.currentTarget.value })}
          >
            {sources.map(({ name }) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        )}
      </Field>
      <Field
        label="With its checkpoint"
        hint={
          mayGiveLatest(source)
            ? 'This browser fetches it and sends it back'
            : 'Its later ones hold rows of clusters or controls, which are its members’'
        }
      >
        {(attributes) => (
          <select
            {...attributes}
            value={origin.which}
            onChange={(event) =>
              onChange({ which: event.currentTarget.value === 'latest' ? 'latest' : 'first' })
            }
          >
            <option value="first">the first: nothing is learnt yet</option>
            <option value="latest" disabled={!mayGiveLatest(source)}>
              the latest: what it has learnt goes on
            </option>
          </select>
        )}
      </Field>
      <Field label="Settings" hint={`${beginningWords(origin.beginning)}. What you fill in wins.`}>
        {(attributes) => (
          <select
            {...attributes}
            value={origin.beginning}
            onChange={(event) => onChange({ beginning: event.currentTarget.value as Beginning })}
          >
            {beginnings.map((one) => (
              <option key={one} value={one}>
                {one === 'same' ? `those of ${source.name}` : one}
              </option>
            ))}
          </select>
        )}
      </Field>
    </div>
  );
}
