#!/usr/bin/env node
// Starts the command (src/main.ts): a bundle where there is one (scripts/bundle-command.ts), or compiled code, else TypeScript as it
// stands, through tsx.
import { existsSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';

// Node 20's V8 may wait longer before it optimises a function, ten times in JavaScript and five times in WebAssembly: most commands end,
// and daemons wait, before that has paid. Later ones don't know the first flag, and wait as long in WebAssembly by themselves.
if (process.versions.node.startsWith('20.')) {
  setFlagsFromString('--interrupt-budget=675840');
  setFlagsFromString('--wasm-tiering-budget=9000000');
}

// whoever reads the output may have seen enough (colora devices | head): no reason to stop, nor to show a stack
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error) => {
    if (error.code !== 'EPIPE') throw error;
  });
}
const { main } = await command();
process.exitCode = await main(process.argv.slice(2));

async function command() {
  for (const made of ['../bundled/apps/cli/src/main.js', '../src/main.js']) {
    const file = new URL(made, import.meta.url);
    if (existsSync(file)) return import(file.href);
  }
  const { register } = await import('tsx/esm/api');
  register();
  return import('../src/main.ts');
}
