"""Writes packages/training/fixtures/tokenizers.json: small tokenizers of every kind that models on the Hub use, trained on
a page of text, with the ids and the decoded text that Python's tokenizers gives for texts that are easy to get wrong.

Run: python scripts/make-tokenizer-fixtures.py (needs tokenizers 0.23)."""

import json
import pathlib

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

TARGET = pathlib.Path(__file__).parent.parent / "packages/training/fixtures/tokenizers.json"

TEXTS = [
    "",
    "Hello, world!",
    "the quick brown fox jumps over the lazy dog",
    " leading space",
    "trailing space ",
    "two  spaces   three",
    "tabs\tand\nnewlines\r\nand\rmore\n\n\n",
    "caf\u00e9 na\u00efve \u00fcber",
    "cafe\u0301 nai\u0308ve u\u0308ber",
    "\u039f\u0394\u039f\u03a3 \u03a3\u0399\u03a3\u03a5\u03a6\u039f\u03a3",
    "\u0130stanbul I\u015f\u0131k",
    "stra\u00dfe STRASSE \u1e9e",
    "\ufb01ne \ufb02ag \u2168 \u00b2\u00b3 \u00bd",
    "\uff28\uff45\uff4c\uff4c\uff4f \uff11\uff12\uff13",
    "\U0001d400\U0001d401\U0001d402 math",
    "\u4f60\u597d\u4e16\u754c",
    "\U00020000\U00020001 \U0002a6d6",
    "\u3053\u3093\u306b\u3061\u306f\u30ab\u30bf\u30ab\u30ca\u30fc",
    "\ud55c\uad6d\uc5b4 \u1112\u1161\u11ab",
    "\u0645\u0631\u062d\u0628\u0627 \u0628\u0627\u0644\u0639\u0627\u0644\u0645",
    "\u05e9\u05c1\u05b8\u05dc\u05d5\u05b9\u05dd",
    "\u0928\u092e\u0938\u094d\u0924\u0947 \u0926\u0941\u0928\u093f\u092f\u093e",
    "\u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35",
    "\u041f\u0440\u0438\u0432\u0435\u0442, \u043c\u0438\u0440",
    "Ti\u1ebfng Vi\u1ec7t",
    "\U0001f600\U0001f44d\U0001f3fd\U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f1e9\U0001f1ea",
    "zero\u200bwidth soft\u00adhyphen \u2060joiner",
    "\ufeffbom first",
    "next\u0085line nb\u00a0space",
    "line\u2028sep para\u2029sep",
    "control \x01\x07\x1b chars\x7f",
    "nul \x00 inside",
    "don't I'm you'll we've THEY'RE it's'",
    "12345 3.14159 1,000,000 1e-9",
    "x = [i**2 for i in range(10)]  # code",
    "https://example.org/a?b=c&d=%20#frag",
    "snake_case camelCase kebab-case ALLCAPS",
    "...!!!???---===***",
    "\"quoted\" \u201ccurly\u201d \u2018single\u2019 \u00abguillemets\u00bb",
    "<s> text </s> <unk> [CLS] [SEP] <|endoftext|>",
    "<mark> unmarked mark<mark>mark <MARK>",
    "a\u0300\u0301\u0302\u0303 combining",
    "\u0000\ue000\uf8ff private",
    "\u2581under \u2581\u2581bars",
    "##piece @@piece piece</w>",
    "word " * 40,
]

CORPUS = [text for text in TEXTS for _ in range(2)] + [
    "the cat sat on the mat and the dog lay on the rug",
    "people who each hold a little data train one model together",
    "hello hello world world the the and and of of to to in in",
    "caf\u00e9 caf\u00e9 na\u00efve \u4f60\u597d \u4e16\u754c \u041f\u0440\u0438\u0432\u0435\u0442 \u03bf\u03b4\u03bf\u03c2",
] * 3

GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
LLAMA3 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
QWEN = LLAMA3.replace(r"\p{N}{1,3}", r"\p{N}")
BYTES = pre_tokenizers.ByteLevel.alphabet()


def bpe(pre, normalizer=None, decoder=None, post=None, size=420, alphabet=None, special=("<unk>",), model=None, **trainer):
    tokenizer = Tokenizer(model or models.BPE(unk_token="<unk>"))
    return train(tokenizer, trainers.BpeTrainer(
        vocab_size=size, special_tokens=list(special), initial_alphabet=alphabet or [], show_progress=False, **trainer
    ), pre, normalizer, decoder, post)


def train(tokenizer, trainer, pre, normalizer, decoder, post):
    if normalizer is not None:
        tokenizer.normalizer = normalizer
    if pre is not None:
        tokenizer.pre_tokenizer = pre
    if decoder is not None:
        tokenizer.decoder = decoder
    tokenizer.train_from_iterator(CORPUS, trainer)
    if post is not None:
        tokenizer.post_processor = post(tokenizer)
    return tokenizer


