// The first file of the thread beside whoever asks for a chat's text, and of the process that templates run in: compiled code where
// there is some, else TypeScript (as the trainer's worker-entry.js).
import { existsSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

const name = isMainThread ? './template-process' : './template-relay';
const compiled = new URL(`${name}.js`, import.meta.url);
if (existsSync(compiled)) await import(compiled.href);
else {
  const { register } = await import('tsx/esm/api');
  register();
  await import(`${name}.ts`);
}
