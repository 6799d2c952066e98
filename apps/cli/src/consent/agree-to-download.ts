// The yes to download a base model that a group names, which whoever made the group chose: by a flag, or by a person at the terminal
// who is told how large it is, under which licence, and where it goes. Else nothing is fetched, and no token sent.
import type { AgreeToDownload, DownloadOffer } from '../base-model/download-offer.ts';
import { byteText } from '../terminal/output.ts';
import { askYes } from './ask-yes.ts';

/** A yes of the user is needed, and she gave none. */
export class NotAgreed extends Error {
  override name = 'NotAgreed';
}

export interface DownloadAsking {
  /** --yes */
  readonly yes: boolean;
  readonly note: (line: string) => void;
  readonly signal: AbortSignal;
}

/** One question at a time, for groups that join side by side. Throws NotAgreed. */
export function agreeToDownload({ yes, note, signal }: DownloadAsking): AgreeToDownload {
  let before: Promise<unknown> = Promise.resolve();
  const ask = async (offer: DownloadOffer) => {
    note(offerText(offer));
    if (yes || (await askYes('Download it?', signal)) === true) return;
    throw new NotAgreed(
      `${offerText(offer)}. Nothing was fetched: pass --yes to agree (join), or --base-model ${offer.id} or your own copy`,
    );
  };
  return (offer) => {
    const asked = before.then(() => ask(offer));
    before = asked.catch(() => undefined);
    return asked;
  };
}

export function offerText({ id, revision, bytes, licence, into, hub, needsToken }: DownloadOffer): string {
  const size = bytes === null ? 'a size that only your token shows' : byteText(bytes);
  const token = needsToken ? `, and it is gated or private: your Hugging Face token is sent to ${hub}` : '';
  return `the group's base model ${id} (${revision.slice(0, 12)}) is not here: ${size} from ${hub} into ${into}, licence ${licence ?? 'not stated'}${token}`;
}
