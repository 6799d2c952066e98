// How a daemon behaves as a guest on its owner's machine: what it may take of the line. Made once and shared
// by the daemons of several groups, since the machine is one.
import { type Bucket, createBucket } from './bandwidth.ts';

export interface Manners {
  readonly upload: Bucket | undefined;
  readonly download: Bucket | undefined;
}

export interface MannersOptions {
  /** Bytes a second. */
  readonly maxUpload?: number | undefined;
  readonly maxDownload?: number | undefined;
}

export function openManners({ maxUpload, maxDownload }: MannersOptions): Manners {
  return {
    upload: maxUpload === undefined ? undefined : createBucket(maxUpload),
    download: maxDownload === undefined ? undefined : createBucket(maxDownload),
  };
}
