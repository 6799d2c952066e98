"""Makes the references that packages/models is tested against, with PyTorch and transformers.

    python scripts/make-model-fixtures.py            (needs torch, transformers, safetensors; see bench/peers)

Writes below packages/models/fixtures: random toy models, one a family, and for each of them and for stories260k (which
must lie there already) <model>-<layout>.safetensors with a padded batch, random adapters on every linear layer, and
what transformers computes from them in float64: features or logits, the loss, and the gradient of every adapter tensor.
Outputs at padding have no meaning and are stored as 0. Token ids and labels are stored as float32, as is everything;
settings are in the file's metadata. Name models as arguments to make only those.
"""
import json
import shutil
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer
from transformers import (
    AutoModel,
    AutoModelForCausalLM,
    BertConfig,
    DistilBertConfig,
    Gemma3TextConfig,
    GPT2Config,
    LlamaConfig,
    MistralConfig,
    ModernBertConfig,
    Qwen2Config,
    Qwen3Config,
    RobertaConfig,
)
from transformers.pytorch_utils import Conv1D

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
        width, out = reversed(module.weight.shape) if isinstance(module, torch.nn.Linear) else module.weight.shape
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


def padded(rows, padding=0):
    length = max(map(len, rows))
    ids = torch.tensor([row + [padding] * (length - len(row)) for row in rows])
    mask = torch.tensor([[1] * len(row) + [0] * (length - len(row)) for row in rows])
    return ids, mask


def alone(rows, compute):
    """Every row by itself, without any padding, which must not matter: [1, T, d] each, put together as [B, T, d]."""
    return torch.nn.utils.rnn.pad_sequence([compute(torch.tensor([row]))[0] for row in rows], batch_first=True)


def tokenized(model, texts):
    tokenizer = Tokenizer.from_file(str(FIXTURES / model / "tokenizer.json"))
    return [tokenizer.encode(text).ids for text in texts]


def random_rows(vocabulary, lengths):
    """Without the special tokens, which come first."""
    generator = torch.Generator().manual_seed(9)
    return [torch.randint(5, vocabulary, (length,), generator=generator).tolist() for length in lengths]


def linear_modules(model, prefix=""):
    """By the checkpoint's names; `prefix` is one that a family's canonical names go without."""
    kinds = (torch.nn.Linear, Conv1D)
    named = {name: module for name, module in model.named_modules() if isinstance(module, kinds)}
    return {name.removeprefix(prefix): module for name, module in named.items() if name != "lm_head"}


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


def causal_reference(name, layout):
    """Mean cross-entropy of every real token but the first of each row, given those before it."""
    generator = torch.Generator().manual_seed(7)
    model = AutoModelForCausalLM.from_pretrained(FIXTURES / name, attn_implementation="eager", dtype=torch.float32)
    model = model.double().eval()
    modules = linear_modules(model, "transformer.")
    adapters = random_adapters(layout, modules, generator)
    attach(layout, modules, adapters)
    if name == "stories260k":
        rows = tokenized(name, ["Once upon a time, Tom had a red ball.", "The cat was sad."])
    else:
        rows = random_rows(model.config.vocab_size, [12, 7])
    ids, mask = padded(rows)
    logits = alone(rows, lambda row: model(input_ids=row, use_cache=False).logits)
    scores = torch.log_softmax(logits[:, :-1], -1).gather(-1, ids[:, 1:, None])[..., 0]
    loss = -(scores * mask[:, 1:]).sum() / mask[:, 1:].sum()
    save(name, layout, {"ids": ids, "mask": mask, "logits": logits}, adapters, loss)


def classification_reference(name, layout):
    """Mean cross-entropy of logits = headScale (W f + b); a head row is (W_j, b_j). f is what the pooler gives, or
    the mean of the states where the model has none."""
    generator = torch.Generator().manual_seed(8)
    model = AutoModel.from_pretrained(FIXTURES / name, attn_implementation="eager", dtype=torch.float32)
    model = model.double().eval()
    modules = linear_modules(model)
    adapters = random_adapters(layout, modules, generator)
    width = model.config.hidden_size
    for label in LABELS:
        row = torch.randn(width + 1, generator=generator).double().requires_grad_()
        adapters[f"head/{label}"] = row
    attach(layout, modules, adapters)
    if name == "tiny-bert":
        rows = tokenized(name, ["the cup is good", "bad", "the sea, the sky!"])
    else:
        rows = random_rows(model.config.vocab_size, [11, 1, 6])
    ids, mask = padded(rows, model.config.pad_token_id)
    states = alone(rows, lambda row: model(input_ids=row).last_hidden_state)
    means = states.sum(1) / mask.sum(1, keepdim=True)
    pooler = getattr(model, "pooler", None)
    features = means if pooler is None else pooler(states)
    head = torch.stack([adapters[f"head/{label}"] for label in LABELS])
    labels = torch.tensor([2, 0, 1])
    logits = HEAD_SCALE * (features @ head[:, :-1].T + head[:, -1])
    loss = torch.nn.functional.cross_entropy(logits, labels)
    tensors = {"ids": ids, "mask": mask, "labels": labels, "features": features, "states": states}
    save(name, layout, tensors, adapters, loss)


