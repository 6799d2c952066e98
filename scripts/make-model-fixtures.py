"""Makes the references that packages/models is tested against, with PyTorch and transformers.

    python scripts/make-model-fixtures.py            (needs torch, transformers, safetensors; see bench/peers)

Writes below packages/models/fixtures: the random model tiny-bert, and for tiny-bert and stories260k (which must lie
there already) <model>-<layout>.safetensors with a padded batch, random adapters on every linear layer, and what
transformers computes from them in float64: features or logits, the loss, and the gradient of every adapter tensor.
Token ids and labels are stored as float32, as is everything; settings are in the file's metadata.
"""
import json
from pathlib import Path

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer
from transformers import AutoModelForCausalLM, BertConfig, BertModel

FIXTURES = Path(__file__).resolve().parent.parent / "packages" / "models" / "fixtures"
RANK, ALPHA = 4, 6.0
PERSONAL_RANK, PERSONAL_ALPHA = 3, 2.0
LABELS = ["down", "level", "up"]
HEAD_SCALE = 0.1


def random_adapters(layout, modules, generator):
    """A, B and S of every module, none of them zero, so that no gradient vanishes."""
    def normal(rows, columns, deviation):
        return deviation * torch.randn(rows, columns, generator=generator, dtype=torch.float64)

    tensors = {}
    for name, module in modules.items():
        out, width = module.weight.shape
        tensors[f"{name}.shared.B"] = normal(out, RANK, 0.05)
        tensors[f"{name}.shared.A"] = normal(RANK, width, width**-0.5)
        if layout == "core":
            tensors[f"{name}.personal.S"] = torch.eye(RANK, dtype=torch.float64) + normal(RANK, RANK, 0.3)
        if layout == "dual":
            tensors[f"{name}.personal.B"] = normal(out, PERSONAL_RANK, 0.05)
            tensors[f"{name}.personal.A"] = normal(PERSONAL_RANK, width, width**-0.5)
    # rounded to what the file holds, so that both sides start from the same numbers
    return {name: value.float().double().requires_grad_() for name, value in tensors.items()}


def attach(layout, modules, adapters):
    """Adds c B S A x (core) or c B A x + c' B' A' x (dual) to every module's output."""
    def hook_of(name):
        def hook(_module, inputs, output):
            x = inputs[0]
            narrow = x @ adapters[f"{name}.shared.A"].T
            if layout == "core":
                narrow = narrow @ adapters[f"{name}.personal.S"].T
            added = ALPHA / RANK * (narrow @ adapters[f"{name}.shared.B"].T)
            if layout == "dual":
                personal = x @ adapters[f"{name}.personal.A"].T @ adapters[f"{name}.personal.B"].T
                added = added + PERSONAL_ALPHA / PERSONAL_RANK * personal
            return output + added
        return hook
    return [module.register_forward_hook(hook_of(name)) for name, module in modules.items()]


def padded(rows):
    length = max(map(len, rows))
    ids = torch.tensor([row + [0] * (length - len(row)) for row in rows])
    mask = torch.tensor([[1] * len(row) + [0] * (length - len(row)) for row in rows])
    return ids, mask


def tokenized(model, texts):
    tokenizer = Tokenizer.from_file(str(FIXTURES / model / "tokenizer.json"))
    return padded([tokenizer.encode(text).ids for text in texts])


def save(name, layout, tensors, adapters, loss):
    loss.backward()
    content = {key: value.detach() for key, value in tensors.items()}
    content["loss"] = loss.detach()
    for key, value in adapters.items():
        content[f"adapter/{key}"] = value.detach()
        content[f"gradient/{key}"] = value.grad
    settings = {"layout": layout, "rank": RANK, "alpha": ALPHA, "targets": ["all-linear"]}
    if layout == "dual":
        settings |= {"personalRank": PERSONAL_RANK, "personalAlpha": PERSONAL_ALPHA}
    content = {key: value.float().contiguous() for key, value in content.items()}
    metadata = {"settings": json.dumps(settings), "labels": json.dumps(LABELS), "headScale": str(HEAD_SCALE)}
    path = FIXTURES / f"{name}-{layout}.safetensors"
    save_file(content, path, metadata)
    path.chmod(0o644)
    print(f"{name}-{layout}: loss {loss.item():.6f}, {len(adapters)} adapter tensors")


