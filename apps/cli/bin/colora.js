#!/usr/bin/env node
// Starts the command: TypeScript is run as it stands, through tsx. The command itself is src/main.ts.
import { register } from 'tsx/esm/api';

register();
// whoever reads the output may have seen enough (colora devices | head): no reason to stop, nor to show a stack
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error) => {
    if (error.code !== 'EPIPE') throw error;
  });
}
const { main } = await import('../src/main.ts');
process.exitCode = await main(process.argv.slice(2));
