// Everything that is fuzzed, by kind. A reader of bytes that is added has its target here.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { FuzzTarget, OpenTargets } from './target.ts';
import { openAnswerTargets } from './targets/answers.ts';
import { openBaseModelTargets } from './targets/base-models.ts';
import { openExampleTargets } from './targets/examples.ts';
import { openRouteTargets } from './targets/routes.ts';
import { openTensorTargets } from './targets/tensors.ts';
import { openWorkspaceTargets } from './targets/workspace.ts';

export const targetKinds = {
  tensors: openTensorTargets,
  'base-models': openBaseModelTargets,
  examples: openExampleTargets,
  workspace: openWorkspaceTargets,
  answers: openAnswerTargets,
  routes: openRouteTargets,
} satisfies Record<string, OpenTargets>;

export type TargetKind = keyof typeof targetKinds;

/** Opens those of one kind in a folder of their own below `folder`, hands them to `use`, and closes them. */
export async function withTargets(
  kind: TargetKind,
  folder: string,
  use: (targets: readonly FuzzTarget[]) => Promise<void>,
): Promise<void> {
  const own = join(folder, kind);
  await mkdir(own, { recursive: true });
  const targets = await targetKinds[kind](own);
  try {
    await use(targets);
  } finally {
    for (const target of targets) await target.close?.();
  }
}
