// A labelled set of short texts as intents: what of each people may train on, and what they are judged by. Which people get what is
// intent-scenarios.ts.
import type { Random } from '@colora/tensors/random';
import { readExamples } from '@colora/training/data/data';
import type { LabelledExample } from '@colora/training/tasks/classification';

/** By label, sorted; shuffled, and no text is in both. */
export type Intents = readonly Intent[];

export interface Intent {
  readonly label: string;
  readonly train: readonly string[];
  readonly heldOut: readonly string[];
}

const heldOutEach = 20;
const fewest = 15;

/** Every labelled text of the files (any form that `--data` takes, with `text` and `label`), each once. */
export async function readLabelled(paths: readonly string[]): Promise<LabelledExample[]> {
  const texts = new Map<string, LabelledExample>();
  for (const path of paths) {
    const { examples } = await readExamples(path, { kind: 'classification', labels: 'any' });
    for (const example of examples) if ('label' in example) texts.set(example.text, example);
  }
  return [...texts.values()];
}

/** A third of a label's texts is held out, at most 20; labels of fewer than 15 texts are left out. */
export function splitIntents(examples: readonly LabelledExample[], random: Random): Intents {
  const labels = [...new Set(examples.map(({ label }) => label))].sort();
  return labels.flatMap((label) => {
    const own = examples.filter((example) => example.label === label).map(({ text }) => text);
    if (own.length < fewest) return [];
    const texts = random.shuffle(own);
    const held = Math.min(heldOutEach, Math.floor(texts.length / 3));
    return [{ label, train: texts.slice(held), heldOut: texts.slice(0, held) }];
  });
}
