// `colora evaluate`: loss, perplexity, accuracy and exact matches on held-out examples, of what a workspace has learnt
// and of the base model alone. How they are computed is evaluate-model.ts.
import type { Trained } from '@colora/client/trained';
import { Command } from 'commander';
import { baseModelForms } from '../base-model/base-model-name.ts';
import { type EngineFlags, engineOptions, withEngineFlags } from '../flags/engine-flags.ts';
import { withGroupFlags } from '../flags/member/place-flags.ts';
import { onlyOption } from '../flags/only-option.ts';
import { collect, readInteger } from '../flags/option-values.ts';
import { printJson, printTable, say } from '../terminal/output.ts';
import type { EvaluatedModel, ModelEvaluation } from '../trained-model/evaluate-model.ts';
import type { SingleModel } from '../trained-model/mixed-model.ts';
import { UsageError } from '../usage-error.ts';

interface EvaluateFlags extends EngineFlags {
  readonly data: string[];
  readonly group?: string;
  readonly workspace: string;
  readonly baseModel?: string;
  readonly base?: boolean;
  readonly compare?: boolean;
  readonly only?: SingleModel;
  readonly maxTokens: number;
  readonly json?: boolean;
}

export function evaluateCommand(): Command {
  const command = withGroupFlags(new Command('evaluate'), ['baseModel'])
    .description('How well a workspace’s model does on examples it was not trained on')
    .requiredOption(
      '--data <path>',
      'held-out examples, in any form that join takes (may be repeated: one file a task)',
      collect(String),
    )
    .option(
      '--base-model <model>',
      `${baseModelForms} (default: as the group names it); without --group this model alone`,
    )
    .option('--base', 'the base model alone, without adapters')
    .option('--compare', 'base model, shared part and your own side by side')
    .addOption(onlyOption())
    .option(
      '--max-tokens <n>',
      'without a group: tokens of an example that are read',
      readInteger(4, 8192),
      512,
    );
  return withEngineFlags(command)
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  $ colora evaluate --group reviews --data held-out.jsonl\n  $ colora evaluate --group stories --compare --data held-out.jsonl',
    )
    .action(evaluate);
}

async function evaluate(flags: EvaluateFlags): Promise<void> {
  const { group, base, compare, only, json, data, maxTokens } = flags;
  if (compare && (group === undefined || base || only !== undefined)) {
    throw new UsageError(
      '--compare shows base and personal model: it needs --group, and neither --base nor --only',
    );
  }
  if (only !== undefined && (group === undefined || base)) {
    throw new UsageError('--only chooses among the models of a group: it needs --group, and not --base');
  }
  const { modelOf } = await import('../named-model.ts');
  const { evaluateModel, sharesAdapters } = await import('../trained-model/evaluate-model.ts');
  const { startTrainer } = await import('@colora/training/trainer');
  const { baseModel, trained } = await modelOf(flags);
  const models = evaluatedModels(flags, trained, sharesAdapters);
  const trainer = await startTrainer({ ...engineOptions(flags), log: say });
  try {
    const evaluations = await evaluateModel(trainer, { baseModel, trained, models, data, maxTokens, say });
    if (json) printJson({ checkpoint: trained?.version ?? null, evaluations });
    else show(evaluations);
    if (!json && compare) {
      const writes = trained?.group.settings.task.kind === 'causal-lm';
      say(comparisonText(!writes));
      const how = writes ? 'added up as generate writes with them' : 'as predict mixes them';
      if (models.includes('mixed'))
        say(`alone: trained on your examples alone; mixed: alone and personal together, ${how}.`);
    }
  } finally {
    await trainer.close();
  }
}

function evaluatedModels(
  { base, compare, only }: EvaluateFlags,
  trained: Trained | null,
  sharesAdapters: (trained: Trained) => boolean,
): EvaluatedModel[] {
  if (base || trained === null || only === 'base') return ['base'];
  if (only !== undefined) return [only === 'core' ? 'personal' : only];
  const { guard } = trained;
  if (!compare) return [guard === null ? 'personal' : 'mixed'];
  return [
    'base',
    ...(sharesAdapters(trained) ? (['shared'] as const) : []),
    'personal',
    ...(guard === null ? [] : (['alone', 'mixed'] as const)),
  ];
}

function comparisonText(hasHead: boolean): string {
  const head = hasHead
    ? ' All three use the head that was trained with them; colora compare trains one for the base model itself.'
    : '';
  return `base: without adapters; shared: with what all trained in common; personal: with your own part too.${head}`;
}

function show(evaluations: readonly ModelEvaluation[]): void {
  const percent = (share: number | undefined) =>
    share === undefined ? null : `${(100 * share).toFixed(1)} %`;
  printTable(
    ['data', 'model', 'examples', 'loss', 'perplexity', 'accuracy', 'exact match', 'span F1'],
    evaluations.map(({ data, model, examples, loss, perplexity, accuracy, exactMatch, spanF1 }) => [
      data,
      model,
      examples,
      loss,
      perplexity,
      percent(accuracy),
      percent(exactMatch),
      percent(spanF1),
    ]),
    'There was nothing to evaluate on.',
  );
}
