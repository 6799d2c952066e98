// What a group's settings adapt of its base model, counted: modules, layers, and the numbers a member trains. Heads, whose
// rows depend on the labels that a member has, are not among them.
import { adapterTensors } from '@colora/adapters/adapter-tensors';
import type { Linear } from '@colora/adapters/layouts';
import type { TaskSettings } from '@colora/protocol/task-settings';
import { taskModules } from '@colora/training/programs/task-modules';

export interface AdaptedModules {
  readonly modules: number;
  /** In the order of the model; empty where the modules are of no layer. */
  readonly layers: readonly number[];
  /** Names without their layer, each once: `self_attn.q_proj`. */
  readonly kinds: readonly string[];
  /** Numbers by owner; frozen ones are the same for everybody and never trained. */
  readonly parameters: Readonly<Record<'shared' | 'personal' | 'frozen', number>>;
}

/** Throws AdapterError for a target that names nothing. */
export function adaptedModules(
  linears: readonly Linear[],
  settings: Pick<TaskSettings, 'task' | 'adapter'>,
): AdaptedModules {
  const modules = taskModules(linears, settings);
  const parameters = { shared: 0, personal: 0, frozen: 0 };
  for (const { owner, shape } of adapterTensors(settings.adapter, modules)) {
    parameters[owner] += shape[0] * shape[1];
  }
  const places = modules.map(({ name }) => placeOf(name));
  const layers = places.flatMap(({ layer }) => (layer === null ? [] : [layer]));
  return {
    modules: modules.length,
    layers: [...new Set(layers)].sort((a, b) => a - b),
    kinds: [...new Set(places.map(({ kind }) => kind))],
    parameters,
  };
}

/** Layers are counted by the first number among a name's parts. */
function placeOf(name: string): { readonly layer: number | null; readonly kind: string } {
  const parts = name.split('.');
  const at = parts.findIndex((part) => /^\d+$/.test(part));
  return at < 0
    ? { layer: null, kind: name }
    : { layer: Number(parts[at]), kind: parts.slice(at + 1).join('.') };
}

/** One line for people: "8 modules (q_proj, v_proj) in layers 26 to 29". */
export function modulesText({ modules, layers, kinds }: AdaptedModules): string {
  if (modules === 0) return 'none';
  const shown = kinds.slice(0, 8).join(', ') + (kinds.length > 8 ? ', …' : '');
  return `${modules} modules (${shown})${layers.length === 0 ? '' : ` in ${layersText(layers)}`}`;
}

function layersText(layers: readonly number[]): string {
  const [first, last] = [layers[0]!, layers.at(-1)!];
  if (layers.length === 1) return `layer ${first}`;
  return last - first + 1 === layers.length ? `layers ${first} to ${last}` : `layers ${layers.join(', ')}`;
}

const withThousands = (value: number) => value.toLocaleString('en-US').replaceAll(',', ' ');

/** "12 288 shared, 512 personal": of the adapters, without heads. */
export function parametersText({ parameters: { shared, personal, frozen } }: AdaptedModules): string {
  const still = frozen === 0 ? '' : `, ${withThousands(frozen)} fixed`;
  return `${withThousands(shared)} shared, ${withThousands(personal)} personal${still}`;
}
