// The text of an answer, no longer than it may be: counted after whatever packs it (gzip, br, zstd) was undone, while it comes, so that a few
// bytes on the line can't become gigabytes here. What it says is the caller's affair.
import { NetworkProblem } from './network-problem.ts';

/** Of a JSON answer where its route says nothing else; the largest settings that a coordinator takes fit eight times. */
export const usualAnswerBytes = 8 * 1024 ** 2;

/** Of one that holds a matrix of a thousand members, each with each. */
export const manyAnswerBytes = 64 * 1024 ** 2;

/** Reads the body as UTF-8. Throws NetworkProblem above `mostBytes`, the rest being left where it is, and whatever breaks the body off. */
export async function boundedText(answer: Response, mostBytes: number): Promise<string> {
  if (answer.body === null) return '';
  const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
  const decoder = new TextDecoder();
  let text = '';
  let total = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    total += value.byteLength;
    if (total > mostBytes) {
      await reader.cancel().catch(() => undefined);
      throw new NetworkProblem(
        `the answer is larger than the ${mostBytes} bytes that a coordinator’s may have, and the rest was not read; tell whoever runs it`,
        { final: true },
      );
    }
    text += decoder.decode(value, { stream: true });
  }
}
