// Who is signed in, and what follows from it: the socket, the token, and the sign-in page once the session or its key ends.
import type { OwnSession } from '@colora/protocol/accounts/sessions';
import { computed, signal } from '@preact/signals';
import { call, onTrouble } from './client.ts';
import { holdToken } from './csrf.ts';
import { closeHints, openHints } from './hints.ts';
import { forgetAnswers } from './live.ts';
import type { Trouble } from './trouble.ts';

export type Me = NonNullable<OwnSession['signedIn']>;

type State =
  /** Not known yet. */
  | { readonly is: 'asking' }
  /** `why`: what ended a session that there was; null where there was none, or somebody signed out. */
  | { readonly is: 'out'; readonly why: Trouble | null }
  | { readonly is: 'in'; readonly me: Me };

export const session = signal<State>({ is: 'asking' });

/** By whom somebody may sign in, beside keys. */
export const provider = signal<OwnSession['oidc']>(null);

export const me = computed(() => (session.value.is === 'in' ? session.value.me : null));
export const isAdmin = computed(() => me.value?.role === 'admin');
export const isOperator = computed(() => isAdmin.value || me.value?.role === 'operator');

const againMs = 3_000;

/** Asks until it is known: the coordinator may be away just now. */
export async function openSession(): Promise<void> {
  try {
    settle(await call('showSession', {}), null);
  } catch {
    setTimeout(openSession, againMs);
  }
}

/** Throws what the coordinator said of the key. */
export async function signIn(key: string): Promise<void> {
  settle(await call('signIn', { body: { key } }), null);
}

export async function signOut(): Promise<void> {
  await call('signOut', {});
  leave(null);
}

function settle({ signedIn, oidc }: OwnSession, why: Trouble | null): void {
  provider.value = oidc;
  if (signedIn === null) {
    leave(why);
    return;
  }
  holdToken(signedIn.session?.csrfToken ?? null);
  session.value = { is: 'in', me: signedIn };
  openHints();
}

function leave(why: Trouble | null): void {
  holdToken(null);
  closeHints();
  forgetAnswers();
  session.value = { is: 'out', why };
}

onTrouble((trouble) => {
  if (session.value.is !== 'in') return;
  if (trouble.kind === 'signed-out') leave(trouble);
  if (trouble.code === 'csrf-token-needed') void openSession(); // somebody signed in anew in another tab
});
