#!/usr/bin/env node
// Starts the example from any folder: TypeScript is run as it stands, through the clone's own tsx. It is main.ts.
import { register } from 'tsx/esm/api';

register();
await import('./main.ts');
