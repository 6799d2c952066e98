// A corpus of files that every reader must refuse, each with the code it must be refused with. Tests only.
import type { SafetensorsErrorCode } from './safetensors-error.ts';
import { lengthBytes } from './safetensors-header.ts';

interface HostileFile {
  readonly what: string;
  readonly code: SafetensorsErrorCode;
  /** What a stream reader says, which doesn't know the file's length but has a limit. */
  readonly streamCode?: SafetensorsErrorCode;
  readonly bytes: Uint8Array;
}

/** A file of a header (text or raw bytes) and so many bytes of data, its length field true unless given. */
export function craftFile(
  header: string | Uint8Array,
  dataLength: number,
  headerLength?: bigint,
): Uint8Array {
  const json = typeof header === 'string' ? new TextEncoder().encode(header) : header;
  const bytes = new Uint8Array(lengthBytes + json.length + dataLength);
  new DataView(bytes.buffer).setBigUint64(0, headerLength ?? BigInt(json.length), true);
  bytes.set(json, lengthBytes);
  return bytes;
}

const good = '{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}';
const entry = (dtype: string, shape: string, offsets: string) =>
  `{"dtype":${dtype},"shape":${shape},"data_offsets":${offsets}}`;
const f32 = (shape: string, offsets: string) => entry('"F32"', shape, offsets);

const bySize: HostileFile[] = [
  { what: 'no bytes at all', code: 'truncated', bytes: new Uint8Array(0) },
  { what: 'half a length field', code: 'truncated', bytes: craftFile(good, 8).subarray(0, 5) },
  { what: 'a header length of zero', code: 'header-length', bytes: craftFile(good, 8, 0n) },
  { what: 'a header length of one', code: 'header-length', bytes: craftFile(good, 8, 1n) },
  { what: 'a header of 100 MB and a byte', code: 'header-length', bytes: craftFile(good, 8, 100_000_001n) },
  { what: 'a header length of 2^63', code: 'header-length', bytes: craftFile(good, 8, 2n ** 63n) },
  { what: 'a header length of 2^64 - 1', code: 'header-length', bytes: craftFile(good, 8, 2n ** 64n - 1n) },
  {
    what: 'a header past the end',
    code: 'header-length',
    streamCode: 'truncated',
    bytes: craftFile(good, 8, 999n),
  },
  { what: 'a last byte too few', code: 'truncated', bytes: craftFile(good, 7) },
  { what: 'no data', code: 'truncated', bytes: craftFile(good, 0) },
  { what: 'a byte too many', code: 'trailing-bytes', bytes: craftFile(good, 9) },
  { what: 'bytes after a file without tensors', code: 'trailing-bytes', bytes: craftFile('{}', 1) },
];

const byText: HostileFile[] = [
  headerOf('bytes that are not UTF-8', 'header-encoding', Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x7d)),
  headerOf('a cut UTF-8 sequence', 'header-encoding', Uint8Array.of(0x7b, 0x7d, 0xe2, 0x82)),
  headerOf('a byte order mark', 'header-json', `\u{feff}${good}`),
  headerOf('a space first', 'header-json', ` ${good}`),
  headerOf('cut JSON', 'header-json', good.slice(0, -1)),
  headerOf('two objects', 'header-json', '{}{}'),
  headerOf('NUL padding', 'header-json', `${good}\0\0`),
  headerOf('an array', 'header-json', '[{}]'),
  headerOf('a hundred thousand open brackets', 'header-json', `{"a":${'['.repeat(100_000)}`),
  headerOf('a name twice', 'duplicate-name', `{"a":${f32('[1]', '[0,4]')},"a":${f32('[1]', '[4,8]')}}`),
  headerOf('a name twice, once escaped', 'duplicate-name', `{"a":${f32('[2]', '[0,8]')},"\\u0061":1}`),
  headerOf('a field twice', 'duplicate-name', good.replace('"shape"', '"shape":[9],"shape"')),
  headerOf('metadata twice', 'duplicate-name', '{"__metadata__":{},"__metadata__":{}}'),
  headerOf('half a surrogate pair', 'bad-name', `{"\\ud800":${f32('[2]', '[0,8]')}}`),
  headerOf('metadata that is a list', 'bad-entry', '{"__metadata__":[]}'),
  headerOf('metadata with a number', 'bad-entry', '{"__metadata__":{"a":1}}'),
  headerOf('an entry that is null', 'bad-entry', '{"a":null}'),
  headerOf('an entry that is a list', 'bad-entry', '{"a":[]}'),
];

