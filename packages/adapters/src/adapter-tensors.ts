// Which linear layers are adapted, and the names, owners and shapes of the tensors that adapt them.
// Names are `<module>.<owner>.<role>`, e.g. `layers.1.mlp.fc1.shared.A`. No values here (initialise.ts).
import { AdapterError } from './adapter-error.ts';
import {
  type AdapterSettings,
  type Factor,
  type Linear,
  layoutPaths,
  type Owner,
  pathRank,
  type Role,
  type Start,
} from './layouts.ts';

export interface AdapterTensor {
  readonly name: string;
  readonly owner: Owner;
  readonly shape: readonly [rows: number, columns: number];
  readonly start: Start;
  readonly module: string;
  readonly role: Role;
}

/**
 * The linear layers that the targets name, in the order of the model and each once.
 * A target is a full module name, a dotted suffix of one (`q_proj`, `mlp.fc1`), or `all-linear`; `top-8:` before any
 * of them keeps to the model's last 8 layers (all of them where it has fewer). What lies below the lowest adapted
 * layer is the same in every step, so an engine can compute it once an example.
 * Throws AdapterError `unknown-target` when a target names nothing, listing what there is.
 */
export function chooseTargets(linears: readonly Linear[], targets: readonly string[]): Linear[] {
  const chosen = new Set<Linear>();
  for (const target of targets) {
    const named = linearsOf(linears, target);
    if (named.length === 0) {
      throw new AdapterError(
        'unknown-target',
        `target "${target}" names no linear layer of the base model; there are: ${summarise(linears)} (or all-linear; top-8:q_proj for the last 8 layers alone)`,
      );
    }
    for (const linear of named) chosen.add(linear);
  }
  return linears.filter((linear) => chosen.has(linear));
}

function linearsOf(linears: readonly Linear[], target: string): Linear[] {
  const top = /^top-([1-9]\d*):(.+)$/.exec(target);
  if (top === null) return linears.filter((linear) => isNamed(linear.name, target));
  const [, count, name] = top as unknown as [string, string, string];
  const lowest = Math.max(...linears.map((linear) => layerOf(linear.name))) - Number(count) + 1;
  return linears.filter((linear) => isNamed(linear.name, name) && layerOf(linear.name) >= lowest);
}

function isNamed(module: string, name: string): boolean {
  return name === 'all-linear' || module === name || module.endsWith(`.${name}`);
}

/** The first number among a name's parts, which counts layers in every family; NaN-free: -1 where there is none. */
function layerOf(module: string): number {
  return Number(module.split('.').find((part) => /^\d+$/.test(part)) ?? -1);
}

/** Module names with layer numbers as `*`, so that a model of 200 layers is listed in one line. */
function summarise(linears: readonly Linear[]): string {
  const patterns = new Set(linears.map((linear) => linear.name.replaceAll(/(?<=^|\.)\d+(?=\.|$)/g, '*')));
  return [...patterns].join(', ') || 'none';
}

export function tensorName(module: string, factor: Factor): string {
  return `${module}.${factor.owner}.${factor.role}`;
}

/** Every tensor of the adapters of these modules, module by module, factors left to right. */
export function adapterTensors(settings: AdapterSettings, modules: readonly Linear[]): AdapterTensor[] {
  const paths = layoutPaths(settings);
  return modules.flatMap((module) =>
    paths.flatMap((path) => {
      const dims = { out: module.out, in: module.in, rank: pathRank(settings, path) };
      return path.factors.map((factor) => ({
        name: tensorName(module.name, factor),
        owner: factor.owner,
        shape: factor.shape(dims),
        start: factor.start,
        module: module.name,
        role: factor.role,
      }));
    }),
  );
}
