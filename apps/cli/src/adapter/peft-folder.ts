// A PEFT adapter's folder as the user names it: its files read, and the settings that fit it filled in.
// What the files mean is the adapters package's (peft.ts), and so is what a layout can hold of them (adopt.ts).
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chooseTargets } from '@colora/adapters/adapter-tensors';
import { adapterRank } from '@colora/adapters/adopt';
import type { FoldedAdapter } from '@colora/adapters/fold';
import type { Linear } from '@colora/adapters/layouts';
import { importPeft, type PeftImport } from '@colora/adapters/peft/peft';
import { isLfsPointer, lfsPointerWords } from '@colora/protocol/failures/lfs-pointer';
import type { SettingsDraft } from '../flags/settings-draft.ts';
import { UsageError } from '../usage-error.ts';

/** Throws UsageError on a missing file, AdapterError or SafetensorsError on one that is wrong or doesn't fit `linears`. */
export async function readPeftFolder(folder: string, linears?: readonly Linear[]): Promise<PeftImport> {
  const config = await read(folder, 'adapter_config.json'); // first, so that an empty folder always says the same
  const weights = await read(folder, 'adapter_model.safetensors');
  return importPeft({ 'adapter_config.json': config, 'adapter_model.safetensors': weights }, linears);
}

async function read(folder: string, name: string): Promise<Uint8Array> {
  try {
    const bytes = await readFile(join(folder, name));
    if (isLfsPointer(bytes)) throw new UsageError(`${join(folder, name)} ${lfsPointerWords}`);
    return bytes;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error;
    throw new UsageError(
      `${folder} holds no ${name}${await instead(folder)}; an adapter is the folder that PEFT's save_pretrained (or colora export) writes`,
    );
  }
}

/** Older versions of PEFT wrote adapter_model.bin, which takes Python to read. */
async function instead(folder: string): Promise<string> {
  const present: string[] = await readdir(folder).catch(() => []);
  if (!present.includes('adapter_model.bin')) return '';
  return ' but an adapter_model.bin: load it in Python (PeftModel.from_pretrained) and save it again (save_pretrained), which writes safetensors';
}

/** Rank and targets, where the draft doesn't say them, are the adapter's own. */
export function fitToAdapter(
  draft: SettingsDraft,
  folded: ReadonlyMap<string, FoldedAdapter>,
  linears: readonly Linear[],
): SettingsDraft {
  const own = { rank: adapterRank(folded), targets: targetsOf(folded, linears) };
  return { ...draft, adapter: { ...own, ...(draft.adapter as object | undefined) } };
}

/** The last parts of the modules' names where they name just these modules, else the full names. */
function targetsOf(folded: ReadonlyMap<string, unknown>, linears: readonly Linear[]): string[] {
  const endings = [...new Set([...folded.keys()].map((name) => name.slice(name.lastIndexOf('.') + 1)))];
  return chooseTargets(linears, endings).length === folded.size ? endings : [...folded.keys()];
}
