// What a group is set to, section by section, each field with what it does and when a change of it takes effect.
import type { TaskGroup } from '@colora/protocol/entities';
import { useMemo, useState } from 'preact/hooks';
import { isAdmin } from '../../../api/session.ts';
import { spaced } from '../../../format/words.ts';
import { Facts } from '../../../parts/facts.tsx';
import { settingsSections, textAt } from '../../../settings/draft.ts';
import { SettingsForm } from './settings-form.tsx';

export function SettingsSection({ group, again }: { readonly group: TaskGroup; readonly again: () => void }) {
  const [changing, setChanging] = useState(false);
  const done = () => {
    setChanging(false);
    again();
  };
  if (changing) return <SettingsForm group={group} onDone={done} />;
  return (
    <div class="stack">
      <div class="head">
        <p class="quiet">
          {group.nextSettings === null
            ? 'A round keeps the settings that it opened with.'
            : 'Some of these change once the live round is over.'}
        </p>
        {isAdmin.value && (
          <div class="actions">
            <button type="button" onClick={() => setChanging(true)}>
              Change
            </button>
          </div>
        )}
      </div>
      <Shown group={group} />
    </div>
  );
}

function Shown({ group }: { readonly group: TaskGroup }) {
  const { kind } = group.settings.task;
  const sections = useMemo(() => settingsSections(kind), [kind]);
  return (
    <div class="columns">
      {sections.map(({ name, rows }) => {
        const set = rows.filter(({ path }) => textAt(group.settings, path) !== '');
        return set.length === 0 ? null : (
          <section key={name} class="panel" aria-label={spaced(name)}>
            <h2>{spaced(name)}</h2>
            <Facts
              wide
              facts={set.map((row) => [
                spaced(row.name),
                <span key={row.path} title={row.about}>
                  <bdi>{shortened(textAt(group.settings, row.path))}</bdi>
                </span>,
              ])}
            />
          </section>
        );
      })}
    </div>
  );
}

const most = 400;
const shortened = (text: string) => (text.length > most ? `${text.slice(0, most)}…` : text);
