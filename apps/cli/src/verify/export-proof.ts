// Writes all that verifying a group's checkpoints takes into a folder: manifests, entries, settings, and the files that are still
// kept. Contributions are what members sent: who has the folder can read of them what the coordinator could.
import { writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { withFile } from '@colora/protocol/failures/file-problem';
import { makeFolder } from '@colora/protocol/failures/make-folder';
import { manifestForm } from '@colora/protocol/proofs/manifest';
import { countedForm } from '@colora/protocol/proofs/manifest-entry';
import { filesFolder, manifestPath, proofPath } from './proof-folder.ts';
import type { FoundFile, ProofSource } from './proof-source.ts';

export interface ExportedProof {
  readonly manifests: number;
  readonly files: number;
  /** Files that manifests name and the folder lacks. */
  readonly missing: number;
}

/** `source`: the coordinator, whose files lie in the folder's. */
export async function exportProof(source: ProofSource, folder: string): Promise<ExportedProof> {
  const found = new Map<string, boolean>();
  const note = async (sha256: string | null, find: () => Promise<FoundFile>) => {
    if (sha256 !== null && found.get(sha256) !== true) found.set(sha256, 'path' in (await find()));
  };
  let manifests = 0;
  makeFolder(filesFolder(folder));
  for await (const signed of source.manifests()) {
    const { version, text } = signed;
    manifests += 1;
    const [settings, entries] = [await source.settings(version), await source.entries(version)];
    const unmasking = await source.unmasking(version);
    await writeJson(manifestPath(folder, version), { ...signed, settings, unmasking, entries });
    const manifest = manifestForm.read(text);
    if (manifest === null) continue;
    const { checkpoint, optimizer, baseOptimizer } = manifest;
    await note(checkpoint, () => source.checkpoint(version, checkpoint));
    for (const state of [baseOptimizer, optimizer]) await note(state, () => source.file(state!));
    for (const entry of entries) {
      const counted = entry.list === 'counted' ? countedForm.read(entry.text) : null;
      if (counted !== null) await note(counted.sha256, () => source.file(counted.sha256));
    }
  }
  const { group, key: coordinatorKey } = source;
  const exportedAt = new Date().toISOString();
  await writeJson(proofPath(folder), { format: 1, group, coordinatorKey, exportedAt });
  const there = [...found.values()].filter((isThere) => isThere).length;
  return { manifests, files: there, missing: found.size - there };
}

async function writeJson(path: string, value: unknown): Promise<void> {
  await withFile('write', path, async () => {
    makeFolder(dirname(path));
    await writeFile(path, `${JSON.stringify(value, null, 1)}\n`);
  });
}
