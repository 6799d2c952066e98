// The verdict in words: what one's own examples said about training together, with how sure that is and what it rests on.
import type { GuardReport } from '@colora/client/trained';

const sentences = {
  helped: 'training together helped you',
  'no-gain-seen': 'no gain from training together is seen on your examples',
  'too-early': 'too early to say whether training together helped you',
} as const;

/** One line. */
export function verdictText({ found, why, version }: Pick<GuardReport, 'found' | 'why' | 'version'>): string {
  if (found === null) return `no verdict at checkpoint ${version}: ${why}; the shared model answers`;
  const { verdict, weights } = found;
  const sure = `${Math.round(100 * verdict.helped)} % sure that it helped, judged on ${verdict.examples} of your own examples by models that had not seen them`;
  const mix = `your model is ${weights.core.toFixed(2)} what was trained together, ${weights.alone.toFixed(2)} what you trained alone`;
  return `${sentences[verdict.opinion]} (${sure}); ${mix}`;
}
