// The fields of some of a group's settings, each with what it does and what it may be.

import { spaced } from '../format/words.ts';
import { Field } from '../parts/field.tsx';
import type { Row, Texts } from './draft.ts';

interface SettingsFieldsProps {
  readonly rows: readonly Row[];
  /** As they are where nobody changes them. */
  readonly textOf: (path: string) => string;
  readonly texts: Texts;
  /** By path, where something is. */
  readonly wrong: Texts;
  readonly onInput: (path: string, text: string) => void;
}

export function SettingsFields({ rows, textOf, texts, wrong, onInput }: SettingsFieldsProps) {
  return (
    <div class="fields">
      {rows.map((row) => {
        const { path, name, takes, choices, about, range } = row;
        const value = texts[path] ?? textOf(path);
        const options = takes === 'boolean' ? ['true', 'false'] : choices;
        return (
          <Field
            key={path}
            label={spaced(name)}
            hint={range === null ? about : `${about} (${range})`}
            wrong={wrong[path] ?? null}
          >
            {(attributes) =>
              options === null ? (
                <input
                  {...attributes}
                  dir="auto"
                  inputMode={takes === 'integer' || takes === 'number' ? 'decimal' : undefined}
                  value={value}
                  placeholder="as usual"
                  onInput={(event) => onInput(path, event.currentTarget.value)}
                />
              ) : (
                <select
                  {...attributes}
                  value={value}
                  onChange={(event) => onInput(path, event.currentTarget.value)}
                >
                  <option value="">as usual</option>
                  {options.map((option) => (
                    <option key={option} value={option}>
                      {option === 'true' ? 'yes' : option === 'false' ? 'no' : option}
                    </option>
                  ))}
                </select>
              )
            }
          </Field>
        );
      })}
    </div>
  );
}
