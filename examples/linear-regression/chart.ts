// A line chart with two logarithmic axes as SVG text: what the recovery's figure needs and no more.

export interface Series {
  readonly name: string;
  readonly color: string;
  readonly isDashed: boolean;
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

interface ChartSettings {
  readonly title: string;
  readonly subtitle: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly xTicks: readonly number[];
  readonly yTicks: readonly number[];
}

const width = 760;
const height = 460;
const plot = { left: 70, right: 590, top: 70, bottom: 400 };

/** Series outside the range of the ticks are clamped to its edge. */
export function drawChart(settings: ChartSettings, series: readonly Series[]): string {
  const x = logScale(settings.xTicks, plot.left, plot.right);
  const y = logScale(settings.yTicks, plot.bottom, plot.top);
  const centre = (plot.left + plot.right) / 2;
  const middle = (plot.top + plot.bottom) / 2;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="13">`,
    `<title>${escapeText(settings.title)}</title>`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    `<g fill="#1f2933">`,
    text(plot.left, 28, settings.title, 'font-size="17" font-weight="600"'),
    text(plot.left, 50, settings.subtitle, 'fill="#52606d"'),
    text(centre, height - 18, settings.xLabel, 'text-anchor="middle"'),
    text(0, 0, settings.yLabel, `text-anchor="middle" transform="translate(20 ${middle}) rotate(-90)"`),
    ...settings.xTicks.map((tick) => text(x(tick), plot.bottom + 20, `${tick}`, 'text-anchor="middle"')),
    ...settings.yTicks.map((tick) => text(plot.left - 10, y(tick) + 4, `${tick}`, 'text-anchor="end"')),
    '</g>',
    '<g stroke="#d9e2ec">',
    ...settings.xTicks.map((tick) => line(x(tick), plot.top, x(tick), plot.bottom)),
    ...settings.yTicks.map((tick) => line(plot.left, y(tick), plot.right, y(tick))),
    '</g>',
    ...series.flatMap((one, i) => drawSeries(one, x, y, plot.top + 12 + i * 24)),
    '</svg>',
    '',
  ].join('\n');
}

type Scale = (value: number) => number;

function logScale(ticks: readonly number[], from: number, to: number): Scale {
  const low = Math.log(Math.min(...ticks));
  const high = Math.log(Math.max(...ticks));
  return (value) => {
    const share = (Math.log(value) - low) / (high - low);
    return round(from + Math.min(1, Math.max(0, share)) * (to - from));
  };
}

function drawSeries(
  { name, color, isDashed, points }: Series,
  x: Scale,
  y: Scale,
  legendY: number,
): string[] {
  const dash = isDashed ? ' stroke-dasharray="6 4"' : '';
  const path = points.map((point) => `${x(point.x)},${y(point.y)}`).join(' ');
  const legendX = plot.right + 18;
  return [
    `<polyline points="${path}" fill="none" stroke="${color}" stroke-width="2.5"${dash}/>`,
    ...points.map((point) => `<circle cx="${x(point.x)}" cy="${y(point.y)}" r="4" fill="${color}"/>`),
    `<line x1="${legendX}" y1="${legendY}" x2="${legendX + 24}" y2="${legendY}" stroke="${color}" stroke-width="2.5"${dash}/>`,
    text(legendX + 32, legendY + 4, name, 'fill="#1f2933"'),
  ];
}

function line(x1: number, y1: number, x2: number, y2: number): string {
  return `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}"/>`;
}

function text(x: number, y: number, content: string, attributes: string): string {
  return `<text x="${x}" y="${y}" ${attributes}>${escapeText(content)}</text>`;
}

function escapeText(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
