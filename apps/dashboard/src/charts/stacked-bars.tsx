// One bar a round, made of parts one upon the other: how many took part, how long each phase lasted. Drawn as SVG.
import { useRef, useState } from 'preact/hooks';
import { FigureFrame } from './figure-frame.tsx';
import { useWidth } from './use-width.ts';

interface Part {
  readonly label: string;
  /** Which of the series' colours. */
  readonly tone: number;
}

interface StackedBarsProps {
  readonly title: string;
  readonly unit?: string;
  readonly parts: readonly Part[];
  /** Rising. */
  readonly bars: readonly {
    readonly round: number;
    readonly values: readonly number[];
    readonly href?: string;
  }[];
  readonly format: (value: number) => string;
  /** Where the scale may end. */
  readonly tops?: readonly number[];
}

const height = 150;
const left = 52;
const foot = 20;

export function StackedBars({ title, unit, parts, bars, format, tops }: StackedBarsProps) {
  const holder = useRef<HTMLDivElement>(null);
  const width = useWidth(holder);
  const [hovered, setHovered] = useState<number | null>(null);
  const shown = bars[hovered ?? bars.length - 1];
  const most = Math.max(...bars.map(({ values }) => sum(values)), 0);
  const top = tops?.find((one) => one >= most) ?? niceTop(most);
  const step = bars.length === 0 ? 0 : (width - left) / bars.length;
  const scale = (value: number) => (value / top) * (height - foot - 8);
  const every = Math.max(1, Math.ceil(34 / Math.max(step, 1)));
  return (
    <FigureFrame
      title={title}
      {...(unit === undefined ? {} : { unit })}
      summary={
        <span class="legend">
          <span class="quiet">round {shown?.round ?? '–'}</span>
          {parts.map(({ label, tone }, index) => (
            <span key={label} class="key">
              <svg width="10" height="10" aria-hidden="true">
                <rect width="10" height="10" rx="2" class={`fill-${tone}`} />
              </svg>
              {label} <b>{shown === undefined ? '–' : format(shown.values[index] ?? 0)}</b>
            </span>
          ))}
        </span>
      }
      table={() => ({
        head: ['round', ...parts.map(({ label }) => label)],
        rows: bars.map(({ round, values }) => [String(round), ...values.map(format)]).reverse(),
      })}
    >
      <div ref={holder} class="bars">
        <svg
          width={width}
          height={height}
          role="img"
          aria-label={`${title} of rounds ${bars[0]?.round ?? 0} to ${bars.at(-1)?.round ?? 0}`}
          onMouseLeave={() => setHovered(null)}
        >
          {[0, 0.5, 1].map((share) => (
            <g key={share}>
              <line
                x1={left}
                x2={width}
                y1={height - foot - scale(share * top)}
                y2={height - foot - scale(share * top)}
                class="rule"
              />
              <text x={left - 6} y={height - foot - scale(share * top) + 4} class="tick end">
                {format(share * top)}
              </text>
            </g>
          ))}
          {bars.map(({ round, values }, index) => {
            let below = 0;
            const x = left + index * step;
            return (
              // biome-ignore lint/a11y/noStaticElementInteractions: what hovering tells stands in the table of numbers too
              <g
                key={round}
                onMouseEnter={() => setHovered(index)}
                class={hovered === index ? 'hovered' : undefined}
              >
                <rect x={x} y="0" width={Math.max(step, 0)} height={height - foot} class="catch" />
                {values.map((value, at) => {
                  const y = height - foot - scale(below + value);
                  below += value;
                  const gap = step > 4 ? 1.5 : 0;
                  return (
                    <rect
                      key={parts[at]!.label}
                      x={x + gap}
                      y={y}
                      width={Math.max(0.5, Math.min(step - 2 * gap, 28))}
                      height={Math.max(0, scale(value))}
                      class={`fill-${parts[at]!.tone}`}
                    />
                  );
                })}
                {index % every === 0 && (
                  <text x={x + Math.min(step, 31) / 2} y={height - 5} class="tick middle">
                    {round}
                  </text>
                )}
              </g>
            );
          })}
        </svg>
      </div>
    </FigureFrame>
  );
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

/** The next 1, 2, 4 or 5 times a power of ten: half of it is a number one can read too. */
function niceTop(most: number): number {
  if (most <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(most));
  return power * ([1, 2, 4, 5, 10].find((factor) => factor * power >= most) ?? 10);
}
