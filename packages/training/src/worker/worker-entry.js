// The first file a worker thread loads. Node starts workers without the parent's TypeScript loader
// (module hooks registered there don't reach them on every version), so it is registered here, then the worker loads.
import { register } from 'tsx/esm/api';

register();
await import('./worker.ts');
