// The way in: a key, which this browser hands over once and doesn't keep. If a session ended, it says why.
import { useState } from 'preact/hooks';
import { useChange } from '../api/change.ts';
import { session, signIn } from '../api/session.ts';
import { Field } from '../parts/field.tsx';
import { TroubleNote } from '../parts/trouble-note.tsx';

export function SignInPage() {
  const [key, setKey] = useState('');
  const { busy, trouble, run } = useChange(() => signIn(key.trim()));
  const why = session.value.is === 'out' ? session.value.why : null;
  const submit = (event: Event) => {
    event.preventDefault();
    void run();
  };
  return (
    <div class="sign-in">
      <h1>Sign in</h1>
      {why !== null && trouble === null && (
        <div class="note warn" role="alert">
          <strong>You are signed out</strong>
          <p>
            The key was revoked or has expired, or the session was ended elsewhere. Sign in with a key that
            holds.
          </p>
        </div>
      )}
      <form onSubmit={submit} class="panel">
        <Field
          label="API key"
          hint="An admin’s or operator’s key shows the groups, a participant’s her own part in them."
        >
          {(attributes) => (
            <input
              {...attributes}
              type="password"
              autocomplete="current-password"
              spellcheck={false}
              required
              maxLength={200}
              value={key}
              onInput={(event) => setKey(event.currentTarget.value)}
            />
          )}
        </Field>
        <TroubleNote trouble={trouble && { ...trouble, advice: null }} />
        <button type="submit" class="main" disabled={busy}>
          {busy ? 'Signing in…' : 'Sign in'}
        </button>
      </form>
      <p class="quiet">
        The first admin key is in the coordinator’s data folder, <code>admin.key</code>. A member’s is in her
        workspace, <code>key.json</code>.
      </p>
    </div>
  );
}
