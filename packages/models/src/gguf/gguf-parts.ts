// The files of a GGUF model: one, or the parts that llama.cpp's gguf-split made of it, called
// `<name>-00001-of-00003.gguf` and lying in one folder. Whichever of them is named, all are meant.
import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { ModelError } from '../model-error.ts';

const partPattern = /^(?<name>.*)-(?<part>\d{5})-of-(?<count>\d{5})\.gguf$/i;

/**
 * Paths of all parts, the first first; [path] for a file that is no part by its name.
 * Throws ModelError `missing-file` naming the parts that are not there.
 */
export async function ggufParts(path: string): Promise<string[]> {
  const { name, count } = partPattern.exec(basename(path))?.groups ?? {};
  if (name === undefined) return [path];
  const folder = dirname(path);
  const present = await readdir(folder).catch(() => []);
  const five = (number: number) => String(number).padStart(5, '0');
  const wanted = Array.from({ length: Number(count) }, (_, i) => `${name}-${five(i + 1)}-of-${count}.gguf`);
  const found = wanted.map((part) => present.find((file) => file.toLowerCase() === part.toLowerCase()));
  const missing = wanted.filter((_, i) => found[i] === undefined);
  if (missing.length === 0) return found.map((file) => join(folder, file!));
  throw new ModelError(
    'missing-file',
    `${path} is one of the ${Number(count)} parts of a model, and ${folder} lacks ${missing.join(', ')}: put all parts ` +
      'into one folder, under the names that they came with',
  );
}

/** What a part says of itself must be what its name says. Throws ModelError `bad-gguf`. */
export function assertPart(
  path: string,
  place: { readonly part: number; readonly count: number },
  told: { readonly part: number | undefined; readonly count: number | undefined },
): void {
  const count = told.count ?? 1;
  const part = count > 1 ? (told.part ?? 0) + 1 : 1;
  if (count === place.count && part === place.part) return;
  throw new ModelError(
    'bad-gguf',
    count > 1
      ? `${path} is part ${part} of ${count} by what it says itself: give the parts their names back ` +
          '(<name>-00001-of-00003.gguf, in one folder), or join them with llama-gguf-split --merge'
      : `${path} is called a part of ${place.count}, but holds a model of its own, or was split by other means than ` +
          "llama.cpp's gguf-split: download it again, or join the pieces as they were taken apart",
  );
}
