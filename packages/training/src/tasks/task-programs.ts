// The table of the computed halves of the kinds of tasks.
import type { TaskKind } from '@colora/protocol/task-kinds';
import { causalLmProgram } from './causal-lm-program.ts';
import { classificationProgram } from './classification-program.ts';
import type { TaskProgram } from './task-program.ts';
import { tokenClassificationProgram } from './token-classification-program.ts';

const programs: Readonly<Record<TaskKind, TaskProgram>> = {
  classification: classificationProgram,
  'token-classification': tokenClassificationProgram,
  'causal-lm': causalLmProgram,
};

export function taskProgramOf({ kind }: { readonly kind: TaskKind }): TaskProgram {
  return programs[kind];
}
