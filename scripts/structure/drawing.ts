// docs/structure.md: the rooms of every workspace by floor, as they are measured. A room is a folder or a file of src;
// it imports only rooms on lower floors, so a line that moves is an arrow that turned.
import type { SourceFile } from './import-graph.ts';
import { floorsOf, roomsOf } from './rooms.ts';

const heading = `# Rooms and floors

Written by \`npm run structure -- --write\` and held to the code by \`npm run check\`. A room is a file or a folder of a
workspace's \`src\`; it imports only rooms on lower floors of its workspace, type-only imports counted. What the
workspaces import of each other is in [ARCHITECTURE.md](ARCHITECTURE.md).
`;

export function drawFloors(sources: readonly SourceFile[]): string {
  const workspaces = sources.flatMap(
    ({ path }) => /^((?:packages|apps)\/[^/]+)\/src\//.exec(path)?.[1] ?? [],
  );
  const parts = [...new Set(workspaces)].sort().map((workspace) => {
    const rooms = [...floorsOf(roomsOf(`${workspace}/src`, sources))];
    const highest = Math.max(...rooms.map(([, floor]) => floor));
    const rows = Array.from({ length: highest }, (_, below) => highest - below).map((floor) => {
      const here = rooms
        .filter(([, of]) => of === floor)
        .map(([room]) => (room.endsWith('.ts') ? room.slice(0, -3) : `${room}/`));
      return `${floor}  ${here.sort().join('  ')}`;
    });
    return `\n## ${workspace}\n\n\`\`\`\n${rows.join('\n')}\n\`\`\`\n`;
  });
  return heading + parts.join('');
}