def byte_level(pre, normalizer=None, post=None, special=("<|endoftext|>",), **model):
    return bpe(pre, normalizer, decoders.ByteLevel(), post, alphabet=BYTES, special=special, model=models.BPE(**model))


def split_bytes(pattern):
    return pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(pattern), "isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
    ])


def sentencepiece(prepend, **model):
    """BPE over metaspaces with byte fallback, as Llama 2's converted tokenizers are."""
    pieces = [f"<0x{byte:02X}>" for byte in range(256)]
    tokenizer = bpe(
        pre_tokenizers.Metaspace(prepend_scheme=prepend, split=False),
        decoder=decoders.Sequence([
            decoders.Replace("\u2581", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)
        ]),
        post=around("<s>", None),
        size=700, special=("<unk>", "<s>", "</s>", *pieces),
        model=models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True, **model),
    )
    return bytes_are_tokens(tokenizer)


def legacy_llama():
    pieces = [f"<0x{byte:02X}>" for byte in range(256)]
    return bytes_are_tokens(bpe(
        None, normalizers.Sequence([normalizers.Prepend("\u2581"), normalizers.Replace(" ", "\u2581")]),
        decoders.Sequence([
            decoders.Replace("\u2581", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)
        ]), around("<s>", None), size=700, special=("<unk>", "<s>", "</s>", *pieces),
        model=models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True), max_token_length=8,
    ))


def gemma():
    pieces = [f"<0x{byte:02X}>" for byte in range(256)]
    return bytes_are_tokens(bpe(
        pre_tokenizers.Split(" ", "merged_with_previous"), normalizers.Replace(" ", "\u2581"),
        decoders.Sequence([decoders.Replace("\u2581", " "), decoders.ByteFallback(), decoders.Fuse()]),
        around("<bos>", None), size=700, special=("<pad>", "<eos>", "<bos>", "<unk>", *pieces),
        model=models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True), max_token_length=8,
    ))


def unigram(prepend="always", split=True, normalizer=None, byte_fallback=False):
    special = ["<unk>", "<s>", "</s>"] + ([f"<0x{byte:02X}>" for byte in range(256)] if byte_fallback else [])
    tokenizer = train(
        Tokenizer(models.Unigram()),
        trainers.UnigramTrainer(vocab_size=360 + (256 if byte_fallback else 0), special_tokens=special, unk_token="<unk>", show_progress=False),
        pre_tokenizers.Metaspace(prepend_scheme=prepend, split=split), normalizer,
        decoders.Metaspace(prepend_scheme=prepend, split=split), around(None, "</s>"),
    )
    if byte_fallback:
        described = json.loads(tokenizer.to_str())
        described["model"]["byte_fallback"] = True
        described["decoder"] = json.loads(decoders.Sequence([
            decoders.Replace("\u2581", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)
        ]).__getstate__())
        tokenizer = bytes_are_tokens(Tokenizer.from_str(json.dumps(described)))
    return tokenizer


def word_piece(normalizer, prefix="##", post=None):
    return train(
        Tokenizer(models.WordPiece(unk_token="[UNK]", continuing_subword_prefix=prefix)),
        trainers.WordPieceTrainer(
            vocab_size=400, special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"],
            continuing_subword_prefix=prefix, show_progress=False,
        ),
        pre_tokenizers.BertPreTokenizer(), normalizer, decoders.WordPiece(prefix=prefix), post or around("[CLS]", "[SEP]"),
    )


def word_level(pre, normalizer=None, unk="<unk>"):
    special = [unk] if unk else []
    model = models.WordLevel(unk_token=unk) if unk else models.WordLevel()
    tokenizer = train(
        Tokenizer(model), trainers.WordLevelTrainer(special_tokens=special, show_progress=False), pre, normalizer, None, None
    )
    return tokenizer


def bytes_are_tokens(tokenizer):
    """The byte tokens are of the vocabulary, not special: trainers only know how to reserve those."""
    described = json.loads(tokenizer.to_str())
    described["added_tokens"] = [t for t in described["added_tokens"] if not t["content"].startswith("<0x")]
    return Tokenizer.from_str(json.dumps(described))


def around(first, last):
    def post(tokenizer):
        tokens = [token for token in (first, last) if token]
        single = " ".join([*([first] if first else []), "$A", *([last] if last else [])])
        return processors.TemplateProcessing(single=single, special_tokens=[(t, tokenizer.token_to_id(t)) for t in tokens])
    return post


def roberta(tokenizer):
    return processors.RobertaProcessing(("</s>", tokenizer.token_to_id("</s>")), ("<s>", tokenizer.token_to_id("<s>")))


