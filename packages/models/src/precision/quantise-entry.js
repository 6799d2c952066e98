// The first file of a thread that makes matrices: compiled code where there is some, else TypeScript (as the trainer's worker-entry.js).
import { existsSync } from 'node:fs';

const compiled = new URL('./quantise-thread.js', import.meta.url);
if (existsSync(compiled)) await import(compiled.href);
else {
  const { register } = await import('tsx/esm/api');
  register();
  await import('./quantise-thread.ts');
}
