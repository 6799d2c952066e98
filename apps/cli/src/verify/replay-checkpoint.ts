// Makes a checkpoint once more out of the files that its manifest names, and says whether the same bytes came out; or why that
// could not be tried.
import { stat } from 'node:fs/promises';
import { replayRound } from '@colora/coordinator/rounds/replay/replay-round';
import { mechanismOf } from '@colora/protocol/privacy/budget-settings';
import type { Manifest } from '@colora/protocol/proofs/manifest';
import type { CountedEntry } from '@colora/protocol/proofs/manifest-entry';
import { isMasked, type TaskSettings } from '@colora/protocol/task-settings';
import type { ReadEntries } from '@colora/protocol/verification/check-manifest';
import type { FoundFile, ProofSource } from './proof-source.ts';
import { openVerified } from './verified-file.ts';

interface ReplayedCheckpoint {
  readonly replayed: boolean;
  /** Why not; null where it was. */
  readonly because: string | null;
  readonly faults: readonly string[];
}

interface Known {
  readonly settings: TaskSettings | null;
  readonly counted: ReadEntries['counted'];
}

export async function replayCheckpoint(
  source: ProofSource,
  manifest: Manifest,
  { settings, counted }: Known,
): Promise<ReplayedCheckpoint> {
  const { made, base, baseCheckpoint, baseOptimizer, checkpoint } = manifest;
  const not = (because: string, faults: readonly string[] = []) => ({ replayed: false, because, faults });
  if (made === 'upload') return not('it was uploaded');
  if (base === null || baseCheckpoint === null) return not('the manifest does not say what it came of');
  if (made === 'rollback')
    return checkpoint === baseCheckpoint
      ? { replayed: true, because: null, faults: [] }
      : not(`it is not checkpoint ${base}`);
  if (settings === null) return not('its settings are not known');
  if (mechanismOf(settings) !== 'local')
    return not('noise lies on its sum, of which the coordinator tells nobody what it was drawn from');
  const shown = counted.filter((entry) => entry !== null);
  if (shown.length < counted.length)
    return not(
      'some of its entries are not shown: those of others to a member, and of who was forgotten to nobody',
    );
  const unmasking = isMasked(settings) ? await source.unmasking(manifest.version) : null;
  if (isMasked(settings) && unmasking === null)
    return not(
      'its contributions are masked, and what takes the masks off their sum is not told here, or not kept any more',
    );
  const { paths, missing, faults } = await gather(source, manifest, shown);
  if (missing !== null) return not(missing, faults);
  const { size } = await stat(paths.get(baseCheckpoint)!);
  const again = await replayRound({
    ...{ manifest, settings, unmasking, counted: shown, state: baseOptimizer },
    base: { sha256: baseCheckpoint, bytes: size },
    pathOf: (sha256) => paths.get(sha256)!,
  });
  for (const { sha256 } of shown) await source.release(sha256);
  if (again.made === null) return not('no checkpoint comes of its contributions', again.faults);
  return {
    replayed: true,
    because: null,
    faults: [...again.faults, ...differences(manifest, again.made)],
  };
}

interface Gathered {
  /** By sha256. */
  readonly paths: ReadonlyMap<string, string>;
  /** The first that isn't there, and why; null where all are. */
  readonly missing: string | null;
  readonly faults: readonly string[];
}

/** Looks at every file, also where another one is missing. */
async function gather(
  source: ProofSource,
  { base, baseCheckpoint, baseOptimizer, round }: Manifest,
  counted: readonly CountedEntry[],
): Promise<Gathered> {
  const paths = new Map<string, string>();
  const faults: string[] = [];
  let missing: string | null = null;
  const need = async (found: Promise<FoundFile>, sha256: string, what: string): Promise<void> => {
    const file = await openVerified(found, { sha256, what });
    if ('path' in file) paths.set(sha256, file.path);
    else if ('why' in file) missing ??= file.why;
    else {
      faults.push(file.fault);
      missing ??= file.fault;
    }
  };
  await need(source.checkpoint(base!, baseCheckpoint!), baseCheckpoint!, `checkpoint ${base}`);
  const state = `the optimizer’s state of checkpoint ${base}`;
  if (baseOptimizer !== null) await need(source.file(baseOptimizer), baseOptimizer, state);
  for (const { sha256, participant } of counted)
    await need(source.file(sha256), sha256, `the contribution of ${participant} to round ${round}`);
  return { paths, missing, faults };
}

function differences(
  manifest: Manifest,
  made: Pick<Manifest, 'checkpoint' | 'download' | 'optimizer'>,
): string[] {
  const kinds = [
    ['checkpoint', 'the checkpoint is'],
    ['download', 'the file that members download is'],
    ['optimizer', 'the optimizer’s state is'],
  ] as const;
  return kinds.flatMap(([kind, what]) =>
    made[kind] === manifest[kind] ? [] : [`${what} not what the contributions that counted make`],
  );
}
