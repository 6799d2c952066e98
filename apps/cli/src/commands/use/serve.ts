// `colora serve`: what workspaces have learnt, for programs of this machine, by OpenAI's API.
import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { Command } from 'commander';
import { baseModelForms } from '../../base-model/base-model-name.ts';
import { config } from '../../config.ts';
import { type EngineFlags, engineOptions, withEngineFlags } from '../../flags/engine-flags.ts';
import { type ServedFlags, servedBy, withServedFlags } from '../../flags/member/place-flags.ts';
import { collect, readPort, readText } from '../../flags/option-values.ts';
import { print, printJson, say } from '../../terminal/output.ts';
import { listenForStop, stopped } from '../../terminal/stop-signals.ts';
import { UsageError } from '../../usage-error.ts';

interface ServeFlags extends EngineFlags, ServedFlags {
  readonly host: string;
  readonly port: number;
  readonly keyFile?: string;
  readonly allowOrigin?: string[];
  readonly json?: boolean;
}

const mostWaiting = 32;

export function serveCommand(): Command {
  const command = withServedFlags(new Command('serve'))
    .description('Answer programs of this machine with what a workspace has learnt (OpenAI’s API)')
    .option('--base-model <model>', `${baseModelForms} (default: as the groups name it)`)
    .option(
      '--host <address>',
      'address to listen on; another than this machine’s own needs a key',
      '127.0.0.1',
    )
    .option('--port <port>', 'port to listen on, 0 for any', readPort, 7071)
    .option('--key-file <file>', 'a file with the key that callers have to show (or COLORA_SERVE_KEY)')
    .option(
      '--allow-origin <origin>',
      'pages of this origin may ask, such as http://localhost:3000 (may be repeated)',
      collect(readText),
    );
  return withEngineFlags(command)
    .option('--json', 'print the address and the models as one JSON object')
    .addHelpText(
      'after',
      `
Addresses: /v1/models, /v1/chat/completions, /v1/completions, and /v1/classify for groups with labels. Models are called as their
groups, or as --profile names them (the personal model), NAME/shared, and as the base model is called. What a daemon learns meanwhile is answered with from the next
request on. One request is answered at a time, ${mostWaiting} wait.

Example:
  $ colora serve --group stories
  $ curl http://127.0.0.1:7071/v1/completions -H 'content-type: application/json' -d '{"model": "stories", "prompt": "Once upon"}'`,
    )
    .action(serve);
}

async function serve(flags: ServeFlags): Promise<void> {
  const { isLoopback, openDoor } = await import('../../serve/http-door.ts');
  const key = await keyOf(flags);
  if (key === null && !isLoopback(flags.host))
    throw new UsageError(
      `--host ${flags.host}: other machines reach this, so set a key: --key-file, or COLORA_SERVE_KEY`,
    );
  const { startTrainer } = await import('@colora/training/trainer');
  const { openServed } = await import('../../serve/served-models.ts');
  const { openaiRoutes } = await import('../../serve/openai-routes.ts');
  const { openLine } = await import('../../serve/one-at-a-time.ts');
  const { forWriting } = await import('../../generate/text-model.ts');
  const { sourcesOf } = await import('../../serve/served-sources.ts');
  const sources = await sourcesOf(await servedBy(flags), flags.baseModel);
  const stop = listenForStop();
  const trainer = await startTrainer(forWriting({ ...engineOptions(flags), log: say }));
  try {
    const models = await openServed({ trainer, ...sources, say });
    const server = await openDoor({
      host: flags.host,
      port: flags.port,
      key,
      origins: flags.allowOrigin ?? [],
      handle: openaiRoutes(models, openLine(mostWaiting)),
      onFailure: (error) => say(`a request failed: ${error.message}`),
    });
    const { port } = server.address() as AddressInfo;
    const host = flags.host.includes(':') ? `[${flags.host}]` : flags.host;
    announce(`http://${host}:${port}/v1`, models.list(), flags);
    await stopped(stop.signal);
    server.close();
    server.closeAllConnections();
  } finally {
    await trainer.close();
    stop.release();
  }
}

async function keyOf({ keyFile }: ServeFlags): Promise<string | null> {
  if (keyFile === undefined) return config.serveKey ?? null;
  const { withFile } = await import('@colora/protocol/failures/file-problem');
  const key = (await withFile('read', keyFile, () => readFile(keyFile, 'utf8'))).trim();
  if (key === '') throw new UsageError(`--key-file: ${keyFile} is empty`);
  return key;
}

function announce(
  url: string,
  models: readonly { readonly id: string; readonly about: string }[],
  { json }: ServeFlags,
): void {
  if (json) {
    printJson({ url, models: models.map(({ id, about }) => ({ id, about })) });
    return;
  }
  print(`serving at ${url}`);
  const width = Math.max(...models.map(({ id }) => id.length));
  for (const { id, about } of models) print(`  ${id.padEnd(width)}  ${about}`);
}