VOCABULARY = 64
SIZES = dict(vocab_size=VOCABULARY, hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4,
             max_position_embeddings=64, bos_token_id=2, eos_token_id=3, pad_token_id=0)
GROUPED = SIZES | dict(num_key_value_heads=2)
NARROW = GROUPED | dict(hidden_size=24, head_dim=8)  # heads * head_dim is not the hidden size
BERT = dict(vocab_size=VOCABULARY, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64,
            max_position_embeddings=40, hidden_dropout_prob=0, attention_probs_dropout_prob=0)
LLAMA3 = dict(rope_type="llama3", rope_theta=10000.0, factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
              original_max_position_embeddings=32)
GEMMA3 = dict(sliding_attention=dict(rope_type="default", rope_theta=1000.0),
              full_attention=dict(rope_type="linear", rope_theta=20000.0, factor=8.0))

# texts are longer than every window here, so that it is seen
DECODERS = {
    "tiny-llama": LlamaConfig(**NARROW, attention_bias=True, mlp_bias=True, rope_parameters=LLAMA3),
    "tiny-mistral": MistralConfig(**GROUPED, sliding_window=5),
    "tiny-qwen2": Qwen2Config(**GROUPED, tie_word_embeddings=True, use_sliding_window=True, sliding_window=5,
                              max_window_layers=1),
    "tiny-qwen3": Qwen3Config(**NARROW, tie_word_embeddings=True),
    "tiny-gemma3-text": Gemma3TextConfig(**NARROW, sliding_window=5, query_pre_attn_scalar=12,
                                         layer_types=["sliding_attention", "full_attention"], rope_parameters=GEMMA3),
    "tiny-gpt2": GPT2Config(vocab_size=VOCABULARY, n_embd=32, n_layer=2, n_head=4, n_positions=64, bos_token_id=2,
                            eos_token_id=3),
}
ENCODERS = {
    "tiny-bert": BertConfig(**BERT),
    "tiny-roberta": RobertaConfig(**BERT, type_vocab_size=1),
    "tiny-distilbert": DistilBertConfig(vocab_size=VOCABULARY, dim=32, n_layers=2, n_heads=4, hidden_dim=48,
                                        max_position_embeddings=40),
    "tiny-modernbert": ModernBertConfig(**(SIZES | dict(num_hidden_layers=3)), local_attention=6,
                                        global_attn_every_n_layers=2, cls_token_id=2, sep_token_id=3),
}
# how the checkpoint is stored: half precision, and in shards of this many bytes; the others are single float32 files
STORED = {
    "tiny-mistral": (torch.float16, "20KB"),
    "tiny-qwen3": (torch.bfloat16, "20KB"),
    "tiny-gpt2": (torch.float16, "1MB"),
    "tiny-gemma3-text": (torch.bfloat16, "1MB"),
    "tiny-modernbert": (torch.bfloat16, "1MB"),
}


def make_model(name, config):
    torch.manual_seed(6)
    folder = FIXTURES / name
    shutil.rmtree(folder, ignore_errors=True)
    model = (AutoModelForCausalLM if name in DECODERS else AutoModel).from_config(config)
    with torch.no_grad():
        for key, parameter in model.named_parameters():
            # biases are drawn around 0, gains around 1 (gemma stores them less 1)
            is_gain = parameter.ndim == 1 and key.endswith("weight") and "gemma" not in name
            parameter.copy_(float(is_gain) + 0.2 * torch.randn_like(parameter))
    dtype, shard = STORED.get(name, (torch.float32, "1MB"))
    model.to(dtype).save_pretrained(folder, max_shard_size=shard)
    (folder / "generation_config.json").unlink(missing_ok=True)
    vocabulary = tiny_vocabulary(name)
    (folder / "tokenizer.json").write_text(json.dumps(tiny_tokenizer(vocabulary), indent=1) + "\n")
    for path in folder.iterdir():
        path.chmod(0o644)


def tiny_vocabulary(name):
    letters = "abcdefghijklmnopqrstuvwxyz"
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    if name == "tiny-roberta":  # whose padding is 1
        special[:2] = ["[UNK]", "[PAD]"]
    pieces = [*special, *letters, *(f"##{x}" for x in letters), *".,!?", "the", "good", "bad"]
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


def main(names):
    for name, config in (DECODERS | ENCODERS).items():
        if name in names:
            make_model(name, config)
    for name in names:
        for layout in ("dual", "core"):
            (classification_reference if name in ENCODERS else causal_reference)(name, layout)


if __name__ == "__main__":
    main(sys.argv[1:] or ["stories260k", *DECODERS, *ENCODERS])
