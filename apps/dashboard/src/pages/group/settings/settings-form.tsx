// A group's settings, changed where they may be: each field says when a change of it takes effect, and what would change stands
// beside, as the coordinator says it, before it is done. If somebody else changed them meanwhile, nothing is done.
import type { TaskGroup } from '@colora/protocol/entities';
import { changeWords } from '@colora/protocol/settings/changes';
import type { TaskKind } from '@colora/protocol/task-kinds';
import type { TaskSettingsInput } from '@colora/protocol/task-settings';
import { useMemo, useState } from 'preact/hooks';
import { useAnswerLater } from '../../../api/answer-later.ts';
import { useChange } from '../../../api/change.ts';
import { call } from '../../../api/client.ts';
import { spaced } from '../../../format/words.ts';
import { announce } from '../../../parts/announcer.tsx';
import { TroubleNote } from '../../../parts/trouble-note.tsx';
import { AccessField } from '../../../settings/access-field.tsx';
import { settingsSections, type Texts, textAt, withTexts, wrongFields } from '../../../settings/draft.ts';
import { SettingsFields } from '../../../settings/settings-fields.tsx';
import { WrongNote } from '../../../settings/wrong-note.tsx';

interface SettingsFormProps {
  readonly group: TaskGroup;
  readonly onDone: () => void;
}

export function SettingsForm({ group, onDone }: SettingsFormProps) {
  // as they were when the form was opened: what others change meanwhile is told by the coordinator
  const [seen] = useState({ access: group.access, settings: group.nextSettings ?? group.settings });
  const [access, setAccess] = useState(seen.access);
  const [texts, setTexts] = useState<Texts>({});
  const { kind } = seen.settings.task;
  const sections = useMemo(() => changeableSections(kind), [kind]);
  const rows = sections.flatMap((section) => section.rows);
  const draft = withTexts(seen.settings, texts, rows);
  const settings = draft as TaskSettingsInput;
  const wrong = wrongFields(draft, rows);
  const params = { group: group.name };
  const save = useChange(async () => {
    await call('changeSettings', { params, body: { access, settings, seen } });
    announce('The settings are changed');
    onDone();
  });
  const submit = (event: Event) => {
    event.preventDefault();
    void save.run();
  };
  return (
    <form class="beside" onSubmit={submit}>
      <div class="stack">
        <section class="panel" aria-label="Who may join">
          <AccessField access={access} onChange={setAccess} />
        </section>
        {sections.map((section) => (
          <section key={section.name} class="panel" aria-label={spaced(section.name)}>
            <h2>{spaced(section.name)}</h2>
            <SettingsFields
              rows={section.rows}
              textOf={(path) => textAt(seen.settings, path)}
              texts={texts}
              wrong={wrong}
              onInput={(path, text) => setTexts({ ...texts, [path]: text })}
            />
          </section>
        ))}
      </div>
      <aside class="panel stack plan" aria-label="What changes" aria-live="polite">
        <h2>What changes</h2>
        {Object.keys(wrong).length > 0 ? (
          <WrongNote wrong={wrong} />
        ) : (
          <Changes group={group.name} asked={JSON.stringify({ access, settings, seen })} />
        )}
        <TroubleNote trouble={save.trouble} />
        <div class="row">
          <button type="submit" class="main" disabled={save.busy}>
            {save.busy ? 'Saving…' : 'Save'}
          </button>
          <button type="button" onClick={onDone}>
            Cancel
          </button>
        </div>
      </aside>
    </form>
  );
}

/** What only a new group can be given isn't offered. */
function changeableSections(kind: TaskKind) {
  return settingsSections(kind)
    .map(({ name, rows }) => ({ name, rows: rows.filter(({ when }) => when !== 'never') }))
    .filter(({ rows }) => rows.length > 0);
}

const whens = { now: 'at once', 'next-round': 'from the next round on', never: 'can’t be changed' } as const;

function Changes({ group, asked }: { readonly group: string; readonly asked: string }) {
  const { answer, trouble } = useAnswerLater(`${group} ${asked}`, (signal) =>
    call('changeSettings', { params: { group }, body: { ...JSON.parse(asked), check: true }, signal }),
  );
  const changes = answer?.changes ?? [];
  if (trouble !== null) return <TroubleNote trouble={trouble} />;
  if (changes.length === 0) return <p class="quiet">Nothing yet.</p>;
  return (
    <ul class="changes">
      {changes.map((change) => (
        <li key={change.path}>
          <bdi>{changeWords(change)}</bdi> <span class="quiet">{whens[change.when]}</span>
        </li>
      ))}
    </ul>
  );
}
