// Where models come from and where they are kept: the settings that Hugging Face's own tools take from the environment
// (config.ts reads it). Shape only.

import type { ProxySettings } from '@colora/client/proxy/proxy-rule';
import type { SentList } from '@colora/client/proxy/sent-list';

export interface HubSettings {
  /** The Hub, or a mirror of it; no slash at the end. */
  readonly endpoint: string;
  /** The standard cache, `~/.cache/huggingface/hub` unless told otherwise. */
  readonly cache: string;
  /** Use nothing but the cache. */
  readonly offline: boolean;
  readonly proxy: ProxySettings;
  /** Of the workspace that a model is fetched for; default: none. */
  readonly sent?: SentList | undefined;
  readonly token?: string;
  /** Where `hf auth login` leaves one. */
  readonly tokenFile: string;
}
