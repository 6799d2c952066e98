// How a round went, member by member, as bars over its time: asked, downloading, training, uploading. Each bar tells its times in words.
import type { Passage, Timeline } from '@colora/protocol/why/timeline';
import { call } from '../../../api/client.ts';
import { now } from '../../../api/clock.ts';
import { about, useLive } from '../../../api/live.ts';
import { span } from '../../../format/times.ts';
import { Loaded } from '../../../parts/loaded.tsx';
import { Name } from '../../../parts/name.tsx';
import { at } from '../../../routing/place.ts';
import { phasesOf } from './passage-phases.ts';

/** More rows nobody reads at once; the members' list has the others. */
const most = 100;

export function TimelinePanel({ group, number }: { readonly group: string; readonly number: number }) {
  const live = useLive(
    `timeline ${group} ${number}`,
    (signal) => call('showTimeline', { params: { group, round: number }, query: { limit: most }, signal }),
    { hears: about(group), every: { hinted: 5, alone: 4 } },
  );
  return (
    <section class="panel" aria-label="Timeline">
      <h2>Timeline</h2>
      <Loaded live={live} what="the timeline" lines={8}>
        {(timeline) => <Rows group={group} timeline={timeline} />}
      </Loaded>
    </section>
  );
}

const tones = { asked: 5, downloading: 3, training: 1, uploading: 2, counting: 4 } as const;

function Rows({ group, timeline }: { readonly group: string; readonly timeline: Timeline }) {
  const { openedAt, closedAt, items, total, last } = timeline;
  const begin = Date.parse(openedAt);
  const end = Math.max(begin + 1000, closedAt === null ? now.value : Date.parse(closedAt));
  const share = (ms: number) => (100 * Math.min(Math.max(0, ms - begin), end - begin)) / (end - begin);
  return (
    <div class="timeline">
      <p class="legend quiet">
        {Object.entries(tones).map(([name, tone]) => (
          <span key={name} class="key">
            <svg width="10" height="10" aria-hidden="true">
              <rect width="10" height="10" rx="2" class={`fill-${tone}`} />
            </svg>
            {name}
          </span>
        ))}
        {last !== null && (
          <span>
            last in: <bdi>{last.participant}</bdi>, after {span((Date.parse(last.at) - begin) / 1000)}
          </span>
        )}
      </p>
      <ol>
        {items.map((passage) => (
          <li key={passage.participant}>
            <Name name={passage.participant} href={at(['groups', group, 'members', passage.participant])} />
            <svg width="100%" height="14" role="img" aria-label={told(passage, end)}>
              <title>{told(passage, end)}</title>
              <line x1="0" x2="100%" y1="7" y2="7" class="rule" />
              {phasesOf(passage, end).map(({ phase, from, to }) => (
                <rect
                  key={phase}
                  x={`${share(from)}%`}
                  y="1"
                  width={`${share(to) - share(from)}%`}
                  height="12"
                  class={`fill-${tones[phase]}`}
                />
              ))}
            </svg>
            <span class={`outcome ${passage.outcome}`}>{outcomeText(passage, begin)}</span>
          </li>
        ))}
      </ol>
      {total !== items.length && (
        <p class="quiet">
          The first {items.length} of {total ?? 'more than 10,000'} members.
        </p>
      )}
    </div>
  );
}

function outcomeText({ outcome, countedAt, countsIn, madeFor, refused }: Passage, begin: number): string {
  if (refused !== null && outcome === 'refused') return `refused: ${refused.why} (${refused.code})`;
  if (outcome === 'counted')
    return countedAt === null ? 'counted' : `counted after ${span((Date.parse(countedAt) - begin) / 1000)}`;
  if (outcome === 'late') return `late: counts in round ${countsIn ?? '?'}`;
  return outcome === 'earlier' ? `made for round ${madeFor ?? '?'}` : 'not in';
}

/** For who can't see it. */
function told(passage: Passage, end: number): string {
  const parts = phasesOf(passage, end).map(({ phase, from, to }) => `${phase} ${span((to - from) / 1000)}`);
  return `${passage.participant}: ${parts.join(', ') || 'nothing known'}`;
}
