"""Adapters made by peft, with the fields that change an adapter's scale and reach, and what they compute.

  python check-peft-import.py make BASE OUT  a folder a case in OUT, with reference.json: logits of some texts
  python check-peft-import.py check OUT      are the logits of each case's `merged` model those of its reference?

Called by check-peft-import.ts, which merges the adapters into the base model between the two. Exit code 1 on a difference."""

import json
import sys
from pathlib import Path

import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM
from transformers.utils import logging

logging.disable_progress_bar()  # a line a weight would hide the verdicts
TOLERANCE = 1e-4
TEXTS = [[1, 5, 9, 12, 7], [3, 4], list(range(10, 26))]
PLAIN = {"r": 4, "lora_alpha": 10, "target_modules": ["q_proj", "v_proj", "down_proj"]}
CASES = {
    "plain": {},
    "rslora": {"use_rslora": True},
    "rank-pattern": {"rank_pattern": {"q_proj": 2, r"layers\.1\.self_attn\.v_proj": 6}},
    "alpha-pattern": {"alpha_pattern": {"q_proj": 3, r"model\.layers\.0\.mlp\.down_proj": 40}},
    "both-patterns-rslora": {"rank_pattern": {"q_proj": 2}, "alpha_pattern": {"q_proj": 5}, "use_rslora": True},
    "python-pattern": {"alpha_pattern": {r"layers\.(?P<n>\d)\.self_attn\.[qv]_proj\Z": 7, r".*\.\d{,2}\.mlp\..*": 2}},
    "first-pattern-wins": {"alpha_pattern": {"proj": 99, r".*q_proj": 3, r"self_attn\.q_proj": 50}},
    "regex-targets": {"target_modules": r".*\.layers\.1\.(self_attn|mlp)\.(q|up)_proj"},
    "layers": {"layers_to_transform": [1]},
    "layers-pattern": {"layers_to_transform": 0, "layers_pattern": "layers"},
    "all-linear": {"target_modules": "all-linear"},
    "excluded": {"target_modules": "all-linear", "exclude_modules": r".*mlp.*"},
    "gaussian": {"init_lora_weights": "gaussian"},
    "orthogonal": {"init_lora_weights": "orthogonal"},
}


def logits_of(model):
    with torch.no_grad():
        return [model(input_ids=torch.tensor([ids])).logits[0].tolist() for ids in TEXTS]


def make(base, out):
    for name, change in CASES.items():
        torch.manual_seed(1)
        model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
        bare = torch.tensor(sum(logits_of(model.eval()), []))
        model = get_peft_model(model, LoraConfig(task_type="CAUSAL_LM", **{**PLAIN, **change})).eval()
        for key, value in model.named_parameters():
            if "lora_" in key:
                torch.nn.init.normal_(value, std=0.2)
        logits = logits_of(model)
        moved = (torch.tensor(sum(logits, [])) - bare).abs().max().item()
        assert moved > 100 * TOLERANCE, f"{name}: the adapter changes nothing"
        model.save_pretrained(Path(out) / name)
        (Path(out) / name / "reference.json").write_text(json.dumps(logits))


def check(out):
    different = 0
    for case in sorted(Path(out).iterdir()):
        model = AutoModelForCausalLM.from_pretrained(case / "merged", dtype=torch.float32).eval()
        expected = json.loads((case / "reference.json").read_text())
        pairs = zip(logits_of(model), expected, strict=True)
        worst = max((torch.tensor(a) - torch.tensor(e)).abs().max().item() for a, e in pairs)
        print("ok  " if worst <= TOLERANCE else "FAIL", f"{case.name}: largest difference {worst:.2e}")
        different += worst > TOLERANCE
    return different


if sys.argv[1] == "make":
    make(*sys.argv[2:4])
else:
    sys.exit(1 if check(sys.argv[2]) else 0)
