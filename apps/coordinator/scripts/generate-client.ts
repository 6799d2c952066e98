// `npm run generate`: makes the Prisma client's code from prisma/schema.prisma with Prisma's own generator, which only
// developers have. What runs, internal/class.ts, is in the repository; the rest of it is types, made before they are checked.
import { readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

// the generator's ES modules do not load (7.10.0: an import without its extension); its CommonJS does
const require = createRequire(import.meta.url);
const { PrismaClientTsGenerator } =
  require('@prisma/client-generator-ts') as typeof import('@prisma/client-generator-ts');
const { getConfig, getDMMF } = require('@prisma/internals') as typeof import('@prisma/internals');

const schemaPath = fileURLToPath(new URL('../../../prisma/schema.prisma', import.meta.url));
export const generatedFolder = fileURLToPath(new URL('../src/generated/prisma', import.meta.url));

/** Writes the client's code into `folder`, in the place of what is there, whatever output the schema names. */
export async function generateClient(folder: string): Promise<void> {
  const datamodel = readFileSync(schemaPath, 'utf8');
  const schemas: [path: string, content: string][] = [[schemaPath, datamodel]];
  const { generators, datasources } = await getConfig({ datamodel: schemas });
  const generator = { ...generators[0]!, output: { value: folder, fromEnvVar: null } };
  const prisma = new PrismaClientTsGenerator();
  const { requiresEngineVersion } = await prisma.getManifest(generator);
  const dmmf = await getDMMF({ datamodel: schemas });
  rmSync(folder, { recursive: true, force: true }); // the generator replaces a whole client only, not the committed part
  await prisma.generate({
    generator,
    otherGenerators: [],
    schemaPath,
    dmmf,
    datasources,
    datamodel,
    version: requiresEngineVersion!,
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await generateClient(generatedFolder);
