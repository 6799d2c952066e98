// What is looked for in bodies that left: a text, or what a file holds. Of a file that is its bytes, each of its lines, each text in its
// JSON and, of tensors, their values in every number format that travels unrounded by anything else. Pure.
import { parseJson } from '@colora/protocol/api-client';
import { floatBits, toBf16, toF16 } from '@colora/tensors/dtype';
import { decode } from '@colora/tensors/safetensors/safetensors';

export interface Needle {
  /** In words, for who reads what was found: "line 3". */
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface Needles {
  readonly needles: readonly Needle[];
  /** Parts of the file too short or too plain to mean anything where they are found. */
  readonly tooShort: number;
}

/** Of a part of a file: shorter ones stand in every body by chance. */
const fewestBytes = 8;
const fewestValues = 4;
export const mostNeedles = 200_000;

export function needlesOfText(text: string): Needles {
  return { needles: spelled('the text', text), tooShort: 0 };
}

export function needlesOfFile(bytes: Uint8Array): Needles {
  const whole = { name: 'the whole file', bytes };
  const tensors = tensorsIn(bytes);
  if (tensors !== null) return { ...tensors, needles: [whole, ...tensors.needles] };
  const found = new Map<string, string>();
  let tooShort = 0;
  const add = (name: string, text: string) => {
    if (Buffer.byteLength(text) < fewestBytes) tooShort += 1;
    else if (!found.has(text) && found.size < mostNeedles) found.set(text, name);
  };
  for (const [index, line] of Buffer.from(bytes).toString().split(/\r?\n/).entries()) {
    const name = `line ${index + 1}`;
    if (line.trim() === '') continue;
    const texts = textsIn(parseJson(line));
    if (texts.length === 0) add(name, line.trim());
    for (const text of texts) add(name, text);
  }
  const needles = [...found].flatMap(([text, name]) => spelled(name, text));
  return { needles: bytes.byteLength >= fewestBytes ? [whole, ...needles] : needles, tooShort };
}

const spelled = (name: string, text: string): Needle[] => [
  { name, bytes: Buffer.from(text) },
  { name: `${name}, in UTF-16`, bytes: Buffer.from(text, 'utf16le') },
];

/** Every text in a JSON value, at any depth. */
export function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(textsIn);
}

/** Null where the file holds no tensors. What has few values, or becomes so in few bits, stands in many bodies by chance. */
function tensorsIn(bytes: Uint8Array): Needles | null {
  try {
    const needles: Needle[] = [];
    let tooShort = 0;
    for (const [name, { data }] of decode(bytes).tensors) {
      const as = { float32: floatBits(data), float16: toF16(data), bfloat16: toBf16(data) };
      for (const [format, values] of Object.entries(as)) {
        const { buffer, byteOffset, byteLength } = values;
        const told = `tensor ${name} as ${format}`;
        if (new Set(values).size < fewestValues) tooShort += 1;
        else needles.push({ name: told, bytes: new Uint8Array(buffer, byteOffset, byteLength) });
      }
    }
    return { needles, tooShort };
  } catch {
    return null;
  }
}
