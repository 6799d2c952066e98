// Rows of the routes table about figures that members report of themselves, and what the rounds say.
import { z } from 'zod';
import { nameSchema, wholeInText } from '../bounds/bounded.ts';
import { metricNameSchema, metricSchema, reportedMetricsSchema } from '../entities.ts';
import { listOf, pageByTime, timeSpan } from '../paging/page.ts';
import { seriesQuerySchema, seriesSchema } from './metric-series.ts';
import type { Route } from './route.ts';
import { group, operators, participants } from './row-parts.ts';

export const metricRows = {
  postMetrics: {
    method: 'POST',
    path: '/v1/groups/:group/metrics',
    access: participants,
    summary: 'Report figures of this member (accuracy on its own held-out examples, say)',
    params: group,
    body: reportedMetricsSchema,
    answer: z.object({ stored: z.int() }),
  },
  listMetrics: {
    method: 'GET',
    path: '/v1/groups/:group/metrics',
    access: operators,
    summary: 'Figures the members reported, newest first',
    params: group,
    query: pageByTime.extend({
      name: metricNameSchema.optional(),
      participant: nameSchema.optional(),
      round: wholeInText(0).optional(),
      ...timeSpan,
    }),
    answer: listOf(metricSchema),
  },
  showMetricSeries: {
    method: 'GET',
    path: '/v1/groups/:group/metrics/series',
    access: operators,
    summary:
      'Figures over the rounds, for a plot: of the members together, of each, or of the rounds; neighbouring rounds put together to at most so many points',
    params: group,
    query: seriesQuerySchema,
    answer: seriesSchema,
  },
} as const satisfies Record<string, Route>;
