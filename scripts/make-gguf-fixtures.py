"""Writes the GGUF fixtures of packages/models/fixtures, made with Python's gguf and read back by transformers:

  gguf-blocks.json       blocks of every tensor type we read, with the values that gguf gives for them
  gguf/<name>.gguf       a toy model of every architecture we read, its tensors quantised in different ways
  gguf/<name>.json       token ids of some texts, and the logits of the dequantised model

Run: python scripts/make-gguf-fixtures.py (needs torch, transformers 5, tokenizers, numpy and gguf 0.19)."""

import base64
import json
import pathlib

import numpy as np
import torch
from gguf import GGMLQuantizationType, GGUFWriter, RopeScalingType
from gguf.constants import GGML_QUANT_SIZES
from gguf.quants import dequantize, quantize
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import (
    AutoModelForCausalLM,
    Gemma3ForCausalLM,
    Gemma3TextConfig,
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    Qwen2Config,
    Qwen2ForCausalLM,
    Qwen3Config,
    Qwen3ForCausalLM,
)

FIXTURES = pathlib.Path(__file__).parent.parent / "packages/models/fixtures"
BLOCKS = 3
# Byte offsets of the half-precision scales within a block: any other byte may hold anything.
SCALES = {
    "F32": None, "F16": None, "BF16": None,
    "Q4_0": [0], "Q4_1": [0, 2], "Q5_0": [0], "Q5_1": [0, 2], "Q8_0": [0], "Q4_K": [0, 2], "Q6_K": [208],
}


def encoded(array):
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()


def make_blocks():
    rng = np.random.default_rng(0)
    cases = {}
    for name, scales in SCALES.items():
        kind = GGMLQuantizationType[name]
        if scales is None:
            raw = quantize(rng.normal(size=32).astype(np.float32), kind).view(np.uint8)
        else:
            raw = rng.integers(0, 256, size=(BLOCKS, GGML_QUANT_SIZES[kind][1]), dtype=np.uint8)
            for at in scales:
                raw[:, at : at + 2] = rng.normal(scale=0.02, size=(BLOCKS, 1)).astype(np.float16).view(np.uint8)
            raw = raw.reshape(-1)
        values = dequantize(raw, kind).astype(np.float32)
        cases[name] = {"type": int(kind), "blocks": encoded(raw), "values": encoded(values)}
    (FIXTURES / "gguf-blocks.json").write_text(json.dumps(cases, indent=1) + "\n")


# --- tokenizers -------------------------------------------------------------------------------------------------

TEXTS = ["Once upon a time there was a cat.", "It's 12345 o'clock,\n\n  isn't it?", "na\u00efve caf\u00e9 \u65e5\u672c\u8a9e \U0001f642"]
CORPUS = ["Once upon a time there was a little cat that sat on the mat, and it's said that the cat wasn't the only one."] * 4
WORDS = (
    "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}%s| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*"
    "|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"
)


def split_by(pattern):
    return pre_tokenizers.Sequence(
        [pre_tokenizers.Split(Regex(pattern), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    )


BYTE_LEVEL = {
    "gpt-2": (None, lambda: pre_tokenizers.ByteLevel(add_prefix_space=False)),
    "smollm": (None, lambda: pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)])),
    "llama-bpe": (None, lambda: split_by(WORDS % "{1,3}")),
    "qwen2": (normalizers.NFC, lambda: split_by(WORDS % "")),
}


def byte_level(pre):
    normalizer, pre_tokenizer = BYTE_LEVEL[pre]
    tokenizer = Tokenizer(models.BPE(ignore_merges=pre == "llama-bpe"))
    if normalizer is not None:
        tokenizer.normalizer = normalizer()
    tokenizer.pre_tokenizer = pre_tokenizer()
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=300, special_tokens=["<start>", "<end>"], show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    return tokenizer


def describe(writer, tokenizer, pre):
    """The tokenizer's metadata, as llama.cpp's converter writes them."""
    model = json.loads(tokenizer.to_str())["model"]
    tokens = sorted(model["vocab"], key=model["vocab"].get)
    if pre is None:  # SentencePiece: a score for every piece instead of merges; byte pieces are type 6
        writer.add_tokenizer_model("llama")
        writer.add_tokenizer_pre("default")
        rank = {"".join(merge): i for i, merge in enumerate(model["merges"])}
        writer.add_token_scores([float(-rank[token]) if token in rank else -1e6 for token in tokens])
        types = [2 if i == 0 else 3 if i < 3 else 6 if token.startswith("<0x") else 1 for i, token in enumerate(tokens)]
        writer.add_bos_token_id(1)
        writer.add_eos_token_id(2)
        writer.add_unk_token_id(0)
    else:
        writer.add_tokenizer_model("gpt2")
        writer.add_tokenizer_pre(pre)
        writer.add_token_merges([" ".join(merge) for merge in model["merges"]])
        types = [3 if i < 2 else 1 for i in range(len(tokens))]
        writer.add_bos_token_id(0)
        writer.add_eos_token_id(1)
        writer.add_add_bos_token(pre == "llama-bpe")
    writer.add_token_list(tokens)
    writer.add_token_types(types)
    writer.add_chat_template("{% for message in messages %}{{ message['content'] }}{% endfor %}")


