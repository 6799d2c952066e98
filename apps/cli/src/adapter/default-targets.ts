// Which linear layers are adapted where nobody names any: what proved itself for a family and a kind of task.
import { type TaskKind, taskKindTable } from '@colora/protocol/task-kinds';

/** Under what looks at the states of a text. */
const readingTargets: Readonly<Record<string, readonly string[]>> = {
  'use-lite': ['layers.1.mlp.fc1', 'layers.1.mlp.fc2', 'pooler'],
  bert: ['query', 'value'],
  distilbert: ['q_lin', 'v_lin'],
  gemma3_text: ['q_proj', 'v_proj'],
  gpt2: ['c_attn'],
  llama: ['q_proj', 'v_proj'],
  mistral: ['q_proj', 'v_proj'],
  modernbert: ['Wqkv'],
  qwen2: ['q_proj', 'v_proj'],
  qwen3: ['q_proj', 'v_proj'],
  roberta: ['query', 'value'],
};

/** The layers below the lowest adapted one are computed once an example, so a language model's top costs far less. */
const writingTargets = ['top-8:all-linear'];

export function defaultTargetsOf(modelType: string, kind: TaskKind): readonly string[] {
  if (taskKindTable[kind].writes) return writingTargets;
  return readingTargets[modelType] ?? ['all-linear'];
}
