// A process of hostile members beside the crews: one kind of attack a member and group (test/support/attackers.ts). It keeps no ledger,
// since nothing of it may count. Started with the path of a JSON file; SIGTERM ends it.
import { setMaxListeners } from 'node:events';
import { readFileSync } from 'node:fs';
import { attack, attackNames } from '../../test/support/attackers.ts';
import type { CrewPlan } from './crew.ts';

const { urls, clients, groups, lobby } = JSON.parse(readFileSync(process.argv[2]!, 'utf8')) as CrewPlan & {
  readonly lobby: string;
};
const stop = new AbortController();
setMaxListeners(0, stop.signal); // every attack listens to it
process.once('SIGTERM', () => stop.abort());

console.log('hostile members are at work');
let made = 0;
const counts = await Promise.all(
  clients.flatMap(({ key }) =>
    groups.map(async ({ name: group }) => {
      const attackName = attackNames[made++ % attackNames.length]!;
      const url = () => urls[Math.floor(Math.random() * urls.length)]!;
      const target = { url, group, lobby, key, bytes: 32 * 1024, stopped: stop.signal };
      return { attackName, count: await attack(attackName, target) };
    }),
  ),
);
console.log(JSON.stringify(counts));