# --- models -----------------------------------------------------------------------------------------------------

SIZES = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4,
         "num_key_value_heads": 2, "max_position_embeddings": 64}
IDS = {"bos_token_id": 0, "eos_token_id": 1, "pad_token_id": None}
DECODER = {
    "input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm", "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output",
    "self_attn.q_norm": "attn_q_norm", "self_attn.k_norm": "attn_k_norm", "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down",
}
GEMMA = DECODER | {"post_attention_layernorm": "post_attention_norm", "pre_feedforward_layernorm": "ffn_norm",
                   "post_feedforward_layernorm": "post_ffw_norm"}
GPT2 = {"ln_1": "attn_norm", "attn.c_attn": "attn_qkv", "attn.c_proj": "attn_output", "ln_2": "ffn_norm",
        "mlp.c_fc": "ffn_up", "mlp.c_proj": "ffn_down"}
TOP = {"model.embed_tokens": "token_embd", "model.norm": "output_norm", "lm_head": "output",
       "transformer.wte": "token_embd", "transformer.wpe": "position_embd", "transformer.ln_f": "output_norm"}
# How each part is stored; what isn't listed and every vector is F32.
STORED = {"token_embd": "Q4_1", "attn_q": "Q8_0", "attn_k": "F16", "attn_v": "Q4_0", "attn_output": "Q5_0",
          "ffn_gate": "Q5_1", "ffn_up": "Q8_0", "ffn_down": "BF16", "output": "F16", "attn_qkv": "F16"}


