// Rows of the routes table that answer why: of a group, and of a round.
import { z } from 'zod';
import { page } from '../paging/page.ts';
import { errorReportSchema } from '../why/error-report.ts';
import { explanationSchema } from '../why/explanation.ts';
import { timelineSchema } from '../why/timeline.ts';
import type { Route } from './route.ts';
import { anyKey, group, groupRound, operators, participants } from './row-parts.ts';

export const whyRows = {
  explainGroup: {
    method: 'GET',
    path: '/v1/groups/:group/explain',
    access: anyKey,
    summary: 'What a group waits for and why, in codes and words; participants are told no others’ names',
    params: group,
    answer: explanationSchema,
  },
  showTimeline: {
    method: 'GET',
    path: '/v1/groups/:group/rounds/:round/timeline',
    access: operators,
    summary:
      'How far each member got in a round and when: drawn, told, downloaded, trained, uploaded, counted',
    params: groupRound,
    query: page,
    answer: timelineSchema,
  },
  putErrorReport: {
    method: 'PUT',
    path: '/v1/groups/:group/error-report',
    access: participants,
    summary:
      'Tell how this member’s daemon ended with an error, in codes alone; its last word, and at most one in ten seconds',
    params: group,
    body: errorReportSchema,
    answer: z.object({ kept: z.boolean() }),
  },
} as const satisfies Record<string, Route>;
