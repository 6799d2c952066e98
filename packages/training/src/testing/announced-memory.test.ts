// What a step is announced to need of memory, on a whole model. How a graph is counted: tfjs-onnx's memory/.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { readReference } from '@colora/models/testing-references';
import { lean, onnxEngine } from '../engines/onnx-engine.ts';
import { modelParts } from '../programs/model-parts.ts';
import { trainingProgram } from '../programs/programs.ts';
import { recipe } from './testing-models.ts';

const usual = lean.beyond;
const engine = onnxEngine({ device: 'cpu', threads: 1 });
after(async () => {
  lean.beyond = usual;
  await engine.dispose();
});

test('a large model needs all of its weights but the embeddings, whose rows are read apart', async () => {
  const { model } = await readReference('tiny-llama', 'core'); // has a matrix of its own for the output
  const settings = await recipe(
    { task: { kind: 'causal-lm' }, adapter: { targets: ['q_proj'] } },
    model.folder,
  );
  const shape = { size: 2, tokens: 8, targets: 8 };
  const program = trainingProgram(modelParts(model, settings, []), 'joint', shape);
  const bytes = (isWanted: (name: string) => boolean) =>
    model.weights.reduce((sum, { name, length }) => (isWanted(name) ? sum + length : sum), 0);
  assert.equal(
    engine.memoryOf!(program).weights,
    bytes(() => true),
  );
  lean.beyond = 0;
  assert.equal(
    engine.memoryOf!(program).weights,
    bytes((name) => name !== 'model.embed_tokens.weight'),
  );
});
