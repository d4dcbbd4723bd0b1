"""Writes tests/fixtures/tokenizer/bench.json: what Hugging Face makes of a varied set of texts and chats
with the tokenizer and chat template in resources/bench. Run with a Python that has transformers 5.18:

    python scripts/reference/tokenizer-cases.py
"""

import json
from pathlib import Path

import transformers
from transformers import AutoTokenizer

ROOT = Path(__file__).resolve().parents[2]
BENCH = ROOT / "resources" / "bench"
OUT = ROOT / "tests" / "fixtures" / "tokenizer" / "bench.json"

TEXTS = [
    "",
    " ",
    "a",
    "Hello, world!",
    "How many red circles are left of the blue square?",
    "<think>The circle is at (3, 4). So 3 + 4 = 7.</think><answer>7</answer>",
    "I'll say it's what they've done; you're HE'LL WE'VE I'M don't",
    "   three leading spaces, two trailing  ",
    "tabs\tand\nnew\n\nlines\r\n  \n   indented",
    "\n\n\n",
    "x = 12345678901234567890; y=3.14159e-10",
    "snake_case camelCase kebab-case path/to/file.ts #include <vector>",
    "!!!???...,,,;;;:::---___+++===***",
    "caf\u00e9 cafe\u0301 na\u00efve \u00c5ngstr\u00f6m A\u030angstr\u00f6m \ufb01",
    "\u4f60\u597d\uff0c\u4e16\u754c\uff01\u3053\u3093\u306b\u3061\u306f\u4e16\u754c \uc548\ub155\ud558\uc138\uc694",
    "\u0417\u0434\u0440\u0430\u0432\u0441\u0442\u0432\u0443\u0439 \u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627 \u0928\u092e\u0938\u094d\u0924\u0947",
    "\U0001f600\U0001f680 \U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f1e9\U0001f1ea",
    "\u00bd \u00b2 \u2460 \u2163 \u0663 \u07c1",
    "zero\u200bwidth\ufeffbom\u00a0nbsp\u2003em\u0085next\u2028line",
    "\ufeffstarts with a byte order mark",
    "control \u0000 \u0001 \u001f \u007f characters",
    "<|im_start|>user\nHi<|im_end|>\n",
    "<|vision_start|><|image_pad|><|image_pad|><|vision_end|>What is this?",
    "text<|endoftext|>more <|im_end|> spaced <|box_start|>(1,2)<|box_end|>",
    "<|im_start <|im_end||> <|unknown|> |><|",
    "<|reserved_0|><|reserved_41|> reserved",
    "a" * 200,
    " " * 50 + "b",
    "1" * 40,
    "The quick brown fox jumps over the lazy dog. " * 5,
    "\\frac{1}{2} \\times \\sqrt{x^2 + y^2} = \\boxed{42}",
    "{\"name\": \"x\", \"list\": [1, 2.5, null, true]}",
    "\ud55c\uae00 \u1112\u1161\u11ab\u1100\u1173\u11af decomposed jamo",
    "e\u0301\u0323 o\u0308\u0304 combining order",
]

IMAGE = {"type": "image"}
CHATS = [
    {"messages": [{"role": "user", "content": "Hi"}], "add_generation_prompt": True},
    {"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello!"}]},
    {
        "messages": [
            {"role": "system", "content": "Answer inside <answer> tags.\n"},
            {"role": "user", "content": [IMAGE, {"type": "text", "text": "How many circles?"}]},
        ],
        "add_generation_prompt": True,
    },
    {
        "messages": [
            {"role": "user", "content": [IMAGE, {"type": "text", "text": "Compare "}, IMAGE, {"type": "video"}]},
            {"role": "assistant", "content": [{"type": "text", "text": "They differ."}]},
            {"role": "user", "content": [{"type": "text", "text": "  Why?\n"}]},
        ],
        "add_generation_prompt": True,
    },
    {"messages": [{"role": "user", "content": [IMAGE, IMAGE]}], "variables": {"add_vision_id": True}},
    {"messages": [{"role": "tool", "content": "{{ not a template }} {% raw %}"}]},
]


def main() -> None:
    tokenizer = AutoTokenizer.from_pretrained(BENCH)
    texts = []
    for text in TEXTS:
        ids = tokenizer(text)["input_ids"]
        texts.append(
            {
                "text": text,
                "ids": ids,
                "decoded": tokenizer.decode(ids),
                "decoded_skip_special": tokenizer.decode(ids, skip_special_tokens=True),
            }
        )
    # Cut and shuffled ids: incomplete characters and specials in odd places.
    pieces = [i for case in texts for i in case["ids"]]
    broken = []
    for start in range(0, len(pieces) - 24, 97):
        ids = pieces[start : start + 24 : 1 + start % 3]
        broken.append(
            {
                "ids": ids,
                "decoded": tokenizer.decode(ids),
                "decoded_skip_special": tokenizer.decode(ids, skip_special_tokens=True),
            }
        )
    chats = []
    for chat in CHATS:
        options = {
            "add_generation_prompt": chat.get("add_generation_prompt", False),
            **chat.get("variables", {}),
        }
        text = tokenizer.apply_chat_template(chat["messages"], tokenize=False, **options)
        chats.append({**chat, "text": text, "ids": tokenizer(text)["input_ids"]})
    OUT.parent.mkdir(parents=True, exist_ok=True)
    document = {
        "transformers": transformers.__version__,
        "size": len(tokenizer),
        "special_ids": sorted(i for i, t in tokenizer.added_tokens_decoder.items() if t.special),
        "texts": texts,
        "broken": broken,
        "chats": chats,
    }
    OUT.write_text(json.dumps(document, indent=1, ensure_ascii=True) + "\n")


main()
