// `npm run pack -- FOLDER [--here]`: makes the packages that CoLoRA is installed by, as tarballs: `colora` (member and command),
// `@colora/coordinator`, and one package a system with what has binaries. Says what each weighs.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compileHouse } from '../compile-house.ts';
import { type NativeSystem, nativeSystems } from './native-systems.ts';
import { packCoordinator } from './pack-coordinator.ts';
import { packMember } from './pack-member.ts';
import { packNative } from './pack-native.ts';
import { readVersions } from './packed.ts';

/** `--here`: of this system alone. */
const isHere = process.argv.includes('--here');
const isWanted = ({ platform, arch }: NativeSystem) =>
  !isHere || (platform === process.platform && arch === process.arch);
const root = fileURLToPath(new URL('../..', import.meta.url));
const [folder] = process.argv.slice(2);
if (folder === undefined || (existsSync(folder) && readdirSync(folder).length > 0)) {
  console.error('name a new or empty folder: npm run pack -- FOLDER');
  process.exit(2);
}
const target = resolve(folder);
const isCompiled = existsSync(join(root, 'apps/cli/src/main.js')); // where tests run
const house = isCompiled ? root : mkdtempSync(join(tmpdir(), 'colora-house-'));
const laid = mkdtempSync(join(tmpdir(), 'colora-pack-'));
try {
  if (!isCompiled) compileHouse(house);
  const workspaces = ['apps', 'packages'].flatMap((parent) =>
    readdirSync(join(root, parent)).map((name) => `${parent}/${name}`),
  );
  const versions = readVersions(workspaces);
  mkdirSync(target, { recursive: true });
  const packages = [join(laid, 'colora'), join(laid, 'coordinator')];
  await packMember(house, packages[0]!, versions);
  await packCoordinator(house, join(root, 'apps/dashboard/dist'), packages[1]!, versions);
  for (const system of nativeSystems.filter(isWanted)) {
    const place = join(laid, `native-${system.platform}-${system.arch}`);
    packNative(join(root, 'node_modules'), place, system, versions);
    packages.push(place);
  }
  for (const place of packages) {
    const made = spawnSync('npm', ['pack', place, '--pack-destination', target, '--silent'], {
      encoding: 'utf8',
      shell: process.platform === 'win32',
    });
    if (made.status !== 0) throw new Error(`npm pack ${place}: ${made.stderr}`);
    const name = made.stdout.trim();
    console.log(`${(statSync(join(target, name)).size / 1e6).toFixed(1).padStart(6)} MB  ${name}`);
  }
} finally {
  for (const place of isCompiled ? [laid] : [house, laid]) rmSync(place, { recursive: true, force: true });
}