const byEntry: HostileFile[] = [
  oneTensor('a dtype nobody knows', 'unknown-dtype', entry('"F31"', '[2]', '[0,8]')),
  oneTensor('a dtype every object has', 'unknown-dtype', entry('"constructor"', '[2]', '[0,8]')),
  oneTensor('a dtype in small letters', 'unknown-dtype', entry('"f32"', '[2]', '[0,8]')),
  oneTensor('a numeric dtype', 'unknown-dtype', entry('3', '[2]', '[0,8]')),
  oneTensor('no fields', 'unknown-dtype', '{}'),
  oneTensor('a negative dimension', 'bad-shape', f32('[-2]', '[0,8]')),
  oneTensor('two negative dimensions', 'bad-shape', f32('[-1,-2]', '[0,8]')),
  oneTensor('minus zero', 'bad-shape', f32('[-0]', '[0,0]')),
  oneTensor('a broken dimension', 'bad-shape', f32('[2.5]', '[0,8]')),
  oneTensor('a dimension in quotes', 'bad-shape', f32('["2"]', '[0,8]')),
  oneTensor('a shape that is a number', 'bad-shape', f32('2', '[0,8]')),
  oneTensor('a shape that is null', 'bad-shape', f32('null', '[0,8]')),
  oneTensor('a dimension past 2^53', 'bad-shape', f32('[9007199254740993]', '[0,8]')),
  oneTensor('an infinite dimension', 'bad-shape', f32('[1e999]', '[0,8]')),
  oneTensor('2^64 elements, which wrap to 0', 'bad-shape', f32('[4294967296,4294967296]', '[0,0]')),
  oneTensor('2^62 elements, whose bytes wrap to 0', 'bad-shape', f32('[2147483648,2147483648]', '[0,0]')),
  oneTensor(
    'a product that overflows before its zero',
    'bad-shape',
    f32('[4294967296,4294967296,0]', '[0,0]'),
  ),
  oneTensor('half a byte', 'bad-shape', entry('"F4"', '[1]', '[0,1]')),
  oneTensor('fewer bytes than the shape', 'size-mismatch', f32('[3]', '[0,8]')),
  oneTensor('more bytes than the shape', 'size-mismatch', f32('[1]', '[0,8]')),
  oneTensor('bytes without elements', 'size-mismatch', f32('[0]', '[0,8]')),
  oneTensor('reversed offsets', 'bad-offsets', f32('[2]', '[8,0]')),
  oneTensor('a negative offset', 'bad-offsets', f32('[2]', '[-8,0]')),
  oneTensor('a broken offset', 'bad-offsets', f32('[2]', '[0.5,8.5]')),
  oneTensor('one offset', 'bad-offsets', f32('[2]', '[8]')),
  oneTensor('three offsets', 'bad-offsets', f32('[2]', '[0,8,8]')),
  oneTensor('offsets in quotes', 'bad-offsets', f32('[2]', '["0","8"]')),
  oneTensor('offsets past 2^53', 'bad-offsets', f32('[2]', '[9007199254740992,9007199254741000]')),
  oneTensor('an offset of null', 'bad-offsets', f32('[2]', 'null')),
  oneTensor('a gap before the first tensor', 'bad-offsets', f32('[1]', '[4,8]')),
  {
    ...oneTensor('a petabyte promised', 'truncated', f32('[281474976710656]', '[0,1125899906842624]')),
    streamCode: 'too-large',
  },
  oneTensor('integers', 'unsupported-dtype', entry('"I64"', '[1]', '[0,8]')),
];

const byLayout: HostileFile[] = [
  twoTensors('two tensors on the same bytes', 'bad-offsets', f32('[2]', '[0,8]'), f32('[2]', '[0,8]')),
  twoTensors(
    'half overlapping',
    'bad-offsets',
    entry('"F16"', '[3]', '[0,6]'),
    entry('"F16"', '[2]', '[4,8]'),
  ),
  twoTensors('one inside the other', 'bad-offsets', f32('[2]', '[0,8]'), entry('"U8"', '[1]', '[3,4]')),
  twoTensors('an empty one inside the other', 'bad-offsets', f32('[2]', '[0,8]'), f32('[0]', '[4,4]')),
  twoTensors('a gap between', 'bad-offsets', entry('"F16"', '[1]', '[0,2]'), f32('[1]', '[4,8]')),
  twoTensors('an empty one past the end', 'bad-offsets', f32('[2]', '[0,8]'), f32('[0]', '[9,9]')),
  twoTensors('a second one past the end', 'truncated', f32('[2]', '[0,8]'), f32('[1]', '[8,12]')),
];

export const hostileFiles: readonly HostileFile[] = [...bySize, ...byText, ...byEntry, ...byLayout];

function headerOf(what: string, code: SafetensorsErrorCode, header: string | Uint8Array): HostileFile {
  return { what, code, bytes: craftFile(header, 8) };
}

function oneTensor(what: string, code: SafetensorsErrorCode, a: string): HostileFile {
  return headerOf(what, code, `{"a":${a}}`);
}

function twoTensors(what: string, code: SafetensorsErrorCode, a: string, b: string): HostileFile {
  return headerOf(what, code, `{"a":${a},"b":${b}}`);
}
