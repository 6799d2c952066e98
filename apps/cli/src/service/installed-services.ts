// The services of this user, a folder each in <config folder>/services: what its daemon is started with, what it says (service-log.ts)
// and how it last ended. Both, and what the system is told, which may hold a proxy's password, are their user's alone.
import { readdir, readFile, rm, rmdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { writeAtomic } from '@colora/client/workspace/atomic-file';
import { nameSchema, plain } from '@colora/protocol/bounds/bounded';
import { namePattern } from '@colora/protocol/bounds/names';
import { fileProblem } from '@colora/protocol/failures/file-problem';
import { z } from 'zod';
import { UsageError } from '../usage-error.ts';

const formatVersion = 1;
const mostBytes = 1_000_000;
const path = plain(4096);

const serviceSchema = z.strictObject({
  version: z.literal(formatVersion),
  /** Of `colora join`, as they were given. */
  args: z.array(plain(4096)).max(500),
  /** Where its relative paths begin. Absolute, as the next. */
  folder: path,
  workspace: path,
  groups: z.array(nameSchema).min(1).max(100),
  url: path,
});
export type Service = Omit<z.infer<typeof serviceSchema>, 'version'> & { readonly name: string };

const endingSchema = z.strictObject({
  at: z.iso.datetime(),
  status: z.int().min(0).max(255),
  message: z.string().max(4096),
});
/** How a daemon ended that no signal ended. */
export type Ending = z.infer<typeof endingSchema>;

const servicesIn = (config: string) => join(config, 'services');
export const serviceFolder = (config: string, name: string) => join(servicesIn(config), name);
const serviceFile = (folder: string) => join(folder, 'service.json');
const endingFile = (folder: string) => join(folder, 'ended.json');

/** By name, damaged ones too. None where there is no such folder. */
export async function serviceNames(config: string): Promise<string[]> {
  try {
    const entries = await readdir(servicesIn(config), { withFileTypes: true });
    return entries
      .flatMap((entry) => (entry.isDirectory() && namePattern.test(entry.name) ? [entry.name] : []))
      .sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw fileProblem(error, 'read the folder', servicesIn(config));
  }
}

/** Null where there is none in `folder`. Throws UsageError where it holds something else, and FileProblem. */
export async function readService(folder: string): Promise<Omit<Service, 'name'> | null> {
  const read = await readJson(serviceFile(folder), serviceSchema);
  if (read === null) return null;
  if (read === 'damaged')
    throw new UsageError(
      `${serviceFile(folder)} is not what colora wrote there: install the service again, or take it out by colora service remove`,
    );
  const { version: _, ...service } = read;
  return service;
}

/** What is wrong with it, before anything is written; null where nothing is. */
export function faultOfService(service: Omit<Service, 'name'>): string | null {
  const { error } = serviceSchema.safeParse({ version: formatVersion, ...service });
  const [issue] = error?.issues ?? [];
  return issue === undefined ? null : `${issue.path.join('.')}: ${issue.message}`;
}

/** Returns the file. Throws FileProblem. */
export async function keepService(folder: string, service: Omit<Service, 'name'>): Promise<string> {
  const file = serviceFile(folder);
  await writeAtomic(file, `${JSON.stringify({ version: formatVersion, ...service }, null, 2)}\n`);
  return file;
}

/** With its log. The folder of all services goes with the last one. */
export async function dropService(config: string, name: string): Promise<void> {
  await rm(serviceFolder(config, name), { recursive: true, force: true });
  await rmdir(servicesIn(config)).catch(() => undefined); // others are in it
}

export async function readEnding(folder: string): Promise<Ending | null> {
  const read = await readJson(endingFile(folder), endingSchema);
  return read === 'damaged' ? null : read;
}

export async function keepEnding(folder: string, ending: Ending): Promise<void> {
  await writeAtomic(endingFile(folder), `${JSON.stringify(ending)}\n`);
}

/** It begins again. */
export async function dropEnding(folder: string): Promise<void> {
  await rm(endingFile(folder), { force: true });
}

async function readJson<Schema extends z.ZodType>(
  file: string,
  schema: Schema,
): Promise<z.infer<Schema> | 'damaged' | null> {
  try {
    if ((await stat(file)).size > mostBytes) return 'damaged';
    return schema.safeParse(JSON.parse(await readFile(file, 'utf8'))).data ?? 'damaged';
  } catch (error) {
    if (error instanceof SyntaxError) return 'damaged';
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw fileProblem(error, 'read', file);
  }
}
