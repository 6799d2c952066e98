// Verifies the checkpoints of a group, one after the other: signatures, the line from each manifest to the one before, what its
// entries say, the bytes of its files, and the round itself, once more. What can't be looked at is told, not taken for granted.
// Not here: where things are read from (proof-source.ts), receipts, what is printed.

import { type Manifest, manifestHash } from '@colora/protocol/proofs/manifest';
import { type TaskSettings, taskSettingsSchema } from '@colora/protocol/task-settings';
import {
  lineFaults,
  type ReadEntries,
  readEntries,
  readManifest,
  settingsFaults,
  trainedAtFaults,
} from '@colora/protocol/verification/check-manifest';
import type { ProofSource } from './proof-source.ts';
import { replayCheckpoint } from './replay-checkpoint.ts';
import { openVerified } from './verified-file.ts';

export interface CheckpointReport {
  readonly version: number;
  /** manifestHash: whoever verifies the same checkpoint has the same one. */
  readonly sha256: string;
  /** Null where what came is no manifest. */
  readonly manifest: Manifest | null;
  readonly entries: ReadEntries;
  /** Whether its bytes were there and are those that the manifest names. */
  readonly bytes: 'verified' | 'not looked at' | 'wrong';
  /** Made once more, byte for byte; else why that was not tried. */
  readonly replayed: boolean;
  readonly notReplayedBecause: string | null;
  /** What is wrong, in words; none: all that was looked at holds. */
  readonly faults: readonly string[];
}

interface VerifyOptions {
  /** The coordinator's public key that manifests are held to. */
  readonly key: string;
  /** Only this one's bytes; the chain is followed up to it. */
  readonly checkpoint?: number | undefined;
}

const nothing: ReadEntries = { counted: [], leftOut: [], faults: [] };

export async function* verifyGroup(
  source: ProofSource,
  { key, checkpoint }: VerifyOptions,
): AsyncGenerator<CheckpointReport> {
  const chain = new Map<number, { text: string; manifest: Manifest }>();
  const counted = new Set<string>();
  for await (const signed of source.manifests()) {
    const { version } = signed;
    const sha256 = manifestHash(signed.text);
    if (checkpoint !== undefined && version > checkpoint) return;
    const { manifest, faults } = readManifest(signed, key);
    if (manifest === null) {
      yield { version, sha256, manifest, entries: nothing, ...unseen('its manifest cannot be read'), faults };
      continue;
    }
    faults.push(...lineFaults({ text: signed.text, manifest }, chain));
    chain.set(version, { text: signed.text, manifest });
    const { settings, settingsFault } = await settingsOf(source, manifest);
    const entries = readEntries(manifest, settings, await source.entries(version));
    faults.push(...settingsFault, ...entries.faults);
    faults.push(...trainedAtFaults(entries, chain), ...countedTwice(entries, counted));
    const looked = checkpoint === undefined || version === checkpoint;
    const seen = looked
      ? await lookAt(source, manifest, { settings, entries, faults })
      : unseen('it was not asked for');
    yield { version, sha256, manifest, entries, ...seen, faults };
  }
}

type Seen = Pick<CheckpointReport, 'bytes' | 'replayed' | 'notReplayedBecause'>;

const unseen = (why: string): Seen => ({ bytes: 'not looked at', replayed: false, notReplayedBecause: why });

async function settingsOf(source: ProofSource, manifest: Manifest) {
  const text = await source.settings(manifest.version);
  const settingsFault = settingsFaults(manifest, text);
  const parsed = taskSettingsSchema.safeParse(jsonIn(text));
  return { settings: parsed.success && settingsFault.length === 0 ? parsed.data : null, settingsFault };
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** One contribution counts once, in one round. */
function countedTwice({ counted }: ReadEntries, known: Set<string>): string[] {
  return counted.flatMap((entry) => {
    if (entry === null) return [];
    const name = `the contribution of ${entry.participant} for round ${entry.madeFor}`;
    if (known.has(name)) return [`${name} counted before`];
    known.add(name);
    return [];
  });
}

interface Known {
  readonly settings: TaskSettings | null;
  readonly entries: ReadEntries;
  /** Added to. */
  readonly faults: string[];
}

async function lookAt(source: ProofSource, manifest: Manifest, known: Known): Promise<Seen> {
  const { version, checkpoint: sha256, optimizer, baseCheckpoint } = manifest;
  const { faults, settings, entries } = known;
  const own = await openVerified(source.checkpoint(version, sha256), {
    sha256,
    what: `checkpoint ${version}`,
  });
  const what = `the optimizer’s state of checkpoint ${version}`;
  const state =
    optimizer === null ? null : await openVerified(source.file(optimizer), { sha256: optimizer, what });
  for (const file of [own, state]) if (file !== null && 'fault' in file) faults.push(file.fault);
  const bytes = 'path' in own ? 'verified' : 'fault' in own ? 'wrong' : 'not looked at';
  const again = await replayCheckpoint(source, manifest, { settings, counted: entries.counted });
  faults.push(...again.faults);
  if (baseCheckpoint !== null && baseCheckpoint !== sha256) await source.release(baseCheckpoint);
  return { bytes, replayed: again.replayed, notReplayedBecause: again.because };
}
