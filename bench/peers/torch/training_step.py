"""Training steps of bench/training.ts in PyTorch with peft: forward, loss and the gradients of every adapter.

usage: training_step.py FOLDER THREADS float32|bfloat16 cpu|cuda
FOLDER holds step.safetensors (batch, adapter values) and step.json (settings, and the base model's folder). Runs one step a line
of standard input and answers each with a line of JSON: {"loss", "peakMemoryMB"}. bfloat16 means autocast; weights
stay float32.
"""

import json
import resource
import sys

import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, BertModel


def build(step, settings):
    kind = BertModel if "labels" in step else AutoModelForCausalLM
    base = kind.from_pretrained(settings["model"], dtype=torch.float32)
    config = LoraConfig(
        r=settings["rank"], lora_alpha=settings["alpha"], target_modules=settings["targets"], lora_dropout=0.0
    )
    model = get_peft_model(base, config)
    for name, parameter in model.named_parameters():
        if ".lora_" not in name:
            continue
        # base_model.model.encoder.layer.0.attention.self.query.lora_A.default.weight
        module, role = name.removeprefix("base_model.model.").split(".lora_")
        with torch.no_grad():
            parameter.copy_(step[f"{module}.shared.{role[0]}"])
    return model


def main():
    folder, threads, dtype, device = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
    if device == "cuda" and not torch.cuda.is_available():
        sys.exit("PyTorch sees no card")
    torch.set_num_threads(threads)
    step = load_file(f"{folder}/step.safetensors", device=device)
    with open(f"{folder}/step.json") as file:
        settings = json.load(file)
    model = build(step, settings).to(device)
    ids, mask = step["ids"].long(), step["mask"]
    adapters = [p for p in model.parameters() if p.requires_grad]
    classify = "labels" in step
    if classify:
        head_weight = step["head.weight"].clone().requires_grad_()
        head_bias = step["head.bias"].clone().requires_grad_()
        labels = step["labels"].long()
    trained = adapters + ([head_weight, head_bias] if classify else [])

    def loss_of():
        if not classify:
            return model(input_ids=ids, attention_mask=mask, labels=ids).loss
        features = model(input_ids=ids, attention_mask=mask).pooler_output
        logits = settings["headScale"] * (features @ head_weight.T + head_bias)
        return torch.nn.functional.cross_entropy(logits.float(), labels)

    def run():
        for parameter in trained:
            parameter.grad = None
        with torch.autocast(device, torch.bfloat16, enabled=dtype == "bfloat16"):
            loss = loss_of()
        loss.backward()
        return loss.item()

    for _ in sys.stdin:
        loss = run()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(json.dumps({"loss": loss, "peakMemoryMB": peak}), flush=True)


main()
