// What the guard makes of the method `core` of a language model: each person's two adapters added up with the weight that her own
// examples chose, judged on held-out examples. Nothing is trained here; of labels it is guarded-figures.ts.
import { hearVerdict } from '@colora/client/heard-verdict';
import { readTrained } from '@colora/client/trained';
import type { Evaluation, Trainer } from '@colora/training/trainer';
import { config } from '../config.ts';
import { evaluateBlend } from '../trained-model/evaluate-model.ts';
import type { PersonFigures } from './figures.ts';
import type { GuardedRun } from './guarded-figures.ts';
import type { Person } from './person.ts';

/** Of one seed, by person. */
export interface LanguageFigures {
  /** Exact matches. */
  readonly scores: readonly PersonFigures[];
  readonly losses: readonly PersonFigures[];
}

/** The column `guarded` beside the others of either table, and what was said beside the scores. One person at a time per trainer: weights are large. */
export async function withGuardedLanguage(
  { scores, losses }: LanguageFigures,
  run: GuardedRun,
): Promise<LanguageFigures> {
  const judged: { score: PersonFigures; loss: PersonFigures }[] = [];
  const waiting = run.people.entries();
  await Promise.all(
    run.trainers.map(async (trainer) => {
      for (const [index, person] of waiting) {
        const { figures, ...said } = await judge(run, person, trainer);
        judged[index] = {
          score: { ...scores[index]!, guarded: figures.exactMatch!, ...said },
          loss: { ...losses[index]!, guarded: figures.loss! },
        };
      }
    }),
  );
  return { scores: judged.map(({ score }) => score), losses: judged.map(({ loss }) => loss) };
}

async function judge(
  { group, workspaceOf, baseModel }: GuardedRun,
  { name, heldOut }: Person,
  trainer: Trainer,
): Promise<{ readonly figures: Evaluation } & Partial<PersonFigures>> {
  const workspace = workspaceOf(name);
  const { found } = await hearVerdict(workspace, group, { line: config.line, log: () => undefined });
  const trained = await readTrained(workspace, group);
  const figures = await evaluateBlend(trainer, { baseModel, heldOut, tell: () => undefined }, trained);
  if (found === null) return { figures, weightOfCore: 1, verdict: null, helped: null, cluster: null };
  const { opinion: verdict, helped } = found.verdict;
  return { figures, weightOfCore: found.weights.core, verdict, helped, cluster: null };
}
