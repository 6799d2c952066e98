// `colora service install`: writes what the system needs to keep a daemon running, and starts it. Everything is looked at before
// anything is written.
import { existsSync, realpathSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { withFile } from '@colora/protocol/failures/file-problem';
import { makeFolder } from '@colora/protocol/failures/make-folder';
import type { Command } from 'commander';
import { readBaseModelName } from '../../base-model/base-model-name.ts';
import { config } from '../../config.ts';
import { givenKey } from '../../flags/access-flags.ts';
import { guestSettingsOf } from '../../flags/member/guest-flags.ts';
import { ownLimitsOf } from '../../flags/member/limit-flags.ts';
import { memoryWishesOf } from '../../flags/member/memory-flags.ts';
import { readNewGroupName } from '../../flags/option-values.ts';
import { withoutFlag } from '../../service/join-words.ts';
import type { ServiceFacts } from '../../service/systems/service-system.ts';
import { print, say } from '../../terminal/output.ts';
import { UsageError } from '../../usage-error.ts';
import { joinCommand } from '../join/join.ts';
import { type JoinFlags, joinCommandOf } from '../join/join-flags.ts';
import { whereTo } from '../join/where-to.ts';

interface InstallFlags extends JoinFlags {
  readonly service?: string;
}

const ownFlag = '--service';

export function installCommand(): Command {
  const command: Command = joinCommandOf((address, flags) => install(address, flags, command))
    .name('install')
    .description('Have the system run colora join with these flags, at once and whenever you log in')
    .option(`${ownFlag} <name>`, 'name of the service (default: its group’s)', readNewGroupName)
    .addHelpText(
      'after',
      '\nAs a service:\n  $ colora service install http://127.0.0.1:7070 --group reviews --data mine.jsonl --pause-between 09:00-18:00',
    );
  return command;
}

async function install(address: string, flags: InstallFlags, command: Command): Promise<void> {
  const { keepService, readService, serviceFolder } = await import('../../service/installed-services.ts');
  const { answeringSystem, configFolder, ownCommand } = await import('../../service/this-system.ts');
  const { runSteps } = await import('../../service/told-system.ts');
  const { url, group: groups } = whereTo(address, flags);
  const [node, script] = ownCommand();
  await refuseUnfit(flags, script);
  const { system, version } = await answeringSystem();
  const configured = configFolder();
  const name = flags.service ?? readNewGroupName(groups[0]!);
  const folder = serviceFolder(configured, name);
  const words = withoutFlag(ownWords(command), command, ownFlag);
  const service = {
    args: withoutInvitation(words, command, url, groups),
    folder: process.cwd(),
    workspace: realPath(flags.workspace),
    groups: [...new Set(groups)],
    url,
  };
  await refuseTaken(configured, name, service);
  await agree(service, words);
  const facts: ServiceFacts = {
    name,
    command: [node, script, 'service', 'run', folder],
    environment: config.carriedEnvironment,
    user: config.serviceUser,
  };
  const text = system.text(facts, version);
  const wasThere = (await readService(folder).catch(() => null)) !== null;

  const file = system.file(facts, folder);
  print(`${wasThere ? 'replaced' : 'wrote'} ${await keepService(folder, service)}`);
  await withFile('write', file, async () => {
    makeFolder(dirname(file));
    await writeFile(file, text, { mode: 0o600 });
  });
  print(`${wasThere ? 'replaced' : 'wrote'} ${file}`);
  await runSteps(system.install(facts, file)).catch((error: Error) => {
    throw new Error(`${error.message}; colora service remove ${name} takes out what was written`, {
      cause: error,
    });
  });
  print(`the service ${name} runs now, and whenever you log in (${system.called})`);
  for (const line of advice(system.called)) say(line);
  print(
    'colora service status and colora service logs --follow show what it does; colora service remove takes it out',
  );
}

/** A service asks nobody: what its groups ask is shown, and agreed to, by joining now those that it isn't a member of. */
async function agree(
  { workspace, groups }: { readonly workspace: string; readonly groups: readonly string[] },
  words: readonly string[],
): Promise<void> {
  const { hasAgreed } = await import('@colora/client/trained-groups');
  const agreed = await Promise.all(groups.map((group) => hasAgreed(workspace, group)));
  if (agreed.every(Boolean)) return;
  const join = joinCommand().exitOverride();
  await join.parseAsync(['--until', 'joined', ...withoutFlag(words, join, '--until')], { from: 'user' });
  const joined = await Promise.all(groups.map((group) => hasAgreed(workspace, group)));
  if (!joined.every(Boolean)) throw new UsageError('it has not joined: nothing was installed');
}

/** Whoever is a member needs none, and a link that others could use is kept nowhere. */
function withoutInvitation(
  words: readonly string[],
  command: Command,
  url: string,
  groups: readonly string[],
): string[] {
  const kept = ['--invitation', '--group'].reduce(
    (left, flag) => withoutFlag(left, command, flag),
    [...words],
  );
  const [address] = command.args;
  const named = groups.flatMap((group) => ['--group', group]);
  return [...named, ...kept.map((word) => (word === address ? url : word))];
}

/** Whatever `join` would refuse before it asks anybody. */
async function refuseUnfit(flags: InstallFlags, script: string): Promise<void> {
  const { vanishingScript } = await import('../../service/may-install.ts');
  const { checkFiles } = await import('@colora/client/session/check-files');
  const vanishing = vanishingScript(script);
  if (vanishing !== null) throw new UsageError(vanishing);
  if (flags.key !== undefined)
    throw new UsageError('a service keeps no key: name the file that holds it by --key-file');
  if (flags.data === undefined) throw new UsageError('--data: say which examples are yours');
  if ([flags.data, flags.test, flags.keyFile].includes('-'))
    throw new UsageError('a service has no standard input: name a file');
  await givenKey(flags);
  guestSettingsOf(flags);
  ownLimitsOf(flags);
  memoryWishesOf(flags);
  if (flags.baseModel !== undefined) await readBaseModelName(flags.baseModel);
  await checkFiles({
    dataPath: flags.data,
    baseModel: async () => ({ folder: '' }), // found by the daemon
    ...(flags.test === undefined ? {} : { heldOutPath: flags.test }),
  });
}

async function refuseTaken(
  configured: string,
  name: string,
  service: Parameters<typeof import('../../service/installed-services.ts').faultOfService>[0],
): Promise<void> {
  const { faultOfService, readService, serviceFolder, serviceNames } = await import(
    '../../service/installed-services.ts'
  );
  const { takenWorkspace } = await import('../../service/may-install.ts');
  const fault = faultOfService(service);
  if (fault !== null) throw new UsageError(`no service can be kept with this: ${fault}`);
  const names = await serviceNames(configured);
  const others = await Promise.all(
    names.map(async (other) => {
      const known = await readService(serviceFolder(configured, other)).catch(() => null); // a damaged one runs nothing
      return known === null ? [] : [{ name: other, workspace: known.workspace }];
    }),
  );
  const taken = takenWorkspace(name, service.workspace, others.flat());
  if (taken !== null) throw new UsageError(taken);
}

/** As far as it is there. */
function realPath(folder: string): string {
  const path = resolve(folder);
  return existsSync(path) ? realpathSync(path) : path;
}

/** What was typed after `service install`. Commander keeps it at the top, unnamed by its types. */
function ownWords(command: Command): readonly string[] {
  let top = command;
  while (top.parent !== null) top = top.parent;
  const { rawArgs } = top as unknown as { readonly rawArgs: readonly string[] };
  return rawArgs.slice(rawArgs.indexOf(command.name()) + 1);
}

function advice(system: string): string[] {
  const { account } = config.serviceUser;
  if (system === 'systemd' && !existsSync(`/var/lib/systemd/linger/${account}`))
    return [
      `it ends when you log out; loginctl enable-linger ${account} keeps it running from the start of the machine on`,
    ];
  const left = Object.keys(config.carriedEnvironment);
  if (system === 'Task Scheduler' && left.length > 0)
    return [
      `a task has no environment of its own: ${left.join(', ')} count only where they are set for your account (setx NAME VALUE), or pass the flags of colora join`,
    ];
  return [];
}
