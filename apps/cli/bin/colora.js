#!/usr/bin/env node
// Starts the command: TypeScript is run as it stands, through tsx. The command itself is src/main.ts.
import { register } from 'tsx/esm/api';

register();
const { main } = await import('../src/main.ts');
process.exitCode = await main(process.argv.slice(2));
