"""The three bench workloads in PyTorch + transformers, for comparison on the same machine.

    python scripts/reference/peers.py MODEL_CONFIG_DIR [--repeats N] [--text]

Prints one JSON line per workload with median seconds and tokens/s, at 2 threads, float32. The GRPO step
is what TRL's GRPOTrainer does with its defaults and one update per generation: every completion carries
its own copy of prompt and image in sampling and in the update.
"""
import argparse
import json
import statistics
import time

import torch
from transformers import AutoConfig, Qwen2_5_VLForConditionalGeneration

parser = argparse.ArgumentParser()
parser.add_argument("model")
parser.add_argument("--repeats", type=int, default=5)
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--text", action="store_true", help="no picture in the prompts")
args = parser.parse_args()
torch.set_num_threads(args.threads)
torch.manual_seed(0)
config = AutoConfig.from_pretrained(args.model)
model = Qwen2_5_VLForConditionalGeneration(config).float().train()
V = config.text_config.vocab_size
PROMPT, NEW, ROWS, TOKENS, GROUPS, SAMPLES = 52, 64, 32, 96, 8, 8
vision = config.vision_config
side = 64 // vision.patch_size
image_tokens = (side // vision.spatial_merge_size) ** 2
width = vision.in_channels * vision.temporal_patch_size * vision.patch_size**2


def batch(rows, length):
    ids = torch.randint(0, V // 2, (rows, length))
    kinds = torch.zeros_like(ids)
    if not args.text:
        ids[:, 3] = config.vision_start_token_id
        ids[:, 4 : 4 + image_tokens] = config.image_token_id
        kinds[:, 4 : 4 + image_tokens] = 1
    extra = {}
    if not args.text:
        extra = {
            "pixel_values": torch.randn(rows * side * side, width),
            "image_grid_thw": torch.tensor([[1, side, side]] * rows),
            "mm_token_type_ids": kinds,
        }
    return {"input_ids": ids, "attention_mask": torch.ones_like(ids), **extra}


def repeat(inputs, times):
    out = {}
    for name, value in inputs.items():
        if name == "pixel_values":
            value = value.view(-1, side * side, width).repeat_interleave(times, 0).reshape(-1, width)
        else:
            value = value.repeat_interleave(times, 0)
        out[name] = value
    return out


def sample(inputs):
    model.eval()
    with torch.no_grad():
        out = model.generate(
            **inputs, max_new_tokens=NEW, min_new_tokens=NEW, do_sample=True, temperature=1.0, top_k=0, top_p=1.0,
            # A sampled placeholder would ask for a picture in the next pass.
            suppress_tokens=[config.image_token_id, config.video_token_id],
        )
    model.train()
    return out


optimizer = torch.optim.AdamW(model.parameters(), lr=1e-5)


def update(loss):
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    optimizer.zero_grad()


generate_inputs = batch(GROUPS * SAMPLES, PROMPT)
sft_inputs = batch(ROWS, TOKENS)
labels = sft_inputs["input_ids"].clone()
if not args.text:
    labels[sft_inputs["mm_token_type_ids"] == 1] = -100
grpo_inputs = repeat(batch(GROUPS, PROMPT), SAMPLES)


def completion_logps(inputs, ids, no_grad=False):
    kinds = inputs.get("mm_token_type_ids")
    whole = {**inputs, "input_ids": ids, "attention_mask": torch.ones_like(ids)}
    if kinds is not None:
        whole["mm_token_type_ids"] = torch.nn.functional.pad(kinds, (0, ids.shape[1] - kinds.shape[1]))
    with torch.set_grad_enabled(not no_grad):
        logits = model(**whole, logits_to_keep=NEW + 1).logits[:, :-1]
        return torch.log_softmax(logits, -1).gather(-1, ids[:, -NEW:, None]).squeeze(-1)


def grpo(beta):
    ids = sample(grpo_inputs)
    advantages = torch.randn(GROUPS * SAMPLES, 1)
    ref = completion_logps(grpo_inputs, ids, no_grad=True) if beta else None
    new = completion_logps(grpo_inputs, ids)
    ratio = torch.exp(new - new.detach())
    loss = -torch.minimum(ratio * advantages, ratio.clamp(0.8, 1.2) * advantages)
    if beta:
        loss = loss + beta * (torch.exp(ref - new) - (ref - new) - 1)
    update(loss.mean())
    return GROUPS * SAMPLES * NEW


def run_generate():
    model.model.rope_deltas = None
    sample(generate_inputs)
    return GROUPS * SAMPLES * NEW


def run_sft():
    update(model(**sft_inputs, labels=labels).loss)
    return ROWS * TOKENS


work = {
    "generate": run_generate,
    "sft-step": run_sft,
    "grpo-step": lambda: grpo(0.0),
    "grpo-step-kl": lambda: grpo(0.04),
}
for name, step in work.items():
    tokens = step()
    seconds = []
    for _ in range(args.repeats):
        started = time.perf_counter()
        tokens = step()
        seconds.append(time.perf_counter() - started)
    median = statistics.median(seconds)
    print(json.dumps({"workload": name, "seconds": round(median, 4), "seconds_min": round(min(seconds), 4), "tokens_per_s": round(tokens / median, 1)}), flush=True)