def with_added(tokenizer, *tokens):
    tokenizer.add_tokens(list(tokens))
    return tokenizer


def with_limits(tokenizer):
    """As files are saved by who trained with them: a user's own limits, that no other user asks for."""
    tokenizer.enable_truncation(4)
    tokenizer.enable_padding(length=16, pad_id=0, pad_token="[PAD]")
    described = tokenizer.to_str()
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer, described


def tokenizers():
    yield "gpt2", byte_level(pre_tokenizers.ByteLevel(add_prefix_space=False), post=lambda _: processors.ByteLevel(trim_offsets=False))
    yield "gpt2-prefix-space", byte_level(pre_tokenizers.ByteLevel(add_prefix_space=True))
    yield "roberta", byte_level(pre_tokenizers.ByteLevel(add_prefix_space=False), post=roberta, special=("<s>", "<pad>", "</s>", "<unk>", "<mask>"))
    yield "llama3", byte_level(split_bytes(LLAMA3), post=around("<|begin_of_text|>", None), special=("<|begin_of_text|>", "<|eot_id|>"), ignore_merges=True)
    yield "qwen", byte_level(split_bytes(QWEN), normalizers.NFC())
    yield "smollm", byte_level(pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]))
    yield "llama2", sentencepiece("first")
    yield "llama2-always", sentencepiece("always")
    yield "llama2-never", sentencepiece("never")
    yield "llama2-legacy", legacy_llama()
    yield "gemma", gemma()
    yield "t5", unigram()
    yield "xlm-like", unigram(normalizer=normalizers.Sequence([normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")]))
    yield "unigram-whole", unigram("first", split=False)
    yield "unigram-bytes", unigram(byte_fallback=True)
    yield "bert-uncased", word_piece(normalizers.BertNormalizer(lowercase=True))
    yield "bert-cased", word_piece(normalizers.BertNormalizer(lowercase=False, strip_accents=False))
    yield "bert-accents", word_piece(normalizers.BertNormalizer(lowercase=True, strip_accents=False, handle_chinese_chars=False))
    yield "bert-lower", word_piece(normalizers.Sequence([normalizers.NFD(), normalizers.Lowercase(), normalizers.StripAccents()]))
    yield "wordpiece-prefix", word_piece(normalizers.Lowercase(), prefix="@@")
    yield "wordlevel", word_level(pre_tokenizers.Whitespace())
    yield "wordlevel-split", word_level(pre_tokenizers.WhitespaceSplit(), normalizers.NFKD())
    yield "wordlevel-punctuation", word_level(pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Punctuation("isolated")]), normalizers.Strip())
    for behaviour in ("removed", "isolated", "merged_with_previous", "merged_with_next", "contiguous"):
        yield f"split-{behaviour}", bpe(pre_tokenizers.Split(Regex(r"[\s\p{P}]"), behaviour))
    yield "scripts", bpe(pre_tokenizers.Sequence([pre_tokenizers.UnicodeScripts(), pre_tokenizers.Digits(individual_digits=False)]))
    yield "clip", bpe(
        pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(r"'s|'t|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"), "removed", invert=True), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]),
        normalizers.Sequence([normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()]),
        decoders.BPEDecoder(), alphabet=BYTES, special=("<|endoftext|>",),
        model=models.BPE(unk_token="<|endoftext|>", end_of_word_suffix="</w>"), end_of_word_suffix="</w>",
    )
    yield "added", with_added(
        byte_level(pre_tokenizers.ByteLevel(add_prefix_space=False)),
        AddedToken("mark", single_word=True, normalized=False), AddedToken("<mark>", lstrip=True, rstrip=True),
        AddedToken("world", normalized=True),
    )
    yield "added-lower", with_added(
        word_piece(normalizers.BertNormalizer(lowercase=True)),
        AddedToken("<MARK>", normalized=True), AddedToken("Fox", normalized=False, single_word=True),
    )
    yield "limits", word_piece(normalizers.BertNormalizer(lowercase=True))


def main():
    cases = []
    for name, tokenizer in tokenizers():
        described = tokenizer.to_str()
        if name == "limits":
            tokenizer, described = with_limits(tokenizer)
        whole = [tokenizer.encode(text).ids for text in TEXTS]
        plain = [tokenizer.encode(text, add_special_tokens=False).ids for text in TEXTS]
        decoded = [tokenizer.decode(ids, skip_special_tokens=True) for ids in plain]
        cases.append({"name": name, "tokenizer": json.loads(described), "whole": whole, "plain": plain, "decoded": decoded})
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_text(json.dumps({"texts": TEXTS, "cases": cases}, ensure_ascii=True, separators=(",", ":")))
    print(len(cases), "tokenizers,", len(TEXTS), "texts,", TARGET.stat().st_size, "bytes")


main()
