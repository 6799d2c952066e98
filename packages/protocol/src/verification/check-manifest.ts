// What has to fit together in a chain of manifests, told in words where it doesn't: signatures, the line from each to the one
// before, entries and their statements, weights and lateness. Pure; bytes of tensors and replaying are the verifier's affair.
import { contributionWeight } from '../aggregation-settings.ts';
import { type Manifest, manifestForm, manifestHash, type SignedManifest } from '../proofs/manifest.ts';
import {
  type CountedEntry,
  countedForm,
  entryHash,
  type LeftOutEntry,
  leftOutForm,
  type ManifestEntry,
} from '../proofs/manifest-entry.ts';
import { isSignedBy } from '../proofs/signatures.ts';
import { contributionForm } from '../proofs/statement.ts';
import { sha256Hex } from '../sha256.ts';
import type { TaskSettings } from '../task-settings.ts';

/** What the signed text says, null where it is none; `key`: the coordinator's. */
export function readManifest(
  { version, text, key: signedWith, signature }: SignedManifest,
  key: string,
): { readonly manifest: Manifest | null; readonly faults: string[] } {
  const manifest = manifestForm.read(text);
  const faults: string[] = [];
  if (manifest === null) return { manifest, faults: ['the manifest is not in the form of one'] };
  if (manifest.version !== version) faults.push(`the manifest says version ${manifest.version}`);
  if (signedWith !== key) faults.push(`the manifest is signed with the key ${signedWith}, not ${key}`);
  if (!isSignedBy(key, text, signature)) faults.push('the manifest’s signature does not hold');
  return { manifest, faults };
}

interface Link {
  readonly text: string;
  readonly manifest: Manifest;
}

/** `chain`: the manifests before this one, by version. The first of all may begin the chain. */
export function lineFaults({ manifest }: Link, chain: ReadonlyMap<number, Link>): string[] {
  const { version, before, begins, group, groupCreatedAt } = manifest;
  const faults: string[] = [];
  const last = chain.get(version - 1);
  const isFirst = chain.size === 0;
  if (!isFirst && last === undefined) faults.push(`the manifest of checkpoint ${version - 1} is missing`);
  if (last !== undefined && before !== manifestHash(last.text))
    faults.push(`the manifest does not name the one of checkpoint ${version - 1} before it`);
  if (isFirst && begins === null) faults.push('the manifests before it are missing');
  if (last !== undefined && last.manifest.through > manifest.through)
    faults.push('the manifest goes back behind rounds that were told of');
  const [first] = chain.values();
  const same = first === undefined || first.manifest.group === group;
  if (!same || (first !== undefined && first.manifest.groupCreatedAt !== groupCreatedAt))
    faults.push(`the manifest is of another group, ${group} made at ${groupCreatedAt}`);
  return [...faults, ...baseFaults(manifest, chain)];
}

/** The checkpoint that it says it came of is the one of that version; of a chain's beginning nothing is known before. */
function baseFaults(manifest: Manifest, chain: ReadonlyMap<number, Link>): string[] {
  const { version, made, base, baseCheckpoint, baseOptimizer, checkpoint, optimizer, counted } = manifest;
  if (made === 'upload')
    return base === null && version === 0 && counted.length === 0
      ? []
      : ['an uploaded checkpoint comes of no other'];
  if (base === null || base >= version || (made === 'round' && base !== version - 1))
    return [`the manifest says it came of checkpoint ${base}`];
  const faults: string[] = [];
  const known = chain.get(base)?.manifest;
  if (known !== undefined && (known.checkpoint !== baseCheckpoint || known.optimizer !== baseOptimizer))
    faults.push(`what the manifest calls checkpoint ${base} is not what that one’s manifest says`);
  if (made === 'round') return faults;
  if (checkpoint !== baseCheckpoint || optimizer !== baseOptimizer || counted.length > 0)
    faults.push(`what was put back is not checkpoint ${base}`);
  return faults;
}

/** The settings that it names, as their text says. */
export function settingsFaults({ settings }: Manifest, text: string): string[] {
  return sha256Hex(text) === settings ? [] : ['its settings are not those that the manifest names'];
}

