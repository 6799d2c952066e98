// `colora why`: what a group waits for, whom, and what to do about it. The reasons and their words are the coordinator's.
import type { ApiClient } from '@colora/protocol/api-client';
import type { Explanation, Reason } from '@colora/protocol/why/explanation';
import { Command } from 'commander';
import { config } from '../config.ts';
import { type ApiFlags, openAccess, openAccessOf, withApiFlags } from '../coordinator-api.ts';
import { readName } from '../flags/option-values.ts';
import { harmlessLine } from '../terminal/harmless-text.ts';
import { print, printJson, say } from '../terminal/output.ts';

interface WhyFlags extends ApiFlags {
  readonly workspace?: string;
}

export function whyCommand(): Command {
  return withApiFlags(
    new Command('why').description('Say why a group is where it is: what it waits for, whom, and what to do'),
    ['workspace'],
  )
    .argument('<group>', 'name of the group', readName)
    .option(
      '--workspace <folder>',
      'ask as a member: with the key, and at the coordinator, of this workspace',
    )
    .addHelpText(
      'after',
      '\nOperators and admins are told by name; a member is told the group’s reasons and its own.\n\nExample:\n  $ colora why reviews\n  $ colora why reviews --workspace .colora-workspace',
    )
    .action(async (group: string, flags: WhyFlags) => {
      const answer = await ask(group, flags);
      if (flags.json) return printJson(answer);
      const [first, ...others] = answer.reasons;
      if (first !== undefined) tell(`${answer.group}: `, first);
      for (const reason of others) tell('  ', reason);
    });
}

async function ask(group: string, flags: WhyFlags): Promise<Explanation> {
  const { workspace, insecure } = flags;
  if (workspace === undefined)
    return (await askingApi(group, flags)).call('explainGroup', { params: { group } });
  const { explainGroup } = await import('@colora/client/own-membership');
  return explainGroup(workspace, group, {
    line: config.line,
    insecure: insecure === true || config.insecure,
    log: (_, text) => say(text),
  });
}

/** As whoever has a key, else as the member that is remembered. */
async function askingApi(group: string, flags: WhyFlags): Promise<ApiClient> {
  const { api, hasKey } = await openAccess(flags);
  if (hasKey) return api;
  const { workspaceFor } = await import('../flags/member/place-flags.ts');
  return (await openAccessOf(await workspaceFor({ groups: [group] }), flags)).api;
}

function tell(before: string, { text, mend }: Reason): void {
  print(`${before}${harmlessLine(text)}`);
  if (mend !== null) print(`    -> ${harmlessLine(mend)}`);
}
