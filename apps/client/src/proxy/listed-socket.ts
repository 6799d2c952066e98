// The socket's two ways to travel, each message listed before it goes: a WebSocket, and long polling by our own fetch (through the
// proxy there is, and no redirect is followed with a key). What the messages say is line/hints.ts's affair.
import type { FetchUrl } from '@colora/protocol/api-client';
import { boundedText } from '@colora/protocol/failures/bounded-answer';
import { Fetch as FetchPolling, io, NodeWebSocket, type Socket } from 'socket.io-client';
import { purposeOf } from './sent-kind.ts';
import type { SentList } from './sent-list.ts';
import type { Ways } from './ways.ts';

/** socket.io's own, but for what the way decides. */
export interface SocketOptions {
  readonly path: string;
  readonly auth: (send: (auth: { readonly key: string }) => void) => void;
  readonly reconnectionDelay: number;
  readonly reconnectionDelayMax: number;
  readonly randomizationFactor: number;
  /** A message's, in either direction. */
  readonly mostBytes: number;
}

interface Line {
  readonly ways: Ways;
  readonly sent: SentList;
  readonly fetch: FetchUrl;
}

export async function connectSocket(
  { ways, sent, fetch }: Line,
  url: string,
  { mostBytes, ...options }: SocketOptions,
): Promise<Socket> {
  // A WebSocket needs a tunnel through a proxy, which it asks for in its own protocol's name.
  const agent = await ways.agentFor(url.replace(/^http/, 'ws'));
  return io(url, {
    ...options,
    transports: [webSocketListed(sent), pollingBy(fetch, mostBytes)],
    tryAllTransports: true,
    ...ways.certificate,
    ...(agent === undefined ? {} : { agent: agent as unknown as string }), // typed for browsers
    forceNew: true,
    ...bounds(mostBytes),
  });
}

/** Of the WebSocket; its types know neither. */
const bounds = (maxPayload: number): object => ({ maxPayload, perMessageDeflate: false });

type Written = Parameters<NodeWebSocket['doWrite']>;
type Opened = Parameters<NodeWebSocket['createSocket']>;

/** What can't be listed is not sent: both are called where an error only ends the attempt. */
function webSocketListed(sent: SentList) {
  return class extends NodeWebSocket {
    #url = '';

    override createSocket(...opened: Opened): ReturnType<NodeWebSocket['createSocket']> {
      this.#url = opened[0].replace(/^ws/, 'http');
      this.#note(null);
      return super.createSocket(...opened);
    }

    override doWrite(packet: Written[0], data: Written[1]): void {
      this.#note(bytesOf(data));
      super.doWrite(packet, data);
    }

    #note(body: Uint8Array | null): void {
      sent.note({ ...purposeOf('GET', this.#url, body !== null), to: new URL(this.#url).origin, body });
    }
  };
}

const bytesOf = (data: Written[1]): Uint8Array =>
  typeof data === 'string' ? Buffer.from(data) : Buffer.from(data as Uint8Array<ArrayBuffer>);

function pollingBy(fetchListed: FetchUrl, mostBytes: number) {
  return class extends FetchPolling {
    override doPoll(): void {
      this.#ask().then(
        (text) => this.onData(text),
        (error) => this.onError('fetch read error', error),
      );
    }

    override doWrite(data: string, callback: () => void): void {
      this.#ask(data).then(
        () => callback(),
        (error) => this.onError('fetch write error', error),
      );
    }

    async #ask(data?: string): Promise<string> {
      const body =
        data === undefined ? {} : { body: data, headers: { 'content-type': 'text/plain;charset=UTF-8' } };
      const answer = await fetchListed(this.uri(), {
        method: data === undefined ? 'GET' : 'POST',
        redirect: 'manual',
        ...body,
      });
      if (!answer.ok) throw new Error(`the polling was answered ${answer.status}`);
      return await boundedText(answer, mostBytes);
    }
  };
}
