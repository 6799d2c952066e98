// Bytes to lines and texts: where a line ends, what is text, how much of it is taken.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { byteLines } from './byte-lines.ts';
import { textLines, wholeText } from './text-bytes.ts';

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < bytes.byteLength; from += size) yield bytes.subarray(from, from + size);
}

async function linesOf(bytes: Uint8Array, size = 3, limit?: number): Promise<string[]> {
  const lines: string[] = [];
  for await (const { text, line } of textLines(pieces(bytes, size), 'mine', limit)) {
    lines.push(text);
    assert.equal(line, lines.length);
  }
  return lines;
}

const bytesOf = (text: string) => new TextEncoder().encode(text);
const utf16 = (text: string) => new Uint8Array(Buffer.from(text, 'utf16le'));

describe('lines', () => {
  test('end at \\n only: U+2028, U+2029, U+0085, vertical tab and form feed stay inside', async () => {
    const inside = 'a\u2028b\u2029c\u0085d\ve\ff\rg';
    assert.deepEqual(await linesOf(bytesOf(`${inside}\r\nh\n\ni`)), [`${inside}\r\n`, 'h\n', '\n', 'i']);
  });

  test('are the same whatever pieces the bytes come in, and whole', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: fc.constantFrom('a', '\n', '\r', 'ü', '🙂', '\u2028') }),
        fc.integer({ min: 1, max: 9 }),
        async (text, size) => {
          const lines = await linesOf(bytesOf(text), size);
          assert.equal(lines.join(''), text);
          assert.deepEqual(
            lines,
            text.split(/(?<=\n)/).filter((line) => line !== ''),
          );
        },
      ),
    );
  });

  test('have a bound, which is told with the line before more of it is held', async () => {
    await assert.rejects(linesOf(bytesOf('ab\nabcdef'), 2, 4), /^DataError: mine:2: the line has more than/);
    assert.deepEqual(await linesOf(bytesOf('abc\nabcd'), 2, 4), ['abc\n', 'abcd']);
    let asked = 0;
    const endless = (async function* () {
      for (;;) {
        asked += 1;
        yield new Uint8Array(1024).fill(97);
      }
    })();
    await assert.rejects(
      (async () => {
        for await (const _ of byteLines(endless, 4096)) assert.fail('no line ends');
      })(),
    );
    assert.equal(asked, 5);
  });
});

describe('bytes', () => {
  test('that are not UTF-8 are refused with the line, never read as U+FFFD', async () => {
    for (const wrong of [[0xfc], [0xe2, 0x82], [0xed, 0xa0, 0x80], [0xc0, 0xaf], [0xff]]) {
      const bytes = Uint8Array.of(...bytesOf('a\nb'), ...wrong, 10);
      await assert.rejects(linesOf(bytes), /^DataError: mine:2: is not text in UTF-8; convert it first/);
      await assert.rejects(wholeText(pieces(bytes, 2), 'mine'), /^DataError: mine: is not text in UTF-8/);
    }
  });

  test('of UTF-16 with a byte order mark are read, in either order of bytes', async () => {
    const text = 'Größe 🙂\u2028\nzwei\r\n';
    const little = utf16(`\uFEFF${text}`);
    for (const bytes of [little, Buffer.from(little).swap16()]) {
      for (const size of [1, 2, 5, 100]) {
        assert.deepEqual(await linesOf(bytes, size), ['Größe 🙂\u2028\n', 'zwei\r\n']);
        assert.equal(await wholeText(pieces(bytes, size), 'mine'), text);
      }
    }
    await assert.rejects(linesOf(little.subarray(0, -1)), /begins as text in UTF-16 and is none to its end/);
    await assert.rejects(linesOf(utf16('\uFEFFab\ud800')), /begins as text in UTF-16 and is none to its end/);
  });

  test('of UTF-16 without a mark are named, as is whatever holds NUL bytes', async () => {
    for (const bytes of [utf16('text'), Buffer.from(utf16('text')).swap16(), bytesOf('a\0b')])
      await assert.rejects(linesOf(bytes), /^DataError: mine:1: holds NUL bytes, so it is text in UTF-16/);
  });

  test('lose a byte order mark at their start only', async () => {
    assert.deepEqual(await linesOf(bytesOf('\uFEFFa\n\uFEFFb')), ['a\n', '\uFEFFb']);
    assert.equal(await wholeText(pieces(bytesOf('\uFEFFa\uFEFF'), 1), 'mine'), 'a\uFEFF');
    assert.deepEqual(await linesOf(new Uint8Array()), []);
  });

  const formats: [name: string, start: number[], RegExp][] = [
    ['gzip', [0x1f, 0x8b, 8, 0], /compressed with gzip; unpack it/],
    ['zip, as .xlsx is', [0x50, 0x4b, 3, 4], /save the table as CSV/],
    ['zstd', [0x28, 0xb5, 0x2f, 0xfd, 4], /compressed with zstd; unpack it/],
    ['an old Office document', [0xd0, 0xcf, 0x11, 0xe0, 0xa1], /\.xls, \.doc\); save it as CSV or text/],
    ['Parquet under another name', [...bytesOf('PAR1'), 0x15, 0], /is Parquet; give it the ending \.parquet/],
    ['UTF-32', [0xff, 0xfe, 0, 0, 97, 0, 0, 0], /UTF-32; convert it/],
    ['UTF-32 the other way round', [0, 0, 0xfe, 0xff, 0, 0, 0, 97], /UTF-32; convert it/],
    ['PDF', [...bytesOf('%PDF-1.7')], /is a PDF/],
  ];
  for (const [name, start, problem] of formats) {
    test(`that are ${name} are told by name`, async () => {
      await assert.rejects(linesOf(Uint8Array.from(start), 1), problem);
    });
  }
});
