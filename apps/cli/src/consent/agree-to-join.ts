// The first yes: what a group asks is shown before anything is fetched, trained or told, and a person at a terminal says whether she
// joins. Where nobody can be asked, the command itself was the yes, but for a download.
import type { AcceptTerms } from '@colora/client/consent/agree';
import type { DownloadOffer } from '../base-model/download-offer.ts';
import type { AskYes } from './ask-yes.ts';
import { joinOfferLines, type OfferPlace } from './join-offer-text.ts';

export interface JoinAsking {
  readonly url: string;
  /** --yes */
  readonly yes: boolean;
  readonly maxMemory: number | null;
  readonly note: (line: string) => void;
  readonly askYes: AskYes;
  /** Of the base model that the group names. */
  readonly modelAtHand: (name: string) => Promise<OfferPlace['model']>;
  /** Hears of a download that was shown and agreed to. */
  readonly agreed: (offer: DownloadOffer) => unknown;
}

export function agreeToJoin(asking: JoinAsking): AcceptTerms {
  return async (group, terms, offer) => {
    const { url, yes, note, askYes, maxMemory } = asking;
    const model = await asking.modelAtHand(group.settings.baseModel.name);
    const lines = joinOfferLines({ group, terms, offer }, { url, model, maxMemory });
    if (yes) for (const line of lines) note(line);
    const answer = yes || (await askYes(lines, `Join ${group.name}?`));
    if (answer === true && model.is === 'to-download') asking.agreed(model.offer);
    return answer !== false;
  };
}
