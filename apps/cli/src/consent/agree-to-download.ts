// The yes to download a base model that a group names, which whoever made the group chose: by a flag, or by a person at the terminal
// who is told how large it is, under which licence, and where it goes. Else nothing is fetched, and no token sent.
import type { AgreeToDownload, DownloadOffer } from '../base-model/download-offer.ts';
import { byteText, say } from '../terminal/output.ts';
import { type AskYes, askingLine, askingYes } from './ask-yes.ts';

/** A yes of the user is needed, and she gave none. */
export class NotAgreed extends Error {
  override name = 'NotAgreed';
}

export interface DownloadAsking {
  /** --yes */
  readonly yes: boolean;
  readonly note: (line: string) => void;
  readonly askYes: AskYes;
}

/** Throws NotAgreed. */
export function agreeToDownload({ yes, note, askYes }: DownloadAsking): AgreeToDownload {
  return async (offer) => {
    const told = offerText(offer);
    if (yes) return note(told);
    if ((await askYes([told], `Download ${offer.id}?`)) === true) return;
    throw new NotAgreed(
      `${told}. Nothing was fetched: pass --yes to agree (join), or --base-model ${offer.id} or your own copy`,
    );
  };
}

/** The same where nothing else is shown at the terminal. */
export function agreeAtTerminal(signal: AbortSignal): AgreeToDownload {
  return agreeToDownload({ yes: false, note: say, askYes: askingYes(askingLine({ note: say, signal })) });
}

export function offerText({ id, revision, bytes, licence, into, hub, needsToken }: DownloadOffer): string {
  const size = bytes === null ? 'a size that only your token shows' : byteText(bytes);
  const token = needsToken ? `, and it is gated or private: your Hugging Face token is sent to ${hub}` : '';
  return `the group's base model ${id} (${revision.slice(0, 12)}) is not here: ${size} from ${hub} into ${into}, licence ${licence ?? 'not stated'}${token}`;
}
