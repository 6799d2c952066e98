// Which cases `npm run bench:coordinator` runs: lists of clients, megabytes and encodings, and all their pairs.
import { parseArgs } from 'node:util';
import { type EchoCase, encodings } from './echo-case.ts';
import { type Peer, peers } from './flower-peer.ts';

export interface Flags {
  readonly cases: readonly EchoCase[];
  /** Rounds that count, after those of the first seconds. */
  readonly rounds: number | null;
  readonly peerRounds: number;
  readonly peers: readonly Peer[];
}

export const usage = `npm run bench:coordinator -- [flags]
  --clients 8,32,128,512   echo clients                  (default 8,32,128)
  --megabytes 1.2,7,40     an update in float32          (default 1.2)
  --wire f32,int8/bf16     how updates (and, after a slash, checkpoints) travel: f32, f16, bf16, int8   (default f32)
  --masked                 each case once more through secure aggregation
  --rounds 5               rounds that count a case      (default: as many as suit its size)
  --peer-rounds 1          rounds of Flower's SuperLink; its gRPC server gets five times as many
  --peers superlink,grpc   Flower beside it, where COLORA_BENCH_FLOWER_PYTHON has it; none for no peer
  --json FILE              write the results`;

/** Throws with what is wrong. */
export function readFlags(argv: readonly string[]): Flags {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      clients: { type: 'string', default: '8,32,128' },
      megabytes: { type: 'string', default: '1.2' },
      wire: { type: 'string', default: 'f32' },
      masked: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      'peer-rounds': { type: 'string', default: '1' },
      peers: { type: 'string', default: 'superlink,grpc' },
      json: { type: 'string' },
    },
  });
  const cases = numbers('clients', values.clients).flatMap((clients) =>
    numbers('megabytes', values.megabytes).flatMap((megabytes) =>
      values.wire.split(',').map((pair) => {
        const [upload, download] = pair.split('/', 2);
        const [up, down] = words('wire', `${upload},${download ?? upload}`, encodings);
        return { clients, megabytes, upload: up!, download: down! };
      }),
    ),
  );
  const masked = values.masked ? cases.map((one) => ({ ...one, masked: true })) : [];
  return {
    cases: [...cases, ...masked],
    rounds: values.rounds === undefined ? null : numbers('rounds', values.rounds)[0]!,
    peerRounds: numbers('peer-rounds', values['peer-rounds'])[0]!,
    peers: values.peers === 'none' ? [] : words('peers', values.peers, peers),
  };
}

function numbers(flag: string, text: string): number[] {
  const list = text.split(',').map(Number);
  if (list.every((value) => value > 0)) return list;
  throw new Error(`--${flag}: ${text} is no list of numbers such as 8,32`);
}

function words<Word extends string>(flag: string, text: string, known: readonly Word[]): Word[] {
  return text.split(',').map((word) => {
    const found = known.find((one) => one === word);
    if (found === undefined) throw new Error(`--${flag}: ${word} is none of ${known.join(', ')}`);
    return found;
  });
}
