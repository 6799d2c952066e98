// From a kind and a place to a tracker.
import { openConnections } from '@colora/client/proxy/connections';
import { unlisted } from '@colora/client/proxy/sent-list';
import { config } from '../config.ts';
import { openCsv } from './csv-tracker.ts';
import { openMlflow } from './mlflow-tracker.ts';
import { openTensorBoard } from './tensorboard-tracker.ts';
import type { ExportedGroup, Tracker } from './tracker.ts';
import { openTrackio } from './trackio-tracker.ts';

export type TrackerKind = 'tensorboard' | 'mlflow' | 'trackio' | 'csv';

/** `place`: a folder or file, or an address without a slash at its end. */
export async function openTracker(
  kind: TrackerKind,
  place: string,
  group: ExportedGroup,
  signal: AbortSignal,
): Promise<Tracker> {
  const { fetch } = openConnections(config.line, unlisted);
  const { mlflow, trackio } = config.trackers;
  switch (kind) {
    case 'csv':
      return openCsv(place, group);
    case 'tensorboard':
      return openTensorBoard(place, group);
    case 'mlflow':
      return await openMlflow({ url: place, fetch, headers: mlflow, signal }, group);
    case 'trackio':
      return openTrackio({ url: place, fetch, headers: trackio, signal }, group);
  }
}
