"""Checks that Python's peft loads a folder written by `colora export` and computes base + delta with it.

  check-peft.py ADAPTER BASE [--reference FILE.json] [--merged MERGED] [--tolerance 1e-4]

ADAPTER  folder with adapter_config.json and adapter_model.safetensors
BASE     the base model's folder (config.json, model.safetensors)
FILE     outputs of the same model computed elsewhere (by CoLoRA's own engine, scripts/adapted-outputs.ts):
         {"cases": [{"ids": [1, 2, 3], "logits": [[...], [...], [...]], "features": [...]}]}
         under task_type CAUSAL_LM a row of logits a token; under FEATURE_EXTRACTION one row, from ADAPTER's
         head.safetensors over the text's vector `features`
MERGED   folder written by `colora export --format merged`: transformers must load it without peft and give the
         reference's outputs

Needs torch, transformers, peft and safetensors. Prints one line a check; exit code 1 if any failed.
"""

import argparse
import json
import sys
import warnings
from pathlib import Path

import torch
from peft import PeftModel
from safetensors import safe_open
from safetensors.torch import load_file
from transformers import AutoModel, AutoModelForCausalLM, AutoModelForSequenceClassification
from transformers.pytorch_utils import Conv1D
from transformers.utils import logging

CLASSES = {
    "CAUSAL_LM": AutoModelForCausalLM,
    "SEQ_CLS": AutoModelForSequenceClassification,
    "FEATURE_EXTRACTION": AutoModel,
}


def load_base(base, task_type):
    torch.manual_seed(0)  # heads that the checkpoint lacks are random: the same ones in every load
    return CLASSES[task_type].from_pretrained(base, dtype=torch.float32).eval()


def load_adapted(adapter, base, task_type):
    """PEFT only warns about keys it misses or does not know: here that is an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        warnings.simplefilter("error", UserWarning)
        return PeftModel.from_pretrained(load_base(base, task_type), adapter).eval()


def file_pairs(adapter):
    tensors = load_file(Path(adapter) / "adapter_model.safetensors")
    prefix, suffix = "base_model.model.", ".lora_A.weight"
    names = [key[len(prefix) : -len(suffix)] for key in tensors if key.endswith(suffix)]
    return {
        name: (tensors[f"{prefix}{name}.lora_A.weight"], tensors[f"{prefix}{name}.lora_B.weight"])
        for name in names
    }


def check_modules(model, pairs):
    adapted = {
        name.removeprefix("base_model.model.")
        for name, module in model.named_modules()
        if hasattr(module, "lora_A") and len(module.lora_A) > 0
    }
    detail = f"{len(adapted)} adapted, {len(pairs)} in the file"
    return adapted == set(pairs), f"exactly the modules of the file are adapted ({detail})"


def check_forward(model, base_model, pairs, texts, tolerance):
    """On every text the adapted model must compute what the base computes with W0 + B A in place of W0 (the scale is inside B)."""
    state, largest = base_model.state_dict(), 0.0
    for name, (a, b) in pairs.items():
        transposed = isinstance(base_model.get_submodule(name), Conv1D)
        state[f"{name}.weight"] = state[f"{name}.weight"] + ((b @ a).T if transposed else b @ a)
        largest = max(largest, (b @ a).abs().max().item())
    base_model.load_state_dict(state)
    with torch.no_grad():
        actual, expected = ([first_output(one(input_ids=torch.tensor([ids]))) for ids in texts] for one in (model, base_model))
    worst = largest_difference(actual, expected)
    detail = f"{len(texts)} texts, largest difference {worst:.2e}, largest delta {largest:.2e}"
    return worst <= tolerance and largest > 0, f"outputs are those of base + B A ({detail})"


def first_output(outputs):
    return outputs.logits if hasattr(outputs, "logits") else outputs.last_hidden_state


def check_outputs(model, reference, head, pools, tolerance):
    """Every output of the reference: the adapted model must give it, and the bare base model must not."""
    results = []
    for kind in sorted({kind for case in reference["cases"] for kind in case if kind != "ids"}):
        actual = [outputs_of(model, case["ids"], head, pools)[kind] for case in reference["cases"]]
        with model.disable_adapter():
            bare = [outputs_of(model, case["ids"], head, pools)[kind] for case in reference["cases"]]
        expected = [torch.tensor(case[kind]) for case in reference["cases"]]
        worst, without = largest_difference(actual, expected), largest_difference(bare, expected)
        scale = max(tensor.abs().max().item() for tensor in expected)
        detail = f"{len(expected)} texts, largest difference {worst:.2e} of values up to {scale:.2f}"
        detail += f"; {without:.2e} without the adapter"
        results.append((worst <= tolerance < without, f"{kind} equal the reference ({detail})"))
    return results or [(False, "the reference holds no cases")]


def check_merged(merged, task_type, reference, head, pools, tolerance):
    """The merged folder is a plain model: no peft, every weight from its files, the reference's outputs."""
    model, loading = CLASSES[task_type].from_pretrained(merged, dtype=torch.float32, output_loading_info=True)
    missing = [key for key in loading["missing_keys"] if pools or "pooler" not in key]
    results = [(not missing and not loading["unexpected_keys"], f"transformers finds the merged weights ({missing or 'all'})")]
    for kind in sorted({kind for case in reference["cases"] for kind in case if kind != "ids"}):
        actual = [outputs_of(model.eval(), case["ids"], head, pools)[kind] for case in reference["cases"]]
        worst = largest_difference(actual, [torch.tensor(case[kind]) for case in reference["cases"]])
        results.append((worst <= tolerance, f"{kind} of the merged model equal the reference (largest difference {worst:.2e})"))
    return results


