// Rows of the routes table about verdicts: what members tell of theirs, and what is told of all of them together.
import { figuresAnswerSchema, memberFiguresSchema, verdictCountsSchema } from '../guard/figures.ts';
import type { Route } from './route.ts';
import { anyKey, group, operators, participants } from './row-parts.ts';

export const guardRows = {
  putFigures: {
    method: 'PUT',
    path: '/v1/groups/:group/figures',
    access: participants,
    summary: 'Tell three figures of this member’s verdict on the latest checkpoint; answers with the group’s',
    params: group,
    body: memberFiguresSchema,
    answer: figuresAnswerSchema,
  },
  showFigures: {
    method: 'GET',
    path: '/v1/groups/:group/figures',
    access: anyKey,
    summary: 'Figures of the verdicts of a group’s members, put together: nobody’s own',
    params: group,
    answer: figuresAnswerSchema,
  },
  countVerdicts: {
    method: 'GET',
    path: '/v1/groups/:group/verdicts',
    access: operators,
    summary: 'How many members training together helped, of those who told',
    params: group,
    answer: verdictCountsSchema,
  },
} as const satisfies Record<string, Route>;
