// `npm run kernels -w packages/tensors`: makes src/kernels-module.ts of kernels.wat, so that nothing is built where the
// package is used.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import wabt from 'wabt';

const text = new URL('kernels.wat', import.meta.url);
const target = new URL('../src/kernels-module.ts', import.meta.url);

/** The source of src/kernels-module.ts. */
export async function kernelsModule(): Promise<string> {
  const { parseWat } = await wabt();
  const module = parseWat('kernels.wat', readFileSync(text, 'utf8'), { simd: true });
  const lines = Buffer.from(module.toBinary({}).buffer)
    .toString('base64')
    .match(/.{1,100}/g)!;
  return [
    '// kernels/kernels.wat as bytes, in base64. Written by `npm run kernels`; kernels.test.ts holds it to its source.',
    'export const kernelsBase64 =',
    `${lines.map((line) => `  '${line}'`).join(' +\n')};`,
    '',
  ].join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(target, await kernelsModule());
