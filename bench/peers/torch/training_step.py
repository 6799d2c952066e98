"""Training steps of bench/training.ts in PyTorch with peft: forward, loss and the gradients of every adapter.

usage: training_step.py FOLDER THREADS float32|autocast|bfloat16 cpu|cuda [--checkpointing]
FOLDER holds step.safetensors (batch, adapter values) and step.json (settings, and the base model's folder). Runs one step a line
of standard input and answers each with a line of JSON: {"loss", "cpuSeconds", "peakMemoryMB"}. When its input ends it writes the
last step's gradients of the adapters to FOLDER/gradients.safetensors. autocast computes in bfloat16 on float32 weights, bfloat16
keeps the weights so. Checkpointing makes activations again on the way back.
"""

import argparse
import json
import re
import resource
import sys
import time

import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM, BertModel


def adapters_of(model):
    """Parameters by the names that step.safetensors gives them."""
    for name, parameter in model.named_parameters():
        if ".lora_" not in name:
            continue
        # base_model.model.encoder.layer.0.attention.self.query.lora_A.default.weight
        module, role = name.removeprefix("base_model.model.").split(".lora_")
        yield f"{module}.shared.{role[0]}", parameter


def build(step, settings, asked):
    kind = BertModel if "labels" in step else AutoModelForCausalLM
    dtype = torch.bfloat16 if asked.precision == "bfloat16" else torch.float32
    base = kind.from_pretrained(settings["model"], dtype=dtype)
    config = LoraConfig(
        r=settings["rank"], lora_alpha=settings["alpha"], target_modules=settings["targets"], lora_dropout=0.0
    )
    model = get_peft_model(base, config)
    for name, parameter in adapters_of(model):
        with torch.no_grad():
            parameter.copy_(step[name])
    if asked.checkpointing:
        model.config.use_cache = False
        model.enable_input_require_grads()
        model.gradient_checkpointing_enable()
        model.train()  # without it nothing is made again
    return model


def peak_memory():
    """Megabytes; not ru_maxrss on Linux, which is inherited from the parent at exec (getrusage(2))."""
    try:
        with open("/proc/self/status") as file:
            return int(re.search(r"^VmHWM:\s+(\d+) kB", file.read(), re.M)[1]) // 1024
    except FileNotFoundError:
        bytes_in_unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * bytes_in_unit // 2**20


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("threads", type=int)
    parser.add_argument("precision", choices=["float32", "autocast", "bfloat16"])
    parser.add_argument("device", choices=["cpu", "cuda"])
    parser.add_argument("--checkpointing", action="store_true")
    asked = parser.parse_args()
    folder, device = asked.folder, asked.device
    if device == "cuda" and not torch.cuda.is_available():
        sys.exit("PyTorch sees no card")
    torch.set_num_threads(asked.threads)
    step = load_file(f"{folder}/step.safetensors", device=device)
    with open(f"{folder}/step.json") as file:
        settings = json.load(file)
    model = build(step, settings, asked).to(device)
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
        with torch.autocast(device, torch.bfloat16, enabled=asked.precision == "autocast"):
            loss = loss_of()
        loss.backward()
        return loss.item()

    for _ in sys.stdin:
        started = time.process_time()
        loss = run()
        figures = {"loss": loss, "cpuSeconds": time.process_time() - started, "peakMemoryMB": peak_memory()}
        print(json.dumps(figures), flush=True)
    gradients = {name: parameter.grad.float().cpu() for name, parameter in adapters_of(model)}
    save_file(gradients, f"{folder}/gradients.safetensors")


main()