def causal_reference(layout):
    """Mean cross-entropy of every real token but the first of each row, given those before it."""
    generator = torch.Generator().manual_seed(7)
    model = AutoModelForCausalLM.from_pretrained(FIXTURES / "stories260k", attn_implementation="eager").double()
    modules = {n: m for n, m in model.named_modules() if isinstance(m, torch.nn.Linear) and n != "lm_head"}
    adapters = random_adapters(layout, modules, generator)
    hooks = attach(layout, modules, adapters)
    ids, mask = tokenized("stories260k", ["Once upon a time, Tom had a red ball.", "The cat was sad."])
    logits = model(input_ids=ids, attention_mask=mask).logits
    scores = torch.log_softmax(logits[:, :-1], -1).gather(-1, ids[:, 1:, None])[..., 0]
    loss = -(scores * mask[:, 1:]).sum() / mask[:, 1:].sum()
    save("stories260k", layout, {"ids": ids, "mask": mask, "logits": logits}, adapters, loss)
    for hook in hooks:
        hook.remove()


def classification_reference(layout):
    """Mean cross-entropy of logits = headScale (W f + b) with f the pooler's output; a head row is (W_j, b_j)."""
    generator = torch.Generator().manual_seed(8)
    model = BertModel.from_pretrained(FIXTURES / "tiny-bert", attn_implementation="eager").double().eval()
    modules = {n: m for n, m in model.named_modules() if isinstance(m, torch.nn.Linear)}
    adapters = random_adapters(layout, modules, generator)
    width = model.config.hidden_size
    for label in LABELS:
        row = torch.randn(width + 1, generator=generator).double().requires_grad_()
        adapters[f"head/{label}"] = row
    hooks = attach(layout, modules, adapters)
    ids, mask = tokenized("tiny-bert", ["the cup is good", "bad", "the sea, the sky!"])
    output = model(input_ids=ids, attention_mask=mask)
    features = output.pooler_output
    means = (output.last_hidden_state * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
    head = torch.stack([adapters[f"head/{label}"] for label in LABELS])
    labels = torch.tensor([2, 0, 1])
    logits = HEAD_SCALE * (features @ head[:, :-1].T + head[:, -1])
    loss = torch.nn.functional.cross_entropy(logits, labels)
    tensors = {"ids": ids, "mask": mask, "labels": labels, "features": features, "means": means}
    save("tiny-bert", layout, tensors, adapters, loss)
    for hook in hooks:
        hook.remove()


def make_tiny_bert():
    torch.manual_seed(6)
    folder = FIXTURES / "tiny-bert"
    vocabulary = tiny_vocabulary()
    config = BertConfig(vocab_size=len(vocabulary), hidden_size=32, num_hidden_layers=2, num_attention_heads=4,
                        intermediate_size=64, max_position_embeddings=40, hidden_dropout_prob=0,
                        attention_probs_dropout_prob=0)
    model = BertModel(config)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            around = 1.0 if name.endswith("LayerNorm.weight") else 0.0
            parameter.copy_(around + 0.2 * torch.randn_like(parameter))
    model.save_pretrained(folder)
    (folder / "model.safetensors").chmod(0o644)
    (folder / "tokenizer.json").write_text(json.dumps(tiny_tokenizer(vocabulary), indent=1) + "\n")


def tiny_vocabulary():
    letters = "abcdefghijklmnopqrstuvwxyz"
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, *(f"##{x}" for x in letters), *".,!?", "the",
              "good", "bad"]
    return {piece: index for index, piece in enumerate(pieces)}


def tiny_tokenizer(vocabulary):
    special = lambda piece: {"id": vocabulary[piece], "content": piece, "single_word": False, "lstrip": False,
                             "rstrip": False, "normalized": False, "special": True}
    part = lambda kind, name: {kind: {"id": name, "type_id": 0}}
    single = [part("SpecialToken", "[CLS]"), part("Sequence", "A"), part("SpecialToken", "[SEP]")]
    return {
        "version": "1.0", "truncation": None, "padding": None,
        "added_tokens": [special(x) for x in ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")],
        "normalizer": {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True,
                       "strip_accents": None, "lowercase": True},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {"type": "TemplateProcessing", "single": single, "pair": single + [
            part("Sequence", "B"), part("SpecialToken", "[SEP]")],
            "special_tokens": {x: {"id": x, "ids": [vocabulary[x]], "tokens": [x]} for x in ("[CLS]", "[SEP]")}},
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                  "max_input_chars_per_word": 100, "vocab": vocabulary},
    }


if __name__ == "__main__":
    make_tiny_bert()
    for layout in ("dual", "core"):
        causal_reference(layout)
        classification_reference(layout)
