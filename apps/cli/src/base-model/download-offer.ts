// What is said before anything of a model is fetched from the Hub, and who says yes to it. How it is asked is consent/agree-to-download.ts.
import type { SentList } from '@colora/client/proxy/sent-list';

export interface DownloadOffer {
  /** `owner/name` and its commit or revision. */
  readonly id: string;
  readonly revision: string;
  /** Of the files that aren't there yet, by the Hub's own list; null where the list is not open to everybody. */
  readonly bytes: number | null;
  /** By the model's card. */
  readonly licence: string | null;
  readonly into: string;
  readonly hub: string;
  /** It is gated or private: the user's token would be sent to the Hub. */
  readonly needsToken: boolean;
}

/** Returns when it is agreed to, and throws otherwise. */
export type AgreeToDownload = (offer: DownloadOffer) => Promise<void>;

export interface Fetching {
  readonly agree: AgreeToDownload;
  /** Ends it, with what has come kept. */
  readonly signal: AbortSignal;
  /** Of the workspace that it is for; default: none. */
  readonly sent?: SentList | undefined;
}

/** Of a model that a person named herself: naming it is the yes. Nothing ends it but its end. */
export const namedByHand: Fetching = {
  agree: async () => undefined,
  signal: new AbortController().signal,
};
