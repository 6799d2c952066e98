// A member's hint socket at the lowest price: Engine.IO 4 and Socket.IO 5 in the few packets that hints need, over a
// bare WebSocket. Counts the bytes at its socket.
import { connect, type NetConnectOpts, type Socket } from 'node:net';
import { WebSocket } from 'ws';
import type { Traffic } from './http-connection.ts';

export interface HintSocket {
  /** Resolves when the coordinator has let the key in. */
  readonly ready: Promise<void>;
  /** Bytes at the socket since it was opened. */
  traffic(): Traffic;
  close(): void;
}

interface HintHandlers {
  readonly onHint: (name: string, event: Record<string, unknown>) => void;
  readonly onClose?: () => void;
}

export function openHintSocket(url: string, key: string, { onHint, onClose }: HintHandlers): HintSocket {
  const address = `${url.replace(/^http/, 'ws')}/socket.io/?EIO=4&transport=websocket`;
  let socket: Socket | undefined;
  const ws = new WebSocket(address, {
    perMessageDeflate: false,
    createConnection: ((options: NetConnectOpts) => {
      socket = connect(options);
      return socket;
    }) as typeof connect,
  });
  const ready = new Promise<void>((done, failed) => {
    ws.on('error', failed);
    ws.on('close', () => failed(new Error('the hint socket was closed')));
    ws.on('message', (data) => {
      const packet = String(data);
      if (packet.startsWith('0')) ws.send(`40${JSON.stringify({ key })}`);
      else if (packet === '2') ws.send('3');
      else if (packet.startsWith('40')) done();
      else if (packet.startsWith('44')) failed(new Error(`the hint socket was refused: ${packet.slice(2)}`));
      else if (packet.startsWith('42')) {
        const [name, event] = JSON.parse(packet.slice(2)) as [string, Record<string, unknown>];
        onHint(name, event);
      }
    });
  });
  ready.catch(() => undefined);
  if (onClose !== undefined) ws.on('close', onClose);
  return {
    ready,
    traffic: () => ({ up: socket?.bytesWritten ?? 0, down: socket?.bytesRead ?? 0 }),
    close: () => ws.close(),
  };
}
