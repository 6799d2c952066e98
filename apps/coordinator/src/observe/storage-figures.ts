// What is stored, as Prometheus' gauges, out of the count that REST tells (room/storage-count.ts). It reads every chunk's length, so a
// scrape waits for the first count alone: from then on it is told the last one, and an old one is counted anew meanwhile.
import type { Storage } from '@colora/protocol/storage/storage';
import { Gauge, Registry } from 'prom-client';
import type { Context } from '../context.ts';

/** Groups with figures of their own: those that take most. */
const mostGroups = 100;
const countedAnewMs = 300_000;

export interface StorageFigures {
  /** As text in Prometheus' form; empty while nothing was counted and the database doesn't answer. */
  text(): Promise<string>;
}

export function createStorageFigures({ storage, watch }: Pick<Context, 'storage' | 'watch'>): StorageFigures {
  let known: { readonly at: number; readonly text: string } | null = null;
  const count = async () => {
    const text = await write(await storage.read()); // scrapes meanwhile wait for the same count
    known = { at: performance.now(), text };
  };
  return {
    async text() {
      if (watch.isAnswering && (known === null || performance.now() - known.at > countedAnewMs)) {
        const anew = watch.during(count()).catch((error: unknown) => {
          if (!watch.note(error) && watch.isAnswering && known === null) throw error;
        });
        if (known === null) await anew;
      }
      return known?.text ?? '';
    },
  };
}

async function write({ database, groups }: Storage): Promise<string> {
  const registry = new Registry();
  const gauge = (name: string, help: string, labelNames: string[] = []) =>
    new Gauge({ name, help, labelNames, registers: [registry] });
  const bytes = gauge('colora_storage_bytes', 'Bytes that are stored of a group, by what they are', [
    'group',
    'of',
  ]);
  const freeable = gauge(
    'colora_storage_freeable_bytes',
    'Of these: what the next clean-up removes (soon), what the usual retention would beyond that (usual)',
    ['group', 'by'],
  );
  const largest = groups.toSorted((one, other) => other.bytes - one.bytes).slice(0, mostGroups);
  for (const { group, checkpoints, optimizerStates, contributions, events, freeable: freed } of largest) {
    for (const [of, kept] of Object.entries({ checkpoints, optimizerStates, contributions, events }))
      bytes.set({ group, of }, kept.bytes);
    freeable.set({ group, by: 'soon' }, freed.soon);
    freeable.set({ group, by: 'usual' }, freed.byUsual);
  }
  gauge('colora_database_bytes', 'What the database takes on its disk').set(database.bytes);
  if (database.freeBytes !== null)
    gauge(
      'colora_database_free_bytes',
      'What is left: of the data folder’s disk, or up to STORAGE_LIMIT, whichever is less',
    ).set(database.freeBytes);
  gauge('colora_database_reserve_bytes', 'With less left than this, running groups are paused').set(
    database.reserveBytes,
  );
  return await registry.metrics();
}
