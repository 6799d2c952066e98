// Inputs that programs of others give as int64, as ONNX models of Hugging Face's take ids and masks: cast to what the graph
// computes with.
import { attributeTypes, dataTypes, type ModelContent, type NodeMessage } from './onnx-schema.ts';

/** The same model with these inputs in int64; those it has no input of are passed over. */
export function withInt64Inputs(model: ModelContent, names: readonly string[]): ModelContent {
  const { graph } = model;
  const wide = graph.input.filter(({ name }) => names.includes(name));
  const own = new Map(wide.map(({ name }) => [name, `${name}:own`]));
  const casts = wide.map(({ name, type }): NodeMessage => {
    const to = { name: 'to', type: attributeTypes.i, i: type.tensor_type.elem_type };
    return {
      op_type: 'Cast',
      name: `Cast:${name}`,
      input: [name],
      output: [own.get(name)!],
      attribute: [to],
    };
  });
  const input = graph.input.map((info) =>
    own.has(info.name)
      ? { ...info, type: { tensor_type: { ...info.type.tensor_type, elem_type: dataTypes.int64 } } }
      : info,
  );
  const nodes = graph.node.map((node) => ({
    ...node,
    input: node.input.map((name) => own.get(name) ?? name),
  }));
  return { ...model, graph: { ...graph, input, node: [...casts, ...nodes] } };
}
