// `colora predict`: labels texts with a workspace's shared and personal part, without the coordinator.
import { Command } from 'commander';
import { baseModelForms } from '../base-model/base-model-name.ts';
import { type EngineFlags, engineOptions, withEngineFlags } from '../flags/engine-flags.ts';
import { withGroupFlags } from '../flags/member/place-flags.ts';
import { onlyOption } from '../flags/only-option.ts';
import { collect, readText } from '../flags/option-values.ts';
import { print, say } from '../terminal/output.ts';
import type { SingleModel } from '../trained-model/mixed-model.ts';
import { UsageError } from '../usage-error.ts';

interface PredictFlags extends EngineFlags {
  readonly workspace: string;
  readonly group: string;
  readonly baseModel?: string;
  readonly only?: SingleModel;
  readonly json?: boolean;
}

export function predictCommand(): Command {
  const command = withGroupFlags(new Command('predict'))
    .description('Label texts with what a workspace has learnt (classification)')
    .argument('[texts...]', 'texts to label; without any, lines of the standard input', collect(readText))
    .option(
      '--base-model <model>',
      `the group's base model: ${baseModelForms} (default: as the group names it)`,
    );
  return withEngineFlags(command)
    .addOption(onlyOption())
    .option('--json', 'print one JSON object a line, with all probabilities')
    .addHelpText('after', '\nExample:\n  $ colora predict --group reviews "What a lovely film"')
    .action(predict);
}

async function predict(given: string[], flags: PredictFlags): Promise<void> {
  const texts = (given.length > 0 ? given : await readLines()).filter((text) => text.trim() !== '');
  if (texts.length === 0)
    throw new UsageError('nothing to label: pass texts, or lines on the standard input');
  const { readTrained } = await import('@colora/client/trained');
  const { startTrainer } = await import('@colora/training/trainer');
  const { taskOf } = await import('@colora/training/tasks/tasks');
  const { taskKindTable } = await import('@colora/protocol/task-kinds');
  const trained = await readTrained(flags.workspace, flags.group);
  const { task } = trained.group.settings;
  const reading = taskOf(task).predict;
  if (reading === null) {
    throw new UsageError(
      `--group: predict labels texts, and ${flags.group} trains ${taskKindTable[task.kind].name}, which has no labels; use colora generate`,
    );
  }
  const { baseModelOf } = await import('../named-model.ts');
  const baseModel = await baseModelOf(trained, flags.baseModel, flags.workspace);
  const { checkBaseModel } = await import('@colora/client/session/check-base-model');
  await checkBaseModel(baseModel, trained.group.settings.baseModel);
  const trainer = await startTrainer({ ...engineOptions(flags), log: say });
  try {
    const { modelsOf, predictWith } = await import('../trained-model/mixed-model.ts');
    const models = await modelsOf(trained, baseModel, flags.only);
    const predictions = await predictWith(trainer, baseModel, models, texts);
    predictions.forEach((prediction, index) => {
      const text = texts[index]!;
      print(flags.json ? JSON.stringify({ text, ...prediction }) : reading.shown(text, prediction));
    });
  } finally {
    await trainer.close();
  }
}

async function readLines(): Promise<string[]> {
  const { standardInputName } = await import('@colora/training/data/jsonl-source');
  const { textLines } = await import('@colora/training/data/text-bytes');
  const lines: string[] = [];
  for await (const { text } of textLines(process.stdin, standardInputName))
    lines.push(text.replace(/\r?\n$/, ''));
  return lines;
}
