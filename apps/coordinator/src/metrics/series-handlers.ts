// Figures over the rounds of a group, put together by the database: what is sent doesn't grow with what is kept. Rounds are put
// together by whole powers of two, counted from round 0, so that a point stays where it is when rounds are added.
import { shownFigure } from '@colora/protocol/bounds/figure-ranges';
import type { SeriesQuery } from '@colora/protocol/route/metric-series';
import { join, type Sql, sqltag } from '@prisma/client/runtime/client'; // the generated client may not be there yet
import { findGroup } from '../access/find-group.ts';
import type { Context } from '../context.ts';
import type { Call, Result } from '../http/call.ts';
import { ofParticipant } from '../paging/of-participant.ts';
import { type Key, type Order, rising } from '../paging/order.ts';
import { readPage } from '../paging/read-page.ts';

type Point = Result<'showMetricSeries'>['items'][number];
/** `participant`: empty where there is none. */
type Row = Omit<Point, 'participant'> & { readonly participant: string };

const byLine: Order = {
  name: 'lines',
  columns: [rising('name', 'text'), rising('participant', 'text'), rising('round')],
};

export async function showMetricSeries(
  context: Context,
  { params, query }: Call<'showMetricSeries'>,
): Promise<Result<'showMetricSeries'>> {
  const { db } = context;
  const { id: groupId } = await findGroup(context, params.group);
  const figures = await figuresOf(context, groupId, query);
  const [span] = await db.$queryRaw<{ first: number | null; last: number | null }[]>`
    SELECT min(f."round") AS "first", max(f."round") AS "last" FROM (${figures}) f`;
  const width = widthOf(span?.first ?? 0, span?.last ?? 0, query.points);
  const whose = query.of === 'members' ? sqltag`p."name"` : sqltag`''`;
  const { rows, next } = await readPage<Row>(query, {
    name: 'showMetricSeries',
    order: byLine,
    find: ({ take }, after) => db.$queryRaw<Row[]>`
      SELECT * FROM (
        SELECT f."name", ${whose} AS "participant", f."round" / ${width}::int * ${width}::int AS "round",
          max(f."round") AS "through", count(*)::int AS "count", avg(f."value") AS "mean", min(f."value") AS "least",
          percentile_cont(0.5) WITHIN GROUP (ORDER BY f."value") AS "median", max(f."value") AS "most"
        FROM (${figures}) f LEFT JOIN "Participant" p ON p."id" = f."participantId"
        GROUP BY 1, 2, 3
      ) x ${after === null ? sqltag`` : behind(after)}
      ORDER BY x."name", x."participant", x."round" LIMIT ${take}::int`,
  });
  return { items: rows.map(viewPoint), next, width };
}

const behind = ([name, participant, round]: readonly Key[]): Sql =>
  sqltag`WHERE (x."name", x."participant", x."round") > (${name}::text, ${participant}::text, ${round}::int)`;

/** Rows of name, participantId, round and value; values of earlier versions lie anywhere, and a sum of them has to be a number. */
async function figuresOf(context: Context, groupId: string, query: SeriesQuery): Promise<Sql> {
  const { name, from, through } = query;
  if (query.of === 'rounds') {
    const said = [
      ...(name === undefined ? [] : [sqltag`m."key" = ${name}`]),
      ...between(sqltag`r."number"`, query),
    ];
    return sqltag`
      SELECT m."key" AS "name", NULL::text AS "participantId", r."number" AS "round",
        LEAST(1e9, GREATEST(-1e9, (m."value" #>> '{}')::float8)) AS "value"
      FROM "Round" r, jsonb_each(r."metrics") m
      WHERE ${join([sqltag`r."groupId" = ${groupId} AND jsonb_typeof(m."value") = 'number'`, ...said], ' AND ')}`;
  }
  const { participantId } = await ofParticipant(context.db, query);
  const said = [
    ...(name === undefined ? [] : [sqltag`k."name" = ${name}`]),
    ...(participantId === undefined ? [] : [sqltag`k."participantId" = ${participantId}`]),
    ...between(sqltag`k."round"`, { from, through }),
  ];
  return sqltag`
    SELECT k."name", k."participantId", k."round", LEAST(1e9, GREATEST(-1e9, k."value")) AS "value" FROM "Metric" k
    WHERE ${join([sqltag`k."groupId" = ${groupId} AND k."round" IS NOT NULL`, ...said], ' AND ')}`;
}

function between(round: Sql, { from, through }: Pick<SeriesQuery, 'from' | 'through'>): Sql[] {
  return [
    ...(from === undefined ? [] : [sqltag`${round} >= ${from}::int`]),
    ...(through === undefined ? [] : [sqltag`${round} <= ${through}::int`]),
  ];
}

/** The least power of two with which the rounds from `first` to `last` are at most so many points. */
export function widthOf(first: number, last: number, points: number): number {
  let width = 1;
  while (Math.floor(last / width) - Math.floor(first / width) + 1 > points) width *= 2;
  return width;
}

function viewPoint({ participant, mean, least, median, most, ...row }: Row): Point {
  const shown = (value: number) => shownFigure(row.name, value);
  return {
    ...row,
    participant: participant === '' ? null : participant,
    ...{ mean: shown(mean), least: shown(least), median: shown(median), most: shown(most) },
  };
}
