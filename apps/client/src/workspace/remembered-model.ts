// Where this member's own copy of a group's base model lies: what was named at `join`, for the commands that come after.
// Only the place is kept; whether it still holds the group's model is asked anew each time (session/check-base-model.ts).
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { writeAtomic } from './atomic-file.ts';
import type { GroupPaths } from './group-workspace.ts';

const rememberedSchema = z.object({
  /** Absolute path of the file or folder that was named. */
  source: z.string(),
  /** Of the model that it held then. */
  fingerprint: z.string(),
});
type Remembered = z.infer<typeof rememberedSchema>;

export async function rememberModel({ baseModelFile }: GroupPaths, remembered: Remembered): Promise<void> {
  await writeAtomic(baseModelFile, `${JSON.stringify(remembered, null, 2)}\n`);
}

/** The place remembered for the model of this fingerprint; undefined where there is none, or of another model. */
export async function rememberedModel(
  { baseModelFile }: GroupPaths,
  fingerprint: string,
): Promise<string | undefined> {
  const text = await readFile(baseModelFile, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const parsed = rememberedSchema.safeParse(asJson(text));
  return parsed.success && parsed.data.fingerprint === fingerprint ? parsed.data.source : undefined;
}

/** A damaged note is no note: the path is asked for again. */
function asJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
