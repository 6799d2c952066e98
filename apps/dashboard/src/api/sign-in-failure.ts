// Why a sign-in by OpenID Connect came to nothing: the coordinator opens the page with a word for it in the address. What it means is
// pages/sign-in.tsx's.
import {
  type SignInFailure,
  signInFailureParameter,
  signInFailures,
} from '@colora/protocol/accounts/sessions';

/** Null where none did. The address is without it from then on: loaded anew, the page tells it no more. */
export function takeSignInFailure(): SignInFailure | null {
  const url = new URL(location.href);
  const told = url.searchParams.get(signInFailureParameter);
  if (told === null) return null;
  url.searchParams.delete(signInFailureParameter);
  history.replaceState(history.state, '', url);
  return signInFailures.find((failure) => failure === told) ?? null;
}
