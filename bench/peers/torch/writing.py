"""Greedy writing of bench/generation.ts in transformers.

usage: writing.py FOLDER THREADS float32|bfloat16
Each line of standard input is a number of tokens, answered with a line of JSON: {"tokens", "seconds", "processorSeconds",
"peakMemoryMB"}, the reading of the prompt left out.
"""

import json
import re
import sys
import time

import torch
from transformers import AutoModelForCausalLM


def main():
    folder, threads, dtype = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    torch.set_num_threads(threads)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=getattr(torch, dtype)).eval()
    ids = torch.randint(3, 10000, (1, 32), generator=torch.Generator().manual_seed(1))

    def write(tokens):
        wall, processor = time.perf_counter(), time.process_time()
        model.generate(ids, max_new_tokens=tokens, min_new_tokens=tokens, do_sample=False)
        return time.perf_counter() - wall, time.process_time() - processor

    for line in sys.stdin:
        with torch.no_grad():
            first, whole = write(1), write(int(line))
        peak = re.search(r"VmHWM:\s+(\d+)", open("/proc/self/status").read())
        print(
            json.dumps(
                {
                    "tokens": int(line) - 1,
                    "seconds": whole[0] - first[0],
                    "processorSeconds": whole[1] - first[1],
                    "peakMemoryMB": int(peak[1]) // 1024,
                }
            ),
            flush=True,
        )


main()