export interface ReadEntries {
  /** In the manifest's places; null where the entry isn't shown. */
  readonly counted: readonly (CountedEntry | null)[];
  readonly leftOut: readonly (LeftOutEntry | null)[];
  readonly faults: readonly string[];
}

/** `settings`: null where they aren't known; then weights aren't checked. */
export function readEntries(
  manifest: Manifest,
  settings: Pick<TaskSettings, 'aggregation'> | null,
  entries: readonly ManifestEntry[],
): ReadEntries {
  const faults: string[] = [];
  const counted: (CountedEntry | null)[] = manifest.counted.map(() => null);
  const leftOut: (LeftOutEntry | null)[] = manifest.leftOut.map(() => null);
  for (const { list, at, text } of entries) {
    const what = `entry ${at} of ${list === 'counted' ? 'what counted' : 'what was left out'}`;
    if (manifest[list][at] !== entryHash(text)) {
      faults.push(`${what} is not the one that the manifest names`);
      continue;
    }
    const entry = list === 'counted' ? countedForm.read(text) : leftOutForm.read(text);
    if (entry === null) faults.push(`${what} is not in the form of one`);
    else if ('weight' in entry) {
      counted[at] = entry;
      faults.push(...countedFaults(manifest, settings, entry));
    } else leftOut[at] = entry;
    if (entry !== null) faults.push(...statementFaults(manifest, entry));
  }
  const senders = counted.flatMap((entry) => entry?.participant ?? []);
  for (const name of new Set(senders.filter((sender, at) => senders.indexOf(sender) !== at)))
    faults.push(`${name} counted more than once`);
  return { counted, leftOut, faults };
}

function countedFaults(
  { base, round }: Manifest,
  settings: Pick<TaskSettings, 'aggregation'> | null,
  { participant, version, staleness, weight, examples, madeFor }: CountedEntry,
): string[] {
  const name = `the contribution of ${participant}`;
  const faults: string[] = [];
  if (base !== version + staleness || (round ?? 0) < madeFor)
    faults.push(`${name} was not as late as the manifest says`);
  const due = settings === null ? weight : contributionWeight(settings.aggregation, examples);
  if (weight !== due) faults.push(`${name} counted ${weight}, and by the settings it is ${due}`);
  return faults;
}

/** Who contributed was given the checkpoint that the chain has, and no other. */
export function trainedAtFaults(
  { counted }: Pick<ReadEntries, 'counted'>,
  chain: ReadonlyMap<number, Pick<Link, 'manifest'>>,
): string[] {
  return counted.flatMap((entry) => {
    const said = entry?.statement == null ? null : contributionForm.read(entry.statement);
    const given = said === null ? undefined : chain.get(said.version)?.manifest;
    if (given === undefined || (given.download ?? given.checkpoint) === said!.checkpoint) return [];
    const name = `the contribution of ${entry!.participant} for round ${entry!.madeFor}`;
    return [`${name} was made at another checkpoint ${said!.version} than the manifests have`];
  });
}

/** What its sender signed is what was counted. */
function statementFaults(
  { group, groupCreatedAt }: Manifest,
  { participant, statement, signature, madeFor, ...entry }: CountedEntry | LeftOutEntry,
): string[] {
  if (statement === null) return [];
  const name = `the contribution of ${participant} for round ${madeFor}`;
  const said = contributionForm.read(statement);
  if (said === null) return [`${name}: its statement is not in the form of one`];
  const signed = said.key === null ? signature === null : isSignedBy(said.key, statement, signature ?? '');
  const faults = signed ? [] : [`${name}: its signature does not hold`];
  const counts = !('weight' in entry) || (said.version === entry.version && said.examples === entry.examples);
  const here = said.group === group && said.groupCreatedAt === groupCreatedAt;
  const same = said.participant === participant && said.round === madeFor && said.sha256 === entry.sha256;
  if (!(counts && here && same)) faults.push(`${name}: its sender signed something else`);
  return faults;
}
