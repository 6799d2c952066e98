// The first file a worker thread loads: compiled code where there is some, else TypeScript. Node starts workers without the
// parent's TypeScript loader (module hooks registered there don't reach them on every version), so it is registered here.
// `workerData.entry` names another module than the trainer's, without its ending.
import { existsSync } from 'node:fs';
import { workerData } from 'node:worker_threads';

const entry = workerData?.entry ?? './worker';
const compiled = new URL(`${entry}.js`, import.meta.url);
if (existsSync(compiled)) await import(compiled.href);
else {
  const { register } = await import('tsx/esm/api');
  register();
  await import(`${entry}.ts`);
}
