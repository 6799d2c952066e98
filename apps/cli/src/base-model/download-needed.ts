// What of a group's base model would have to be downloaded, asked before anybody agrees to it: nothing of it is fetched.
import { asHubName } from './base-model-name.ts';
import type { DownloadOffer, Fetching } from './download-offer.ts';
import { type ModelPlaces, resolveGroupsModel } from './resolve-base-model.ts';

/** Only said what there is, and nothing more. */
class OnlyAsked extends Error {
  override name = 'NotAgreed';
}

export type ModelAtHand =
  /** It lies here, came with the installation, or is named by hand. */
  | { readonly is: 'here' }
  | { readonly is: 'to-download'; readonly offer: DownloadOffer }
  /** The Hub did not say; `why` in words. */
  | { readonly is: 'unknown'; readonly why: string };

/** Throws the signal's reason. */
export async function downloadNeeded(
  places: ModelPlaces,
  group: { readonly name: string },
  fetching: Omit<Fetching, 'agree'>,
): Promise<ModelAtHand> {
  const isNamed = places.flag !== undefined || places.remembered !== undefined;
  if (isNamed || asHubName(group.name) === undefined) return { is: 'here' };
  const offers: DownloadOffer[] = [];
  const agree = async (offer: DownloadOffer) => {
    offers.push(offer);
    throw new OnlyAsked();
  };
  try {
    await resolveGroupsModel(places, group, { ...fetching, agree });
    return { is: 'here' };
  } catch (error) {
    fetching.signal.throwIfAborted();
    const [offer] = offers;
    if (offer !== undefined) return { is: 'to-download', offer };
    return { is: 'unknown', why: error instanceof Error ? error.message : String(error) };
  }
}