def permuted(weights, heads):
    """llama.cpp's converter: rows of a head from halves to pairs."""
    return (weights.reshape(heads, 2, weights.shape[0] // heads // 2, *weights.shape[1:])
            .swapaxes(1, 2).reshape(weights.shape))


def unpermuted(weights, heads):
    return (weights.reshape(heads, weights.shape[0] // heads // 2, 2, *weights.shape[1:])
            .swapaxes(1, 2).reshape(weights.shape))


def conversion(architecture, part, config):
    """Forth and back of what the converter does to a tensor."""
    if architecture == "llama" and part in ("attn_q", "attn_k"):
        heads = config.num_attention_heads if part == "attn_q" else config.num_key_value_heads
        return (lambda w: permuted(w, heads)), (lambda w: unpermuted(w, heads))
    if architecture == "gpt2" and part in ("attn_qkv", "attn_output", "ffn_up", "ffn_down"):
        return (lambda w: w.T if w.ndim == 2 else w), (lambda w: w.T if w.ndim == 2 else w)
    if architecture == "gemma3" and part.endswith("norm"):
        return (lambda w: w + 1), (lambda w: w - 1)
    return (lambda w: w), (lambda w: w)


def gguf_name(name, layer_names):
    stem, role = name.rsplit(".", 1)
    if stem in TOP:
        return TOP[stem], f"{TOP[stem]}.{role}"
    _, index, part = stem.removeprefix("model.").removeprefix("transformer.").split(".", 2)
    return layer_names[part], f"blk.{index}.{layer_names[part]}.{role}"


def write_model(name, architecture, model, layer_names, tokenizer, pre, extra):
    config = model.config
    writer = GGUFWriter(FIXTURES / f"gguf/{name}.gguf", architecture)
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_feed_forward_length(getattr(config, "intermediate_size", None) or config.n_inner)
    writer.add_head_count(config.num_attention_heads)
    if architecture == "gpt2":
        writer.add_layer_norm_eps(config.layer_norm_epsilon)
    else:
        writer.add_head_count_kv(config.num_key_value_heads)
        writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    extra(writer, config)
    describe(writer, tokenizer, pre)
    state = model.state_dict()
    for hf_name, tensor in list(state.items()):
        if hf_name == "lm_head.weight" and config.tie_word_embeddings:
            continue
        part, target = gguf_name(hf_name, layer_names)
        forth, back = conversion(architecture, part, config)
        values = np.ascontiguousarray(forth(tensor.numpy()))
        kind = GGMLQuantizationType[STORED.get(part, "F32") if values.ndim == 2 else "F32"]
        stored = quantize(values, kind)
        writer.add_tensor(target, stored, raw_dtype=kind)
        exact = dequantize(stored, kind).reshape(values.shape).astype(np.float32)
        state[hf_name] = torch.from_numpy(np.ascontiguousarray(back(exact)))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    model.load_state_dict(state)
    model.tie_weights()


def logits_of(model, ids):
    with torch.no_grad():
        return model(torch.tensor([ids])).logits[0].numpy()


def make_model(name, architecture, model, layer_names, pre, extra, overlooked={}):
    torch.manual_seed(1)
    for key, parameter in model.named_parameters():
        torch.nn.init.normal_(parameter, std=0.3)
        if "norm" in key or "ln_" in key:
            parameter.data += 0.0 if architecture == "gemma3" else 1.0
    model = model.float().eval()
    if pre is None:
        tokenizer = Tokenizer.from_file(str(FIXTURES / "stories260k/tokenizer.json"))
    else:
        tokenizer = byte_level(pre)
    write_model(name, architecture, model, layer_names, tokenizer, pre, extra)
    cases = [{"text": text, "ids": tokenizer.encode(text).ids} for text in TEXTS]
    if pre == "llama-bpe":
        cases = [{"text": case["text"], "ids": [0, *case["ids"]]} for case in cases]
    ids = cases[0]["ids"][:12]
    logits = logits_of(model, ids)
    # transformers' own reading of the file; what it overlooks in the metadata it has to be told
    read = AutoModelForCausalLM.from_pretrained(
        FIXTURES / "gguf", gguf_file=f"{name}.gguf", dtype=torch.float32, **overlooked)
    difference = np.abs(logits_of(read.eval(), ids) - logits).max()
    assert difference < 1e-4, f"{name}: transformers reads another model out of the file ({difference})"
    reference = {"tokenizer": cases, "ids": ids, "logits": encoded(logits.astype(np.float32))}
    (FIXTURES / f"gguf/{name}.json").write_text(json.dumps(reference, indent=1) + "\n")


def rope(writer, config):
    writer.add_rope_freq_base(config.rope_parameters["rope_theta"])
    writer.add_rope_dimension_count(config.hidden_size // config.num_attention_heads)


def linear_rope(writer, config):
    rope(writer, config)
    writer.add_rope_scaling_type(RopeScalingType.LINEAR)
    writer.add_rope_scaling_factor(config.rope_parameters["factor"])


def llama3_rope(writer, config):
    """The frequency factors that llama.cpp's converter computes for Llama 3."""
    rope(writer, config)
    settings = config.rope_parameters
    half = config.head_dim // 2
    wavelengths = 2 * np.pi * settings["rope_theta"] ** (np.arange(half) / half)
    turns = settings["original_max_position_embeddings"] / wavelengths
    low, high, factor = settings["low_freq_factor"], settings["high_freq_factor"], settings["factor"]
    smooth = (turns - low) / (high - low)
    factors = np.where(turns > high, 1, np.where(turns < low, factor, 1 / ((1 - smooth) / factor + smooth)))
    writer.add_tensor("rope_freqs.weight", factors.astype(np.float32))


def wide_heads(writer, config):
    writer.add_rope_freq_base(config.rope_parameters["rope_theta"])
    writer.add_key_length(config.head_dim)
    writer.add_value_length(config.head_dim)


def gemma(writer, config):
    writer.add_rope_freq_base(config.rope_parameters["full_attention"]["rope_theta"])
    writer.add_key_length(config.head_dim)
    writer.add_value_length(config.head_dim)
    writer.add_sliding_window(config.sliding_window)


def make_models():
    (FIXTURES / "gguf").mkdir(exist_ok=True)
    plain = {"rope_type": "default", "rope_theta": 10_000.0}
    linear = {"rope_type": "linear", "rope_theta": 10_000.0, "factor": 4.0}
    scaled = {"rope_type": "llama3", "rope_theta": 500_000.0, "factor": 8.0, "low_freq_factor": 1.0,
              "high_freq_factor": 4.0, "original_max_position_embeddings": 8192}
    make_model("llama", "llama", LlamaForCausalLM(LlamaConfig(
        vocab_size=512, bos_token_id=1, eos_token_id=2, tie_word_embeddings=False, rope_parameters=plain, **SIZES)),
        DECODER, None, rope)
    make_model("llama3", "llama", LlamaForCausalLM(LlamaConfig(
        vocab_size=300, tie_word_embeddings=True, rope_parameters=scaled, **SIZES, **IDS)),
        DECODER, "llama-bpe", llama3_rope, {"rope_parameters": scaled})
    make_model("qwen2", "qwen2", Qwen2ForCausalLM(Qwen2Config(
        vocab_size=300, tie_word_embeddings=True, rope_parameters=linear, **SIZES, **IDS)),
        DECODER, "qwen2", linear_rope, {"rope_parameters": linear})
    make_model("qwen3", "qwen3", Qwen3ForCausalLM(Qwen3Config(
        vocab_size=300, head_dim=16, tie_word_embeddings=False, rope_parameters=plain, **SIZES, **IDS)),
        DECODER, "qwen2", wide_heads, {"head_dim": 16})
    make_model("gemma3", "gemma3", Gemma3ForCausalLM(Gemma3TextConfig(
        vocab_size=300, head_dim=16, query_pre_attn_scalar=16, sliding_window=4, **SIZES, **IDS)),
        GEMMA, "gpt-2", gemma, {"query_pre_attn_scalar": 16})
    make_model("gpt2", "gpt2", GPT2LMHeadModel(GPT2Config(
        vocab_size=300, n_embd=32, n_layer=2, n_head=4, n_positions=64, n_inner=64, **IDS)), GPT2, "gpt-2",
        lambda writer, config: None, {"n_positions": 64, "n_inner": 64})


make_blocks()
make_models()
