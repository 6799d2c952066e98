// What a trace may say: these facts and no others, whoever noted them. No paths, no names of examples or files, no keys, no texts of
// errors, nothing of the machine.

export type Attributes = Readonly<Record<string, string | number | boolean>>;

const allowed: ReadonlySet<string> = new Set([
  'colora.group',
  'colora.round',
  'colora.version',
  'colora.participant',
  'colora.contributions',
  'colora.bytes',
  'colora.steps',
  'colora.outcome',
  // by OpenTelemetry's conventions
  'db.operation.name',
  'error.type',
  'http.request.method',
  'http.response.status_code',
  'http.route',
  'service.name',
  'service.version',
]);
const mostLength = 128;

export function allowedAttributes(given: Readonly<Record<string, unknown>>): Attributes {
  const kept: Record<string, string | number | boolean> = {};
  for (const [name, value] of Object.entries(given)) {
    if (!allowed.has(name)) continue;
    if (typeof value === 'string') kept[name] = value.slice(0, mostLength);
    else if (typeof value === 'number' || typeof value === 'boolean') kept[name] = value;
  }
  return kept;
}
