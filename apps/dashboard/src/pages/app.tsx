// Which page stands at which place. Moving moves the focus to the new page's title, as a browser does with a new document.
import { effect } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { isAdmin, isOperator, session } from '../api/session.ts';
import { announce } from '../parts/announcer.tsx';
import { Shell } from '../parts/shell.tsx';
import { at, onMove, place } from '../routing/place.ts';
import { AccountPage } from './account/account-page.tsx';
import { AuditPage } from './account/audit-page.tsx';
import { KeysPage } from './account/keys-page.tsx';
import { ParticipantsPage } from './account/participants-page.tsx';
import { CreatePage } from './create/create-page.tsx';
import { GroupPage } from './group/group-page.tsx';
import { GroupsPage } from './groups-page.tsx';
import { SignInPage } from './sign-in.tsx';

export function App() {
  useEffect(() => {
    onMove(() => requestAnimationFrame(focusTitle));
    effect(() => {
      const [first, name, section] = place.value.path;
      document.title = [section, name, first === 'groups' ? null : first, 'CoLoRA']
        .filter(Boolean)
        .join(' · ');
    });
  }, []);
  return <Shell>{content()}</Shell>;
}

function content() {
  if (session.value.is === 'asking')
    return (
      <div class="waiting" role="status">
        <span>Loading…</span>
      </div>
    );
  if (session.value.is === 'out') return <SignInPage />;
  const [first = 'groups', name] = place.value.path;
  if (first === 'groups') return name === undefined ? <GroupsPage /> : <GroupPage key={name} name={name} />;
  if (first === 'me') return <AccountPage />;
  if (first === 'new' && isAdmin.value) return <CreatePage />;
  if (first === 'participants' && isOperator.value) return <ParticipantsPage />;
  if (first === 'keys' && isAdmin.value) return <KeysPage />;
  if (first === 'audit' && isAdmin.value) return <AuditPage />;
  return <NoPage />;
}

function NoPage() {
  return (
    <div class="stack">
      <h1>No such page</h1>
      <p>
        There is nothing here, or not for your key. <a href={at([])}>All groups</a>
      </p>
    </div>
  );
}

function focusTitle(): void {
  window.scrollTo(0, 0);
  const title = document.querySelector('h1');
  title?.setAttribute('tabindex', '-1');
  (title ?? document.getElementById('main'))?.focus({ preventScroll: true });
  announce(document.title);
}
