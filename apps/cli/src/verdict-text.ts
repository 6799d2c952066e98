// The verdict in words, and as JSON: what one's own examples said about training together, with how sure that is and what it rests on.
import type { Found, GuardReport } from '@colora/client/told';

const sentences = {
  helped: 'training together helped you',
  'no-gain-seen': 'no gain from training together is seen on your examples',
  'too-early': 'too early to say whether training together helped you',
} as const;

/** One line. */
export function verdictText({ found, why, version }: Pick<GuardReport, 'found' | 'why' | 'version'>): string {
  if (found === null) return `no verdict at checkpoint ${version}: ${why}; the shared model answers`;
  const { verdict, weights, ofPersonal, groupFigures } = found;
  const sure = `${Math.round(100 * verdict.helped)} % sure that it helped, judged on ${verdict.examples} of your own examples by models that had not seen them${groupText(groupFigures)}`;
  const part = ofPersonal === 1 ? '' : `, with ${ofPersonal.toFixed(2)} of its personal part`;
  const mix = `your model is ${weights.core.toFixed(2)} what was trained together${part}, and ${weights.alone.toFixed(2)} what you trained alone`;
  return `${sentences[verdict.opinion]} (${sure}); ${mix}`;
}

function groupText(figures: Found['groupFigures']): string {
  return figures === null ? '' : ` and by what ${figures.reporters} members of the group found`;
}

/** For programs: the report without what it was reckoned from, example by example. */
export function verdictJson({ found, ...mark }: GuardReport) {
  if (found === null) return { ...mark, found };
  const { verdict, weights, ofPersonal, groupFigures } = found;
  return { ...mark, found: { verdict, weights, ofPersonal, groupFigures } };
}
