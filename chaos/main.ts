// `npm run chaos`: reads the options, runs, prints the summary. Exit code 1 on a violation, 2 when it could not run.
import { rm } from 'node:fs/promises';
import { makeFolder } from './folder.ts';
import { OptionError, readOptions, usage } from './options.ts';
import { runChaos } from './run-chaos.ts';
import { summarise } from './summary.ts';
import { PartMissing } from './system/part-missing.ts';

const began = performance.now();
const say = (line: string) =>
  console.log(`${((performance.now() - began) / 1000).toFixed(0).padStart(5)} ${line}`);

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  if (options === null) {
    console.log(usage);
    return 0;
  }
  const folder = await makeFolder();
  const { minutes, seed } = options;
  say(`seed ${seed}, ${minutes} minutes, in ${folder}`);
  const report = await runChaos({ options, folder, environment: process.env, say });
  for (const line of summarise(report, options)) console.log(line);
  const failed = report.violations.length > 0;
  if (failed || options.keep) console.log(`kept for inspection: ${folder}`);
  else await rm(folder, { recursive: true, force: true });
  return failed ? 1 : 0;
}

async function exitCode(): Promise<number> {
  try {
    return await main();
  } catch (error) {
    if (!(error instanceof OptionError || error instanceof PartMissing)) throw error;
    console.error(error.message);
    return 2;
  }
}

// Not by itself when nothing is left to do: Node 20 may then wait for ever for a socket that a proxy has reset.
process.exit(await exitCode());
