// A person's yes, as programs give it: a function that shows her what is asked, or the ids of what she agreed to before. What her signed
// yes in the workspace covers is the client's consent/agree.ts.
import type { AcceptChanges, AcceptTerms } from '@colora/client/consent/agree';
import type { TaskGroup } from '@colora/protocol/entities';
import { canonicalJson } from '@colora/protocol/proofs/canonical-json';
import { sha256Hex } from '@colora/protocol/sha256';
import type { AgreeToDownload } from '../base-model/download-offer.ts';
import { NotAgreed, offerText } from '../consent/agree-to-download.ts';
import type { Agree, Asked } from './colora.d.ts';

export interface Agreeing {
  readonly acceptTerms: AcceptTerms;
  readonly acceptChanges: AcceptChanges;
  /** Throws NotAgreed. */
  readonly agreeToDownload: AgreeToDownload;
  /** What was not agreed to, last; null where nothing was. */
  refused(): Asked | null;
}

export function agreeingBy(agree: Agree): Agreeing {
  let refused: Asked | null = null;
  const agrees = async (asked: Asked): Promise<boolean> => {
    // another answer than true is no yes
    const yes = typeof agree === 'function' ? (await agree(asked)) === true : agree.includes(asked.id);
    if (!yes) refused = asked;
    return yes;
  };
  return {
    acceptTerms: (group, terms) =>
      agrees({ kind: 'joining', id: idOfTerms(group), group: group.name, terms: [...terms] }),
    acceptChanges: (group, changes, when, asking) =>
      agrees({ kind: 'changes', id: idOfTerms(asking), group, changes: [...changes], when }),
    async agreeToDownload(offer) {
      const { id: model, revision, bytes, licence, hub: from, into, needsToken: sendsToken } = offer;
      const id = `download:${model}@${revision}`;
      if (await agrees({ kind: 'download', id, model, revision, bytes, licence, from, into, sendsToken }))
        return;
      throw new NotAgreed(`${offerText(offer)}. Nothing was fetched: it was not agreed to`);
    },
    refused: () => refused,
  };
}

/** Of that very group, with those very settings: one that asks anything else has another. */
function idOfTerms({ name, createdAt, settings }: TaskGroup): string {
  return `terms:${sha256Hex(canonicalJson({ name, createdAt, settings }))}`;
}
