// Large CommonJS packages, made quick to import in a compiled house. Node reads such a package twice where a module imports it: first
// in JavaScript of its own, for the names that it exports, which takes four times as long as all the rest. Here they are written down.
import { mkdirSync, readdirSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const installed = fileURLToPath(new URL('../node_modules/', import.meta.url));
const scope = '@tensorflow';
const packages = ['tfjs-core', 'tfjs-backend-cpu', 'tfjs-backend-wasm'];

/** In place of the links that compile-house.ts laid: what is imported is the same module that others require. */
export function importQuickly(house: string): void {
  const place = join(house, 'node_modules', scope);
  unlinkSync(place);
  for (const name of readdirSync(join(installed, scope)))
    if (packages.includes(name)) writeNames(join(place, name), join(installed, scope, name));
    else symlinkSync(join(installed, scope, name), join(place, name), 'junction');
}

function writeNames(target: string, source: string): void {
  const require = createRequire(import.meta.url);
  const names = Object.keys(require(source)).filter((name) => name !== 'default');
  const address = JSON.stringify(require.resolve(source));
  mkdirSync(target, { recursive: true });
  writeFileSync(join(target, 'package.json'), '{ "type": "module", "exports": "./index.js" }\n');
  writeFileSync(
    join(target, 'index.js'),
    `import { createRequire } from 'node:module';
const whole = createRequire(import.meta.url)(${address});
export default whole;
export const { ${names.join(', ')} } = whole;
`,
  );
}
