// The first file of the thread that chat templates run in: compiled code where there is some, else TypeScript (as the trainer's worker-entry.js).
import { existsSync } from 'node:fs';

const compiled = new URL('./template-worker.js', import.meta.url);
if (existsSync(compiled)) await import(compiled.href);
else {
  const { register } = await import('tsx/esm/api');
  register();
  await import('./template-worker.ts');
}
