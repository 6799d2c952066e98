// The way in: a key, which this browser hands over once and doesn't keep, or a provider of OpenID Connect, where there is one. If a
// session ended or a sign-in came to nothing, it says why.
import type { SignInFailure } from '@colora/protocol/accounts/sessions';
import { useState } from 'preact/hooks';
import { useChange } from '../api/change.ts';
import { provider, session, signIn } from '../api/session.ts';
import { takeSignInFailure } from '../api/sign-in-failure.ts';
import { Field } from '../parts/field.tsx';
import { TroubleNote } from '../parts/trouble-note.tsx';

const failures: Readonly<Record<SignInFailure, string>> = {
  denied: 'It was refused at the provider.',
  stale: 'It was begun in another browser or too long ago, or was finished before. Begin again.',
  failed: 'The provider’s answer does not hold. The coordinator’s log says why, to whoever runs it.',
  'no-role': 'The provider knows you, and nothing that it says of you gives a role here. Ask an admin.',
  revoked: 'An admin of this coordinator revoked your access.',
  unavailable: 'The provider does not answer just now. Try again later, or sign in with a key.',
};

export function SignInPage() {
  const [failure] = useState(takeSignInFailure);
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
      {failure !== null && trouble === null && (
        <div class="note warn" role="alert">
          <strong>You are not signed in</strong>
          <p>{failures[failure]}</p>
        </div>
      )}
      {provider.value !== null && (
        <p>
          <a href={provider.value.url}>Sign in with {provider.value.name}</a>, or with a key:
        </p>
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
