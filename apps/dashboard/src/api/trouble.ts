// Whatever went wrong, as a page shows it: what it is, and what to do. Who is told and when is connection.ts's and session.ts's.
import { ApiProblem } from '@colora/protocol/api-client';
import { NetworkProblem } from '@colora/protocol/failures/network-problem';
import { meaningOf } from '@colora/protocol/problem-table';

export interface Trouble {
  /**
   * signed-out   nobody is signed in any more
   * away         the coordinator is there and can't: its database is away, say
   * unreachable  no usable answer came
   * gone         what was asked for isn't there, or isn't shown to this key
   * refused      everything else, a fault of the page itself among it
   */
  readonly kind: 'signed-out' | 'away' | 'unreachable' | 'gone' | 'refused';
  readonly title: string;
  readonly detail: string;
  /** How to mend it; null where the detail says it. */
  readonly advice: string | null;
  readonly code: string | null;
}

export function troubleOf(error: unknown): Trouble {
  if (error instanceof ApiProblem) {
    const { title, detail, code, status } = error.problem;
    const { advice = null } = meaningOf(error.problem);
    return { kind: kindOf(status), title, detail, advice, code };
  }
  const detail = error instanceof Error ? error.message : String(error);
  const refused = { kind: 'refused', detail, code: null } as const;
  if (!(error instanceof NetworkProblem)) {
    const advice = 'Load the page anew; if it happens again, tell whoever runs the coordinator.';
    return { ...refused, title: 'This page failed', advice };
  }
  if (error.stranger && error.cause === undefined) {
    // something came, and in a form that this page doesn't know; of a failed connection there is a cause
    const advice = 'Load the page anew: the coordinator may be another version by now.';
    return { ...refused, title: 'The answer isn’t understood', advice };
  }
  return {
    kind: 'unreachable',
    title: 'The coordinator doesn’t answer',
    detail,
    advice: 'This page goes on by itself once it is back.',
    code: null,
  };
}

function kindOf(status: number): Trouble['kind'] {
  if (status === 401) return 'signed-out';
  if (status === 404) return 'gone';
  return status === 503 ? 'away' : 'refused';
}
