#!/usr/bin/env node
// Starts the command (src/main.ts): compiled code where there is some, else TypeScript as it stands, through tsx.
import { existsSync } from 'node:fs';

// whoever reads the output may have seen enough (colora devices | head): no reason to stop, nor to show a stack
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error) => {
    if (error.code !== 'EPIPE') throw error;
  });
}
const { main } = await command();
process.exitCode = await main(process.argv.slice(2));

async function command() {
  const compiled = new URL('../src/main.js', import.meta.url);
  if (existsSync(compiled)) return import(compiled.href);
  const { register } = await import('tsx/esm/api');
  register();
  return import('../src/main.ts');
}
