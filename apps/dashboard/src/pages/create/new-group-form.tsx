// A new group, begun from one that is there. What it would mean stands beside it while it is filled in; what is wrong, at its field.
import { newGroupNameSchema, type TaskGroup } from '@colora/protocol/entities';
import type { Draft } from '@colora/protocol/settings/field-paths';
import { settledSettings, type TaskSettingsInput, taskSettingsSchema } from '@colora/protocol/task-settings';
import { useMemo, useRef, useState } from 'preact/hooks';
import { useAnswerLater } from '../../api/answer-later.ts';
import { useChange } from '../../api/change.ts';
import { call } from '../../api/client.ts';
import { useLive } from '../../api/live.ts';
import { sentence, spaced } from '../../format/words.ts';
import { announce } from '../../parts/announcer.tsx';
import { TroubleNote } from '../../parts/trouble-note.tsx';
import { at, go } from '../../routing/place.ts';
import { settingsSections, type Texts, textAt, withTexts, wrongFields } from '../../settings/draft.ts';
import { SettingsFields } from '../../settings/settings-fields.tsx';
import { WrongNote } from '../../settings/wrong-note.tsx';
import { beginningOf, isFixed } from './beginnings.ts';
import { type Origin, OriginFields } from './origin-fields.tsx';
import { PlanPanel } from './plan-panel.tsx';
import {
  findCheckpoint,
  giveCheckpoint,
  mayGiveLatest,
  readCheckpoint,
  tensorsOf,
} from './source-checkpoint.ts';

/** What most people change. */
const usual = new Set([
  'rounds.count',
  'rounds.participants',
  'rounds.deadlineSeconds',
  'privacy.minMembers',
  'aggregation.rule',
  'training.batchSize',
]);

/** The coordinator is asked about settings before there is a name. */
const noName = 'a-group-that-has-no-name-yet';

export function NewGroupForm({ sources }: { readonly sources: readonly TaskGroup[] }) {
  const form = useRef<HTMLFormElement>(null);
  const [origin, setOrigin] = useState<Origin>({
    ...{ typed: '', access: 'invitation', beginning: 'same' },
    ...{ sourceName: sources[0]!.name, which: 'first' },
  });
  const [texts, setTexts] = useState<Texts>({});
  const [tried, setTried] = useState(false);
  /** It is there, and its checkpoint isn't yet. */
  const [isDraft, setDraft] = useState(false);

  const { typed, access, beginning } = origin;
  const source = sources.find((group) => group.name === origin.sourceName) ?? sources[0]!;
  const which = mayGiveLatest(source) ? origin.which : 'first';
  const { kind } = source.settings.task;
  const sections = useMemo(() => openSections(kind), [kind]);
  const rows = sections.flatMap((section) => section.rows);
  const base = useMemo(() => beginningOf(source.settings, beginning), [source, beginning]);
  const draft = withTexts(base, texts, rows);
  const settings = draft as TaskSettingsInput;
  const wrong = wrongFields(draft, rows);
  const isSound = Object.keys(wrong).length === 0;

  const name = typed.trim();
  const refused = newGroupNameSchema.safeParse(name).error?.issues[0]?.message ?? null;
  const shapes = useLive(
    `tensors of ${source.name}, ${which}`,
    async (signal) => tensorsOf(await findCheckpoint(source.name, which, signal), signal),
    { every: 'once' },
  );
  const body = { name: refused === null ? name : noName, access, settings };
  const announced = shapes.value === undefined ? {} : { announced: { tensors: shapes.value } };
  const asked = JSON.stringify([body, source.name, which, shapes.value === undefined]);
  const plan = useAnswerLater(isSound && !isDraft ? asked : null, (signal) =>
    call('createGroup', { query: { 'dry-run': 'true' }, body: { ...body, ...announced }, signal }),
  );
  const make = useChange(async () => {
    const checkpoint = await findCheckpoint(source.name, which);
    const bytes = await readCheckpoint(checkpoint);
    if (!isDraft) await call('createGroup', { body: { name, access, settings } });
    setDraft(true);
    await giveCheckpoint(name, bytes, checkpoint.sha256);
    announce(`${name} is made`);
    go(['groups', name]);
  });
  const taken = [make.trouble, plan.trouble].find((trouble) => trouble?.code === 'name-taken');
  const wrongName = name === '' ? (tried ? 'give it a name' : null) : (refused ?? taken?.detail ?? null);

  const submit = (event: Event) => {
    event.preventDefault();
    setTried(true);
    if (isSound && refused === null) return void make.run();
    requestAnimationFrame(() => showWrong(form.current)); // once it is drawn
  };
  const settled = settledOf(draft) ?? settledOf(base) ?? base;
  const fields = {
    textOf: (path: string) => textAt(settled, path),
    texts,
    wrong,
    onInput: (path: string, text: string) => setTexts({ ...texts, [path]: text }),
  };
  return (
    <div class="beside">
      <form ref={form} noValidate onSubmit={submit}>
        <fieldset class="stack" disabled={make.busy || isDraft} aria-label="The new group">
          <section class="panel" aria-label="The group">
            <OriginFields
              origin={{ ...origin, which }}
              source={source}
              sources={sources}
              wrongName={wrongName === null ? null : sentence(wrongName)}
              onChange={(change) => {
                setOrigin({ ...origin, ...change });
                make.reset();
              }}
            />
          </section>
          <section class="panel" aria-label="Usual settings">
            <SettingsFields rows={rows.filter(({ path }) => usual.has(path))} {...fields} />
          </section>
          {sections.map((section) => (
            <details key={section.name} class="panel">
              <summary>
                <h2>{spaced(section.name)}</h2>
              </summary>
              <SettingsFields rows={section.rows.filter(({ path }) => !usual.has(path))} {...fields} />
            </details>
          ))}
        </fieldset>
        <div class="stack">
          <WrongNote wrong={wrong} />
          {make.trouble !== taken && <TroubleNote trouble={make.trouble} />}
          {isDraft && !make.busy && (
            <p>
              <a href={at(['groups', name])}>{name}</a> is there, as a draft: its checkpoint didn’t arrive.
            </p>
          )}
          <div class="row">
            <button type="submit" class="main" disabled={make.busy}>
              {make.busy ? 'Making…' : isDraft ? 'Send the checkpoint again' : 'Make the group'}
            </button>
            <span class="quiet">Its rounds are started by a button of their own.</span>
          </div>
        </div>
      </form>
      <PlanPanel
        plan={plan.answer?.plan}
        isSound={isSound}
        trouble={plan.trouble === taken ? shapes.trouble : (plan.trouble ?? shapes.trouble)}
      />
    </div>
  );
}

/** With what it becomes where it says nothing; null where it isn't valid. */
function settledOf(draft: Draft) {
  const { data } = taskSettingsSchema.safeParse(draft);
  return data === undefined ? null : settledSettings(data);
}

/** What the other group's checkpoint decides isn't offered. */
function openSections(kind: TaskGroup['settings']['task']['kind']) {
  return settingsSections(kind)
    .map(({ name, rows }) => ({ name, rows: rows.filter(({ path }) => !isFixed(path)) }))
    .filter(({ rows }) => rows.length > 0);
}

/** The first field that something is wrong with, its section opened. */
function showWrong(form: HTMLFormElement | null): void {
  const first = form?.querySelector<HTMLElement>('[aria-invalid="true"]');
  const section = first?.closest('details');
  if (section) section.open = true;
  first?.focus();
}
