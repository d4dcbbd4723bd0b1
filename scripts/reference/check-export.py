"""An exported checkpoint in transformers and PEFT, against what the engine computes with it.

    python scripts/reference/check-export.py FOLDER...

FOLDER is the model folder of a checkpoint (runs/ID/checkpoints/step-N/model), whole or an adapter. Loads it
with Qwen2_5_VLForConditionalGeneration (and PeftModel), renders the same question with the folder's own
tokenizer and chat template, and compares the prompt's ids and the logits of every token. One JSON line per
folder; exit code 1 when something is too far off.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

import torch
from safetensors.torch import load_file
from transformers import AutoTokenizer, Qwen2_5_VLForConditionalGeneration

root = pathlib.Path(__file__).resolve().parents[2]
node = root / "node_modules/.bin/node"
torch.set_num_threads(2)


def open_model(folder):
    config = folder / "adapter_config.json"
    if not config.exists():
        return folder, Qwen2_5_VLForConditionalGeneration.from_pretrained(folder, dtype=torch.float32)
    from peft import PeftModel

    base = pathlib.Path(json.loads(config.read_text())["base_model_name_or_path"])
    model = Qwen2_5_VLForConditionalGeneration.from_pretrained(base, dtype=torch.float32)
    return base, PeftModel.from_pretrained(model, folder)


def check(folder):
    with tempfile.TemporaryDirectory() as scratch:
        out = f"{scratch}/engine.safetensors"
        done = subprocess.run(
            [node, root / "scripts/reference/score-export.ts", folder, out],
            check=True, capture_output=True, text=True,
        )
        question, engine = done.stdout.rstrip("\n"), load_file(out)
    base, model = open_model(folder)
    model.eval()
    tokenizer = AutoTokenizer.from_pretrained(base)
    content = [{"type": "image"}, {"type": "text", "text": question}]
    text = tokenizer.apply_chat_template(
        [{"role": "user", "content": content}], add_generation_prompt=True, tokenize=False
    )
    image = tokenizer.decode([model.config.image_token_id])
    merged = int(engine["grid"].prod()) // model.config.vision_config.spatial_merge_size**2
    rendered = tokenizer(text.replace(image, image * merged))["input_ids"]
    ids = engine["input_ids"].long()[None]
    prompt = int(engine["prompt_length"])
    pixels, grid = engine["pixel_values"], engine["grid"].long()[None]
    kinds = (ids == model.config.image_token_id).int()
    with torch.no_grad():
        logits = model(
            input_ids=ids, attention_mask=torch.ones_like(ids), pixel_values=pixels, image_grid_thw=grid,
            mm_token_type_ids=kinds,
        ).logits[0]
    difference = (logits - engine["logits"]).abs().max().item()
    row = {
        "folder": str(folder),
        "model": type(model).__name__,
        "tokens": ids.shape[1],
        "prompt_ids_equal": rendered == ids[0, :prompt].tolist(),
        "logits_max_abs": difference,
        "logits_std": logits.std().item(),
    }
    row["ok"] = row["prompt_ids_equal"] and difference < 1e-3
    print(json.dumps(row), flush=True)
    return row["ok"]


results = [check(pathlib.Path(folder).resolve()) for folder in sys.argv[1:]]
sys.exit(0 if results and all(results) else 1)