def largest_difference(actual, expected):
    return max((a - e).abs().max().item() for a, e in zip(actual, expected, strict=True))


def outputs_of(model, ids, head, pools):
    with torch.no_grad():
        outputs = model(input_ids=torch.tensor([ids]))
    if hasattr(outputs, "logits"):
        return {"logits": outputs.logits[0]}
    features = outputs.pooler_output[0] if pools else outputs.last_hidden_state[0].mean(0)
    return {"features": features, "logits": head(features)[None]}


def read_head(adapter):
    """features [F] -> logits [L] = headScale (W f + b), a tensor (W_j, b_j) a label, common and personal ones added."""
    with safe_open(Path(adapter) / "head.safetensors", "pt") as file:
        metadata, names = file.metadata(), set(file.keys())
        rows = torch.stack([
            sum(file.get_tensor(name) for name in (f"head/{label}", f"personal-head/{label}") if name in names)
            for label in json.loads(metadata["labels"])
        ])
    return lambda features: float(metadata["headScale"]) * (rows[:, :-1] @ features + rows[:, -1])


def has_pooler(base):
    """Without trained pooler weights transformers would draw some: the text's vector is then the mean state."""
    names = []
    for path in Path(base).glob("*.safetensors"):
        with safe_open(path, "pt") as file:
            names += file.keys()
    return any(name.endswith("pooler.dense.weight") for name in names)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("adapter")
    parser.add_argument("base")
    parser.add_argument("--reference")
    parser.add_argument("--merged")
    parser.add_argument("--tolerance", type=float, default=1e-4)
    args = parser.parse_args()

    logging.disable_progress_bar()
    config = json.loads((Path(args.adapter) / "adapter_config.json").read_text())
    base_model = load_base(args.base, config["task_type"])
    try:
        model = load_adapted(args.adapter, args.base, config["task_type"])
    except UserWarning as warning:
        sys.exit(f"FAIL peft loads the folder ({warning})")
    pairs = file_pairs(args.adapter)
    reference = json.loads(Path(args.reference).read_text()) if args.reference else None
    texts = [case["ids"] for case in reference["cases"]] if reference else [list(range(1, 17))]
    results = [check_modules(model, pairs), check_forward(model, base_model, pairs, texts, args.tolerance)]
    if reference:
        head = read_head(args.adapter) if config["task_type"] == "FEATURE_EXTRACTION" else None
        results += check_outputs(model, reference, head, has_pooler(args.base), args.tolerance)
        if args.merged:
            where = (args.merged, config["task_type"])
            results += check_merged(*where, reference, head, has_pooler(args.base), args.tolerance)

    for passed, line in results:
        print("ok  " if passed else "FAIL", line)
    sys.exit(0 if all(passed for passed, _ in results) else 1)


main()
