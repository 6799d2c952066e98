// What stands around every page: who is signed in, where one can go, and how the coordinator is to be had.
import type { ComponentChildren } from 'preact';
import { clockOff } from '../api/clock.ts';
import { connection, outage } from '../api/connection.ts';
import { isAdmin, isOperator, me, session, signOut } from '../api/session.ts';
import { span } from '../format/times.ts';
import { at, place } from '../routing/place.ts';
import { Announcer } from './announcer.tsx';
import { Name } from './name.tsx';
import { theme, themes } from './theme.ts';

export function Shell({ children }: { readonly children: ComponentChildren }) {
  // how high the head will be depends on who it is: what stands below it would leap
  if (session.value.is === 'asking') return <main key="asking">{children}</main>;
  return (
    <>
      <button type="button" class="skip" onClick={skip}>
        Skip to the content
      </button>
      <header class="top">
        <a class="brand" href={at([])}>
          <Mark /> CoLoRA
        </a>
        {me.value !== null && <Navigation />}
        <div class="tools">
          {me.value !== null && <Connection />}
          <ThemeSwitch />
          {me.value !== null && <Who />}
        </div>
      </header>
      <Banner />
      <main key="here" id="main" tabIndex={-1}>
        {children}
      </main>
      <Announcer />
    </>
  );
}

function skip(): void {
  document.getElementById('main')?.focus();
}

function Mark() {
  return (
    <svg viewBox="0 0 32 32" width="22" height="22" aria-hidden="true">
      <circle cx="12" cy="12.5" r="8" class="mark-a" />
      <circle cx="20" cy="12.5" r="8" class="mark-b" />
      <circle cx="16" cy="20" r="8" class="mark-c" />
    </svg>
  );
}

function Navigation() {
  const [first = 'groups'] = place.value.path;
  const entries: [string, string, boolean][] = [
    ['groups', 'Groups', true],
    ['participants', 'Participants', isOperator.value],
    ['keys', 'Keys', isAdmin.value],
    ['audit', 'Audit', isAdmin.value],
  ];
  return (
    <nav aria-label="Pages">
      {entries
        .filter(([, , shown]) => shown)
        .map(([name, title]) => (
          <a key={name} href={at([name])} aria-current={first === name ? 'page' : undefined}>
            {title}
          </a>
        ))}
    </nav>
  );
}

const words = {
  live: ['●', 'Live'],
  polling: ['◌', 'Polling'],
  away: ['▲', 'Database away'],
  unreachable: ['▲', 'Not reached'],
} as const;

const meanings = {
  live: 'Changes are shown as they happen',
  polling: 'No socket is open: this page asks every few seconds',
  away: 'The coordinator answers, and its database doesn’t',
  unreachable: 'The coordinator doesn’t answer',
} as const;

function Connection() {
  const [mark, word] = words[connection.value];
  return (
    <span class={`connection ${connection.value}`} title={meanings[connection.value]}>
      <span aria-hidden="true">{mark}</span> {word}
    </span>
  );
}

function ThemeSwitch() {
  return (
    <label class="theme">
      <span class="unseen">Colours</span>
      <select
        value={theme.value}
        onChange={(event) => {
          theme.value = themes.find((one) => one === event.currentTarget.value) ?? 'auto';
        }}
      >
        <option value="auto">Auto</option>
        <option value="light">Light</option>
        <option value="dark">Dark</option>
      </select>
    </label>
  );
}

function Who() {
  const { name, role } = me.value!;
  return (
    <div class="who">
      <a href={at(['me'])} aria-label={`${name}, ${role}: your account`}>
        <Name name={name} /> <span class="quiet">{role}</span>
      </a>
      <button type="button" class="small" onClick={() => void signOut().catch(() => undefined)}>
        Sign out
      </button>
    </div>
  );
}

/** About the whole page. It stands over it, so that nothing leaps when it comes and goes. */
function Banner() {
  const trouble = outage.value;
  const off = clockOff.value;
  return (
    <div class="banners" role="status" aria-live="polite">
      {trouble !== null && (
        <p class="banner warn">
          <strong>
            {trouble.kind === 'away'
              ? 'The coordinator’s database is away.'
              : 'The coordinator doesn’t answer.'}
          </strong>{' '}
          {me.value === null ? '' : 'What you see is how it was last. '}This page goes on by itself once it is
          back.
        </p>
      )}
      {off !== null && (
        <p class="banner calm">
          This computer’s clock is {span(Math.abs(off))} {off > 0 ? 'ahead' : 'behind'}; times here follow the
          coordinator’s.
        </p>
      )}
    </div>
  );
}
