// What who opens an invitation's link in a browser reads: what to do with it, on the machine with her examples. The invitation stands
// behind the address's #, which no browser sends; this page asks the coordinator nothing.

import { readInvitationLink } from '@colora/protocol/accounts/invitation-link';
import { commands } from '../format/commands.ts';
import { Command } from '../parts/command.tsx';

/** Is the address one of an invitation, whole or not? */
export const isInvitation = ({ pathname }: Pick<Location, 'pathname'>) => /\/join\/[^/]+\/?$/.test(pathname);

export function JoinPage({ address }: { readonly address: string }) {
  const link = readInvitationLink(address);
  return (
    <main id="main" class="sign-in invited">
      <h1>{link === null ? 'An invitation that is not whole' : `You are invited to ${link.group}`}</h1>
      {link === null ? (
        <p>
          What stands behind the # of the link is missing or cut off. Ask whoever invited you to send it
          again, as a file or in a message that keeps links as they are.
        </p>
      ) : (
        <>
          <p>
            People train one model together there, each on her own machine: your examples stay on yours. You
            need a computer with your examples on it; on a telephone, send yourself this page’s address.
          </p>
          <ol>
            <li>
              Install Node.js 20.19 or newer and CoLoRA, as whoever invited you says:{' '}
              <code>npm install -g</code> with the packages that you were given.
            </li>
            <li>
              <p>Run, in a terminal:</p>
              <Command text={commands.joinByLinkAlone(address)} />
            </li>
          </ol>
          <p class="quiet">
            It shows what the group asks of you and your machine before anything is done, and asks where your
            examples are. This link is a secret until it is used: who has it can join in your place.
          </p>
        </>
      )}
    </main>
  );
}
