// What --base-model can name, and how the four are told apart: a path that exists wins, then `use-lite`, then what looks
// like a Hub id. Nothing is downloaded or converted here.
import { stat } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { UsageError } from '../usage-error.ts';

/** The small sentence encoder that comes with the installation. */
export const shippedModel = 'use-lite';

export interface HubName {
  /** `owner/name` */
  readonly id: string;
  /** Branch, tag or commit. */
  readonly revision: string;
}

export type BaseModelName =
  | { readonly kind: 'shipped' }
  | { readonly kind: 'folder'; readonly path: string }
  | { readonly kind: 'gguf'; readonly path: string }
  | { readonly kind: 'hub'; readonly hub: HubName };

/** For the help of every command that has the flag. */
export const baseModelForms = `Hub id (owner/name, owner/name@revision), folder, .gguf file, or ${shippedModel}`;

/** Throws UsageError naming all four forms where the text is none of them. */
export async function readBaseModelName(text: string): Promise<BaseModelName> {
  const found = await stat(text).catch(() => undefined);
  if (found?.isDirectory()) return { kind: 'folder', path: text };
  if (found !== undefined && extname(text).toLowerCase() === '.gguf') return { kind: 'gguf', path: text };
  if (found !== undefined) {
    throw wrongName(text, 'is a file, but no .gguf file; for a Hugging Face checkpoint pass its folder');
  }
  if (text === shippedModel) return { kind: 'shipped' };
  const hub = asHubName(text);
  if (hub !== undefined && extname(text).toLowerCase() !== '.gguf') return { kind: 'hub', hub };
  throw wrongName(
    text,
    'is no file or folder here, and no Hub id, which has an owner (openai-community/gpt2)',
  );
}

const part = '[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?';
const hubPattern = new RegExp(`^(${part}/${part})(?:@([A-Za-z0-9][A-Za-z0-9._/-]*))?$`);

/** `owner/name` or `owner/name@revision`; undefined for anything else, paths like ./model or a/b/c among it. */
export function asHubName(text: string): HubName | undefined {
  const [, id, revision] = hubPattern.exec(text) ?? [];
  if (id === undefined || id.includes('--') || id.includes('..') || revision?.includes('..'))
    return undefined;
  return { id, revision: revision ?? 'main' };
}

/** What a group keeps as the name of a file or folder: no path, since it is another one on every machine. */
export function localName(path: string): string {
  return basename(path) || path;
}

function wrongName(text: string, why: string): UsageError {
  return new UsageError(
    `--base-model: ${text} ${why}. Pass a Hub id (HuggingFaceTB/SmolLM2-135M-Instruct, with @revision if you like), ` +
      `a folder with config.json, safetensors and tokenizer.json, a .gguf file, or ${shippedModel}`,
  );
}
