// `npm run structure`: measures files a folder, import floors, rings and long files, prints a table, and ends with
// status 1 where a goal of goals.ts is missed and no exception stands there, or docs/structure.md draws other floors
// (`-- --write` draws them anew). Tests and what only they use (testing-*,
// testing/) count as files of their folder, but their imports draw no floors.
import { readFileSync, writeFileSync } from 'node:fs';
import { drawFloors } from './drawing.ts';
import { exceptions, filesInAFolder, floorsInAFolder, linesInAFile } from './goals.ts';
import { readSources, type SourceFile } from './import-graph.ts';
import { floorsOf, ringsOf, roomsOf } from './rooms.ts';

const root = process.cwd();
const files = readSources(root, [
  'packages',
  'apps',
  'bench',
  'chaos',
  'examples',
  'fuzz',
  'scripts',
  'test',
]);
const folderOf = (path: string) => path.slice(0, path.lastIndexOf('/'));
const onlyForTests = (path: string) => /\.test\.ts$|(^|\/)testing(-[^/]*\.ts$|\/)/.test(path);

const sources = files.filter((file) => !onlyForTests(file.path));
const faults: string[] = [];
const used = new Set<string>();

function hold(path: string, value: number, goal: number, what: string): void {
  const exception = exceptions[path];
  if (value <= goal) return;
  used.add(path);
  if (value <= (exception?.allowed ?? goal)) return;
  faults.push(`${path}: ${value} ${what}, at most ${exception?.allowed ?? goal}`);
}

/** Every folder on the way to a file, `src` and what lies below it; outside workspaces the top folders too. */
function foldersOf(all: readonly SourceFile[]): string[] {
  const folders = new Set<string>();
  for (const { path } of all)
    for (let folder = folderOf(path); folder.includes('/'); folder = folderOf(folder)) folders.add(folder);
  for (const { path } of all) folders.add(folderOf(path));
  return [...folders].filter((folder) => !/^(packages|apps)(\/[^/]+)?$/.test(folder)).sort();
}

console.log('files  floors  folder');
for (const folder of foldersOf(files)) {
  const count = files.filter((file) => folderOf(file.path) === folder).length;
  const rooms = roomsOf(folder, sources);
  const floors = Math.max(0, ...floorsOf(rooms).values());
  console.log(`${String(count).padStart(5)}  ${String(floors).padStart(6)}  ${folder}`);
  hold(folder, count, filesInAFolder, 'files');
  hold(`${folder}/`, floors, floorsInAFolder, 'floors');
  for (const ring of ringsOf(rooms)) {
    const arrows = ring.flatMap((room) =>
      [...(rooms.arrows.get(room) ?? [])].filter(([to]) => ring.includes(to)).map(([, files]) => files),
    );
    faults.push(`${folder}: ${ring.join(', ')} import each other in a ring:\n    ${arrows.join('\n    ')}`);
  }
}
for (const file of sources) hold(file.path, file.lines, linesInAFile, 'lines');
for (const path of Object.keys(exceptions))
  if (!used.has(path))
    faults.push(`${path} needs no exception any more: take it out of scripts/structure/goals.ts`);

const drawing = drawFloors(sources);
const drawn = 'docs/structure.md';
if (process.argv.includes('--write')) writeFileSync(drawn, drawing);
else if (readFileSync(drawn, 'utf8') !== drawing)
  faults.push(
    `${drawn} draws other floors than the code has: see what turned, then npm run structure -- --write`,
  );

const lines = sources.map((file) => file.lines).sort((a, b) => a - b);
console.log(
  `\n${sources.length} source files, median ${lines[lines.length >> 1]} lines, longest ${lines.at(-1)}`,
);
for (const fault of faults) console.error(`\n${fault}`);
if (faults.length > 0) process.exitCode = 1;
else console.log('every folder is within the goals of scripts/structure/goals.ts');
