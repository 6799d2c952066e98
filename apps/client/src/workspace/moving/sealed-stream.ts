// A stream under a passphrase, as a file that is read as it is written: piece by piece, none of which is handed on before it was found
// to be what was sealed, in its place, and the last one the last. Key: scrypt (RFC 7914). Pieces: AES-256-GCM (NIST SP 800-38D), their
// nonces counters with a mark of the end (STREAM: Hoang, Reyhanitabar, Rogaway, Vizár 2015), so that none can be left out, moved or cut off.
import { createCipheriv, createDecipheriv, randomBytes, type ScryptOptions, scrypt } from 'node:crypto';
import { ClientError } from '../../client-error.ts';

/** `colora-workspace`, version, log2 of scrypt's N, salt. */
const magic = Buffer.from('colora-workspace');
const version = 1;
const saltBytes = 16;
const headBytes = magic.length + 2 + saltBytes;
const pieceBytes = 65_536;
const tagBytes = 16;
/** 128 MB and half a second of a processor for each guess. */
const usualCost = 17;
/** What a file may ask of who opens it: from 16 MB to 512. */
const costs = { least: 14, most: 19 };

type Bytes = AsyncIterable<Uint8Array>;

/** `cost`: log2 of scrypt's N. */
export async function* sealed(
  plain: Bytes,
  passphrase: string,
  cost = usualCost,
): AsyncGenerator<Uint8Array> {
  const salt = randomBytes(saltBytes);
  const head = Buffer.concat([magic, Buffer.of(version, cost), salt]);
  const key = await keyOf(passphrase, salt, cost);
  yield head;
  let number = 0;
  for await (const { piece, isLast } of pieces(plain, pieceBytes)) {
    const cipher = createCipheriv('aes-256-gcm', key, nonceOf(number, isLast)).setAAD(head);
    yield Buffer.concat([cipher.update(piece), cipher.final(), cipher.getAuthTag()]);
    number += 1;
  }
}

/** Throws ClientError 'bad-file' for what is no such file, another passphrase, and whatever was changed or cut off. */
export async function* unsealed(bytes: Bytes, passphrase: string): AsyncGenerator<Uint8Array> {
  const source = bytes[Symbol.asyncIterator]();
  let head: Buffer<ArrayBufferLike> = Buffer.alloc(0);
  while (head.length < headBytes) {
    const { value, done } = await source.next();
    if (done) break;
    head = Buffer.concat([head, value]);
  }
  const rest = head.subarray(headBytes);
  head = head.subarray(0, headBytes);
  const cost = readHead(head);
  const key = await keyOf(passphrase, head.subarray(-saltBytes), cost);
  let number = 0;
  for await (const { piece, isLast } of pieces(following(rest, source), pieceBytes + tagBytes)) {
    yield opened(piece, key, { head, number, isLast });
    number += 1;
  }
}

function readHead(head: Buffer): number {
  if (head.length < headBytes || !head.subarray(0, magic.length).equals(magic))
    throw new ClientError('bad-file', 'this is no file of colora workspace export');
  const [written, cost] = head.subarray(magic.length);
  if (written !== version)
    throw new ClientError(
      'bad-file',
      `it was exported by another version of colora (format ${written}; this one reads ${version})`,
    );
  if (cost! >= costs.least && cost! <= costs.most) return cost!;
  throw new ClientError(
    'bad-file',
    `its key would take more memory than ${2 ** (costs.most - 10)} MB, or hardly any: it is damaged`,
  );
}

interface Place {
  readonly head: Buffer;
  readonly number: number;
  readonly isLast: boolean;
}

function opened(piece: Buffer, key: Buffer, { head, number, isLast }: Place): Buffer {
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, nonceOf(number, isLast), {
      authTagLength: tagBytes,
    });
    decipher.setAAD(head).setAuthTag(piece.subarray(-tagBytes));
    return Buffer.concat([decipher.update(piece.subarray(0, -tagBytes)), decipher.final()]);
  } catch {
    const why =
      number === 0
        ? 'the passphrase is another one, or the file was changed'
        : 'the file was changed or cut off on its way';
    throw new ClientError('bad-file', `${why}: nothing was imported`);
  }
}

function keyOf(passphrase: string, salt: Uint8Array, cost: number): Promise<Buffer> {
  const options: ScryptOptions = { N: 2 ** cost, r: 8, p: 1, maxmem: 2 ** (cost + 11) };
  return new Promise((resolve, reject) => {
    // what one keyboard writes as one character another writes as two
    scrypt(passphrase.normalize('NFC'), salt, 32, options, (error, key) =>
      error === null ? resolve(key) : reject(error),
    );
  });
}

/** 11 bytes of the piece's number, one that says whether it is the last. A key seals one stream, so none comes twice. */
function nonceOf(number: number, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUIntBE(number, 5, 6);
  nonce[11] = isLast ? 1 : 0;
  return nonce;
}

async function* following(first: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield first;
  for (;;) {
    const { value, done } = await rest.next();
    if (done) return;
    yield value;
  }
}

/** Pieces of `size` bytes, the last of any up to that, an empty one where there is nothing. */
async function* pieces(bytes: Bytes, size: number): AsyncGenerator<{ piece: Buffer; isLast: boolean }> {
  let waiting: Uint8Array[] = [];
  let length = 0;
  for await (const some of bytes) {
    waiting.push(some);
    length += some.length;
    if (length <= size) continue;
    let all = Buffer.concat(waiting);
    for (; all.length > size; all = all.subarray(size)) yield { piece: all.subarray(0, size), isLast: false };
    waiting = [all];
    length = all.length;
  }
  yield { piece: Buffer.concat(waiting), isLast: true };
}
