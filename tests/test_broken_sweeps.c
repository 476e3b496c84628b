/* SPDX-License-Identifier: MIT
 *
 * Broken sweep files, each with the exact message.
 */
#include "tests/spec_fixture.h"

#define UP_TO_MODEL FIXTURE_DATA FIXTURE_MODEL
#define UP_TO_TRAIN UP_TO_MODEL FIXTURE_TRAIN
#define FROM_TRAIN  FIXTURE_TRAIN FIXTURE_ARMS
#define FROM_MODEL  FIXTURE_MODEL FROM_TRAIN
#define ALL	    UP_TO_TRAIN FIXTURE_ARMS

/* clang-format off */
static const struct {
	const char *text, *setting, *message;
} cases[] = {
	{"- a\n", NULL,
	 "t.yaml:1:1: a sweep file holds keys, as 'model: {size: 64x2}'"},
	{"just text\n", NULL,
	 "t.yaml:1:1: a sweep file holds keys, as 'model: {size: 64x2}'"},
	{ALL "modle: 3\n", NULL,
	 "t.yaml:5:1: unknown key 'modle'; did you mean 'model'?"},
	{ALL "seeed: 3\n", NULL,
	 "t.yaml:5:1: unknown key 'seeed'; did you mean 'seed'?"},
	{ALL "xyzzy: 1\n", NULL,
	 "t.yaml:5:1: unknown key 'xyzzy'; 'muon-sweep help spec' lists the keys"},
	{ALL "seed: -1\n", NULL,
	 "t.yaml:5:7: 'seed' must be a whole number from 0 to 9.0072e+15, not '-1'"},
	{ALL "seed: [1, 2]\n", NULL,
	 "t.yaml:5:7: 'seed' is of the whole sweep and takes one value"},
	{ALL "name: [a, b]\n", NULL,
	 "t.yaml:5:7: 'name' is of the whole sweep and takes one value"},
	{FROM_MODEL, NULL,
	 "t.yaml:1:1: missing key: 'data' needs a 'corpus' or 'files'"},
	{"data: {corpus: text, files: [a.bin]}\n" FROM_MODEL, NULL,
	 "t.yaml:1:7: 'corpus' and 'files' of 'data' exclude each other"},
	{"data: {files: []}\n" FROM_MODEL, NULL,
	 "t.yaml:1:15: 'files' must be a list of paths or patterns"},
	{"data: {files: {a: b}}\n" FROM_MODEL, NULL,
	 "t.yaml:1:15: 'files' must be a list of paths or patterns"},
	{"data: text\n" FROM_MODEL, NULL,
	 "t.yaml:1:7: 'data' holds keys of its own; write data: {corpus: en-dict}"},
	{"data: {corpus: missing}\n" FROM_MODEL, NULL,
	 "t.yaml:1:16: corpus 'missing' is not here"},
	{"data: {corpus: text, val_tokens: 3}\n" FROM_MODEL, NULL,
	 "t.yaml:1:34: 'val_tokens' must be a whole number from 1024 to 1.09951e+12, not '3'"},
	{"data: {corpus: text, epochs: 0}\n" FROM_MODEL, NULL,
	 "t.yaml:1:30: 'epochs' must be a number greater than 0 and at most 1e+06, not '0'"},
	{FIXTURE_DATA FROM_TRAIN, NULL,
	 "t.yaml:1:1: missing key 'model.size'; write size: 64x2 or {params: 1e6}"},
	{FIXTURE_DATA "model: {size: 64x2, wdith: 3}\n" FROM_TRAIN, NULL,
	 "t.yaml:2:21: unknown key 'wdith'; 'muon-sweep help spec' lists the keys"},
	{FIXTURE_DATA "model: {size: 64}\n" FROM_TRAIN, NULL,
	 "t.yaml:2:15: 'size' must be d_model x n_layers such as 64x2, not '64'"},
	{FIXTURE_DATA "model: {size: 0x2}\n" FROM_TRAIN, NULL,
	 "t.yaml:2:15: 'size' must be d_model x n_layers such as 64x2, not '0x2'"},
	{FIXTURE_DATA "model: {size: [64x2, 64x0]}\n" FROM_TRAIN, NULL,
	 "t.yaml:2:22: 'size' must be d_model x n_layers such as 64x2, not '64x0'"},
	{FIXTURE_DATA "model: {context: 128}\n" FROM_TRAIN, NULL,
	 "t.yaml:2:8: missing key 'model.size'; write size: 64x2 or {params: 1e6}"},
	{FIXTURE_DATA "model: {size: {params: 1e5, shape: 64x2}}\n" FROM_TRAIN, NULL,
	 "t.yaml:2:24: 'shape' and 'params' of 'model.size' exclude each other"},
	{FIXTURE_DATA "model: {size: {aspect: 32}}\n" FROM_TRAIN, NULL,
	 "t.yaml:2:15: missing key 'model.size'; write size: 64x2 or {params: 1e6}"},
	{FIXTURE_DATA "model: {size: {params: 100}}\n" FROM_TRAIN, NULL,
	 "t.yaml:2:24: 'params' 100: the nearest size with aspect 32, 32x1, has 29856; change 'aspect' or 'head_dim'"},
	{FIXTURE_DATA "model: {size: {log: [1, 2, 3]}}\n" FROM_TRAIN, NULL,
	 "t.yaml:2:15: this key is no number: write its values as a list"},
	{FIXTURE_DATA "model: {size: 80x2}\n" FROM_TRAIN, NULL,
	 "t.yaml:2:15: 'head_dim' 32 does not divide d_model 80; use one of 8, 10, 16, 20, 40, 80"},
	{FIXTURE_DATA "model: {size: 64x2, head_dim: 33}\n" FROM_TRAIN, NULL,
	 "t.yaml:2:31: 'head_dim' must be even, not 33"},
	{FIXTURE_DATA "model: {size: 64x2, kv_heads: 3}\n" FROM_TRAIN, NULL,
	 "t.yaml:2:31: 'kv_heads' 3 does not divide the 2 query heads (d_model 64 / head_dim 32)"},
	{FIXTURE_DATA "model: {size: 64x2, head_dim: thirty}\n" FROM_TRAIN, NULL,
	 "t.yaml:2:31: 'head_dim' must be a whole number from 2 to 256, not 'thirty'"},
	{FIXTURE_DATA "model: {size: 64x2, head_dim: 31}\n" FROM_TRAIN, NULL,
	 "t.yaml:2:31: 'head_dim' must be even, not 31"},
	{FIXTURE_DATA "model: {size: 64x2, mlp: swigl}\n" FROM_TRAIN, NULL,
	 "t.yaml:2:26: 'mlp' must be one of swiglu, gelu, not 'swigl'; did you mean 'swiglu'?"},
	{FIXTURE_DATA "model: {size: 64x2, qk_norm: maybe}\n" FROM_TRAIN, NULL,
	 "t.yaml:2:30: 'qk_norm' must be true or false, not 'maybe'"},
	{FIXTURE_DATA "model: {size: 64x2, rope_base: 1}\n" FROM_TRAIN, NULL,
	 "t.yaml:2:32: 'rope_base' must be a number greater than 1 and at most 1e+09, not '1'"},
	{FIXTURE_DATA "model: {size: 64x2, context: 100}\n" FROM_TRAIN, NULL,
	 "t.yaml:2:30: 'context' 100 does not divide data.block_tokens 2048; use a divisor of it"},
	{FIXTURE_DATA "model: {size: 64x2, context: 0.5}\n" FROM_TRAIN, NULL,
	 "t.yaml:2:30: 'context' must be a whole number from 1 to 1.04858e+06, not '0.5'"},
	{FIXTURE_DATA "model: {size: 64x2, context: }\n" FROM_TRAIN, NULL,
	 "t.yaml:2:30: 'context' has no value"},
	{FIXTURE_DATA "model: {size: 64x2, context: {a: 1}}\n" FROM_TRAIN, NULL,
	 "t.yaml:2:31: unknown key 'a'; 'context' takes a value, a list or an axis {log: [from, to, points]}"},
	{FIXTURE_DATA "model: {size: 64x2, parameterization: {kind: mup, base_width: 32}}\n" FROM_TRAIN, NULL,
	 "t.yaml:2:21: unknown key 'parameterization'; 'muon-sweep help spec' lists the keys"},
	{FIXTURE_DATA "model: {size: []}\n" FROM_TRAIN, NULL,
	 "t.yaml:2:15: an empty list leaves no trial; give at least one value"},
	{FIXTURE_DATA "model: {size: 64x2, head_dim: [[16]]}\n" FROM_TRAIN, NULL,
	 "t.yaml:2:32: one value is needed here, not an axis"},
	{FIXTURE_DATA "model: {size: 64x2, init: {std: 1}}\n" FROM_TRAIN, NULL,
	 "t.yaml:2:28: unknown key 'std'; 'init' takes a value, a list or an axis {log: [from, to, points]}"},
	{UP_TO_MODEL "train: {batch_tokens: 1k}\n" FIXTURE_ARMS, NULL,
	 "t.yaml:3:8: missing key 'train.budget'; write budget: {flops: 1e12}"},
	{UP_TO_MODEL "train: {budget: 1e12, batch_tokens: 1k}\n" FIXTURE_ARMS, NULL,
	 "t.yaml:3:17: 'train.budget' holds keys of its own; write budget: {flops: 1e12}"},
	{UP_TO_MODEL "train: {budget: {flops: 1e10, tokens: 1M}, batch_tokens: 1k}\n" FIXTURE_ARMS, NULL,
	 "t.yaml:3:39: 'flops' and 'tokens' of 'train.budget' exclude each other"},
	{UP_TO_MODEL "train: {budget: {count: exact}, batch_tokens: 1k}\n" FIXTURE_ARMS, NULL,
	 "t.yaml:3:17: missing key 'train.budget'; write budget: {flops: 1e12}"},
	{UP_TO_MODEL "train: {budget: {flop: 1e10}, batch_tokens: 1k}\n" FIXTURE_ARMS, NULL,
	 "t.yaml:3:18: unknown key 'flop'; did you mean 'flops'?"},
	{UP_TO_MODEL "train: {budget: {log: [1, 2, 3]}, batch_tokens: 1k}\n" FIXTURE_ARMS, NULL,
	 "t.yaml:3:17: 'train.budget' holds keys of its own; write budget: {flops: 1e12}"},
	{UP_TO_MODEL "train: {budget: {flops: -1}, batch_tokens: 1k}\n" FIXTURE_ARMS, NULL,
	 "t.yaml:3:25: 'flops' must be a number greater than 0 and at most 1e+30, not '-1'"},
	{UP_TO_MODEL "train: {budget: {flops: 1e99}, batch_tokens: 1k}\n" FIXTURE_ARMS, NULL,
	 "t.yaml:3:25: 'flops' must be a number greater than 0 and at most 1e+30, not '1e99'"},
	{UP_TO_MODEL "train: {budget: {steps: 300}}\n" FIXTURE_ARMS, NULL,
	 "t.yaml:3:8: missing key 'train.batch_tokens'; write train: {batch_tokens: 1k}"},
	{UP_TO_MODEL "train: {budget: {steps: 300}, batch_tokens: 1000}\n" FIXTURE_ARMS, NULL,
	 "t.yaml:3:45: 'batch_tokens' 1000 is no multiple of the context 128; use 896"},
	{UP_TO_MODEL "train: {budget: {steps: 300}, batch_tokens: 64}\n" FIXTURE_ARMS, NULL,
	 "t.yaml:3:45: 'batch_tokens' 64 is no multiple of the context 128; use 128"},
	{UP_TO_MODEL "train: {budget: {steps: 9}, batch_tokens: 1k}\n" FIXTURE_ARMS, NULL,
	 "t.yaml:3:25: 'budget' leaves 9 steps of 1024 tokens, and at least 10 are needed; raise it, lower batch_tokens, or drop such cells by require: {steps: [10, null]}"},
	{UP_TO_MODEL "train: {budget: {flops: 1e7}, batch_tokens: 1k}\n" FIXTURE_ARMS, NULL,
	 "t.yaml:3:25: 'budget' leaves 0 steps of 1024 tokens, and at least 10 are needed; raise it, lower batch_tokens, or drop such cells by require: {steps: [10, null]}"},
	{UP_TO_MODEL "train: {budget: {tokens: 100M}, batch_tokens: 1k}\n" FIXTURE_ARMS, NULL,
	 "t.yaml:3:26: 'budget' asks for 104857600 tokens of the 10000000 unique ones, 10.5 epochs; set data: {epochs: 11} to repeat them, or require: {epochs: [0, 1]} to drop such cells"},
	{UP_TO_MODEL "train: {budget: {steps: 300}, batch_tokens: 1k, micro_batch_tokens: 384}\n" FIXTURE_ARMS, NULL,
	 "t.yaml:3:69: 'micro_batch_tokens' 384 must be a multiple of the context 128 and divide batch_tokens 1024"},
	{UP_TO_MODEL "train: {budget: {steps: 300}, batch_tokens: 1k, schedule: cosin}\n" FIXTURE_ARMS, NULL,
	 "t.yaml:3:59: 'kind' must be one of wsd, cosine, linear, constant, not 'cosin'; did you mean 'cosine'?"},
	{UP_TO_MODEL "train: {budget: {steps: 300}, batch_tokens: 1k, schedule: {warmup: 0.5, decay: 0.6}}\n" FIXTURE_ARMS, NULL,
	 "t.yaml:3:80: 'schedule': a warm-up of 150 steps and a decay of 180 steps do not fit into a trial of 300 steps; shorten one of them"},
	{UP_TO_MODEL "train: {budget: {steps: 300}, batch_tokens: 1k, schedule: {warmup: {tokens: 1k, steps: 3}}}\n" FIXTURE_ARMS, NULL,
	 "t.yaml:3:88: 'warmup_steps' and 'warmup_tokens' are both given; keep one"},
	{UP_TO_MODEL "train: {budget: {steps: 300}, batch_tokens: 1k, schedule: {warmup: 0.1, warmup_steps: 3}}\n" FIXTURE_ARMS, NULL,
	 "t.yaml:3:87: 'warmup' and 'warmup_steps' exclude each other"},
	{UP_TO_MODEL "train: {budget: {steps: 300}, batch_tokens: 1k, schedule: {warmup: {stpes: 3}}}\n" FIXTURE_ARMS, NULL,
	 "t.yaml:3:69: unknown key 'stpes'; 'warmup' takes a value, a list or an axis {log: [from, to, points]}"},
	{UP_TO_MODEL "train: {budget: {steps: 300}, batch_tokens: 1k, schedule: {warmup: 2}}\n" FIXTURE_ARMS, NULL,
	 "t.yaml:3:68: 'warmup' must be a number from 0 to 1, not '2'"},
	{UP_TO_MODEL "train: {budget: {steps: 300}, batch_tokens: 1k, seeds: {inti: [0]}}\n" FIXTURE_ARMS, NULL,
	 "t.yaml:3:57: unknown key 'inti'; did you mean 'init'?"},
	{UP_TO_MODEL "train: {budget: {steps: 300}, batch_tokens: 1k, seeds: [0, -2]}\n" FIXTURE_ARMS, NULL,
	 "t.yaml:3:60: 'seed' must be a whole number from 0 to 9.0072e+15, not '-2'"},
	{UP_TO_MODEL "train: {budget: {steps: 300}, batch_tokens: 1k, seeds: [[0, 1]]}\n" FIXTURE_ARMS, NULL,
	 "t.yaml:3:57: one value is needed here, not an axis"},
	{UP_TO_MODEL "train: {budget: {steps: 300}, batch_tokens: 1k, precision: int4}\n" FIXTURE_ARMS, NULL,
	 "t.yaml:3:60: 'precision' must be one of fp32, bf16, not 'int4'"},
	{UP_TO_MODEL "train: {budget: {steps: 300}, batch_tokens: 1k, backend: cuda}\n" FIXTURE_ARMS, NULL,
	 "t.yaml:3:58: 'backend' must be one of cpu, ref, not 'cuda'"},
	{UP_TO_MODEL "train: {budget: {steps: 300}, batch_tokens: 1k, grad_clip: 1e400}\n" FIXTURE_ARMS, NULL,
	 "t.yaml:3:60: 'grad_clip' must be a number from 0 to 1e+09, not '1e400'"},
	{UP_TO_MODEL "train: {budget: {steps: 300}, batch_tokens: {law: \"3*C^2\"}}\n" FIXTURE_ARMS, NULL,
	 "t.yaml:3:51: law \"3*C^2\" of 'batch_tokens' uses the tokens of the budget, which is given in steps; give it in tokens or flops"},
	{UP_TO_TRAIN "optimizer: []\n", NULL,
	 "t.yaml:4:12: 'optimizer' must be a list such as [adamw, muon]"},
	{UP_TO_TRAIN "optimizer: \n", NULL,
	 "t.yaml:4:11: 'optimizer' must be a list such as [adamw, muon]"},
	{UP_TO_TRAIN "optimizer: [adam]\n", NULL,
	 "t.yaml:4:13: unknown optimizer 'adam'; did you mean 'adamw'?"},
	{UP_TO_TRAIN "optimizer: [xyz]\n", NULL,
	 "t.yaml:4:13: unknown optimizer 'xyz'; there are adamw, muon, sgd"},
	{UP_TO_TRAIN "optimizer: [{lr: 0.1}]\n", NULL,
	 "t.yaml:4:13: an optimizer needs a 'name', as 'name: muon'"},
	{UP_TO_TRAIN "optimizer: [{name: adamw}]\n", NULL,
	 "t.yaml:4:13: 'adamw' needs 'lr', as a value or as tune: {lr: [..]}"},
	{UP_TO_TRAIN "optimizer: [adamw]\n", NULL,
	 "t.yaml:4:13: 'adamw' needs 'lr', as a value or as tune: {lr: [..]}"},
	{UP_TO_TRAIN "optimizer: [[adamw]]\n", NULL,
	 "t.yaml:4:13: an optimizer is a name or keys, as {name: muon, lr: 0.02}"},
	{UP_TO_TRAIN "optimizer: [{name: [adamw, muon], lr: 1}]\n", NULL,
	 "t.yaml:4:20: 'name' must be the name of one optimizer"},
	{UP_TO_TRAIN "optimizer: [{name: adamw, lr: 0}]\n", NULL,
	 "t.yaml:4:31: 'lr' must be a number greater than 0, not '0'"},
	{UP_TO_TRAIN "optimizer: [{name: adamw, lr: 0.1, beta: 3}]\n", NULL,
	 "t.yaml:4:36: unknown key 'beta'; did you mean 'betas'?"},
	{UP_TO_TRAIN "optimizer: [{name: adamw, lr: 0.1, betas: 0.9}]\n", NULL,
	 "t.yaml:4:43: 'betas' must be a pair [a, b], each a number from 0 to 0.999999, not '0.9'"},
	{UP_TO_TRAIN "optimizer: [{name: adamw, lr: 0.1, betas: [0.9, 0.95, 0.99]}]\n", NULL,
	 "t.yaml:4:43: 'betas' must be a pair [a, b], each a number from 0 to 0.999999, not '[0.9, 0.95, 0.99]'"},
	{UP_TO_TRAIN "optimizer: [{name: adamw, lr: 0.1, betas: [0.9, 1.5]}]\n", NULL,
	 "t.yaml:4:43: 'betas' must be a pair [a, b], each a number from 0 to 0.999999, not '[0.9, 1.5]'"},
	{UP_TO_TRAIN "optimizer: [{name: adamw, lr: 0.1, tune: {lr: [0.1]}}]\n", NULL,
	 "t.yaml:4:48: 'lr' is set twice; it is also on line 4"},
	{UP_TO_TRAIN "optimizer: [{name: adamw, tune: [lr]}]\n", NULL,
	 "t.yaml:4:33: 'tune' holds keys with their values, as {lr: {log: [1e-3, 1e-2, 3]}}"},
	{UP_TO_TRAIN "optimizer: [{name: adamw, tune: {batch_tokens: [1k]}}]\n", NULL,
	 "t.yaml:4:34: unknown key 'batch_tokens'; did you mean 'train.batch_tokens'?"},
	{UP_TO_TRAIN "optimizer: [{name: adamw, lr: 0.1, tune: {bracket: {from: 1}}}]\n", NULL,
	 "t.yaml:4:43: unknown key 'bracket'; 'muon-sweep help spec' lists the keys"},
	{UP_TO_TRAIN "optimizer: [{name: adamw, lr: 0.1, batch_tokens: 2k}]\n", NULL,
	 "t.yaml:4:36: unknown key 'batch_tokens'; did you mean 'train.batch_tokens'?"},
	{UP_TO_TRAIN "optimizer: [{name: adamw, lr: 0.1}, {name: adamw, lr: 0.1}]\n", NULL,
	 "t.yaml:4:37: two optimizers are labelled 'adamw'; give each its own 'label'"},
	{UP_TO_TRAIN "optimizer: [{name: adamw, lr: 0.1, label: a}, {name: muon, lr: 0.1, label: a}]\n", NULL,
	 "t.yaml:4:47: two optimizers are labelled 'a'; give each its own 'label'"},
	{UP_TO_TRAIN "optimizer: [{name: adamw, lr: 0.1, label: train}]\n", NULL,
	 "t.yaml:4:43: label 'train' is the name of a section; choose another"},
	{UP_TO_TRAIN "optimizer: [{name: muon, lr: 0.1, inherit: adamw}]\n", NULL,
	 "t.yaml:4:44: no optimizer is labelled 'adamw'"},
	{UP_TO_TRAIN "optimizer: [{name: muon, lr: 0.1, lr_scale: match_rsm}]\n", NULL,
	 "t.yaml:4:45: 'lr_scale' must be one of match_rms, update_norm, hidden_rms, jordan, spectral, none, not 'match_rsm'; did you mean 'match_rms'?"},
	{UP_TO_TRAIN "optimizer: [{name: muon, lr: 0.1, adamw: {lr_rato: 1}}]\n", NULL,
	 "t.yaml:4:43: unknown key 'lr_rato'; did you mean 'lr_ratio'?"},
	{UP_TO_TRAIN "optimizer: [{name: muon, lr: 0.1, adamw: 3}]\n", NULL,
	 "t.yaml:4:42: 'adamw' holds keys of its own"},
	{UP_TO_TRAIN "optimizer: [{name: muon, lr: {law: \"C^^2\"}}]\n", NULL,
	 "t.yaml:4:36: law \"C^^2\", column 3: a number, a name or '(' is needed, not '^'"},
	{UP_TO_TRAIN "optimizer: [{name: adamw, lr: [0.1, x]}]\n", NULL,
	 "t.yaml:4:37: 'lr' must be a number greater than 0, not 'x'"},
	{UP_TO_TRAIN "optimizer: [{name: adamw, lr: 0.1, 3: 4}]\n", NULL,
	 "t.yaml:4:36: unknown key '3'; 'muon-sweep help spec' lists the keys"},
	{ALL "zip: [{model.size: [32x2, 64x2], train.batch_tokens: [1k]}]\n", NULL,
	 "t.yaml:5:54: 'zip' ties lists of one length; 'model.size' has 2, 'train.batch_tokens' has 1"},
	{ALL "zip: [{train.grad_clip: 1}]\n", NULL,
	 "t.yaml:5:25: 'zip' ties lists; 'train.grad_clip' has no list"},
	{ALL "zip: 3\n", NULL,
	 "t.yaml:5:6: 'zip' must be a list such as [{model.size: [..], train.batch_tokens: [..]}]"},
	{ALL "zip: [{train.batch_tokens: [1k, 2k]}]\n", NULL,
	 "t.yaml:5:29: 'batch_tokens' is set twice; it is also on line 3"},
	{ALL "zip: [{adamv.lr: [1, 2]}]\n", NULL,
	 "t.yaml:5:8: unknown key 'adamv'; did you mean 'adamw'?"},
	{ALL "zip: [{adamw.lr: [1, 2]}]\n", NULL,
	 "t.yaml:5:19: 'lr' is set twice; it is also on line 4"},
	{ALL "exclude: [{model.sise: 64x2}]\n", NULL,
	 "t.yaml:5:12: unknown key 'sise'; did you mean 'size'?"},
	{ALL "exclude: [3]\n", NULL,
	 "t.yaml:5:11: 'exclude' must be a list such as [{model.size: 64x2, muon.lr: 0.04}]"},
	{ALL "exclude: [{optimizer: muon}]\n", NULL,
	 "t.yaml:5:23: no optimizer is labelled 'muon'"},
	{ALL "exclude: [{model.head_dim: x}]\n", NULL,
	 "t.yaml:5:28: 'head_dim' must be a whole number from 2 to 256, not 'x'"},
	{ALL "exclude: [{model.size: 64x2}]\n", NULL,
	 "t.yaml:1:1: no trial is left: all cells were dropped (1 by exclude on line 5)"},
	{ALL "exclude: [{model: {size: 64x2}}]\n", NULL,
	 "t.yaml:5:12: 'model' holds keys of its own; write the whole path, as model.size"},
	{ALL "when: [{if: {model.size: 64x2}}]\n", NULL,
	 "t.yaml:5:8: 'when' needs {if: {path: value}, set: {path: value}}"},
	{ALL "when: [{if: {model.wdith: 64x2}, set: {train.grad_clip: 1}}]\n", NULL,
	 "t.yaml:5:14: unknown key 'wdith'; 'muon-sweep help spec' lists the keys"},
	{ALL "when: [{if: {model.size: 64x2}, set: {train.grad_clop: 1}}]\n", NULL,
	 "t.yaml:5:39: unknown key 'grad_clop'; did you mean 'grad_clip'?"},
	{ALL "when: [{if: {model.size: 64x2}, set: {train.grad_clip: [1, 2]}}]\n", NULL,
	 "t.yaml:5:56: one value is needed here, not an axis"},
	{ALL "when: [{if: {model.size: 64x2}, set: {train.batch_tokens: 100}}]\n", NULL,
	 "t.yaml:5:59: 'batch_tokens' 100 is no multiple of the context 128; use 128"},
	{ALL "require: {steps: 40}\n", NULL,
	 "t.yaml:5:18: 'steps' must be a range [from, to], null for no limit, each a number of at least 0, not '40'"},
	{ALL "require: {stpes: [1, 2]}\n", NULL,
	 "t.yaml:5:11: unknown key 'stpes'; did you mean 'steps'?"},
	{ALL "require: {steps: [40, 4]}\n", NULL,
	 "t.yaml:5:18: 'steps' must be a range [from, to], null for no limit, each a number of at least 0, not '[40, 4]'"},
	{ALL "require: {steps: [400, null]}\n", NULL,
	 "t.yaml:1:1: no trial is left: all cells were dropped (1 by require: steps at least 400)"},
	{ALL "require: [1, 2]\n", NULL,
	 "t.yaml:5:10: 'require' is of the whole sweep and takes one value"},
	{ALL "eval: {points: -1}\n", NULL,
	 "t.yaml:5:16: 'points' must be a whole number from 0 to 1000, not '-1'"},
	{ALL "eval: {tokens: 1M}\n", NULL,
	 "t.yaml:5:16: 'eval.tokens' must be from one context, 128, to the held-out set, 131072, not 1048576"},
	{ALL "eval: {tokens: 64}\n", NULL,
	 "t.yaml:5:16: 'eval.tokens' must be from one context, 128, to the held-out set, 131072, not 64"},
	{ALL "train.batch_tokens: 2k\n", NULL,
	 "t.yaml:5:21: 'batch_tokens' is set twice; it is also on line 3"},
	{ALL "zip: [{seed: [1, 2], train.grad_clip: [1, 2]}]\n", NULL,
	 "t.yaml:5:15: 'seed' is of the whole sweep and takes one value"},
	{ALL "when: [{if: {optimizer: adamw}, set: {seed: 2}}]\n", NULL,
	 "t.yaml:5:45: 'seed' is of the whole sweep and takes one value"},
	{ALL "eval: {tokens: 1000}\n", NULL,
	 "t.yaml:5:16: 'eval.tokens' 1000 is no multiple of the context 128; use 896"},
	{"data: {corpus: text, val_tokens: 4k}\n" FIXTURE_MODEL
	 "train: {budget: {tokens: 1M}, batch_tokens: 1k}\n" FIXTURE_ARMS, NULL,
	 "t.yaml:1:1: 'eval.tokens' must be from one context, 128, to the held-out set, 4096, not 16384"},
	{"data: {corpus: text, val_tokens: 20000}\n" FROM_MODEL, NULL,
	 "t.yaml:1:34: 'val_tokens' 20000 is no multiple of the context 128; use 19968"},
	{ALL "eval: {points: {lin: [0, 4, 3], multiple: 2}}\n", NULL,
	 "t.yaml:5:33: unknown key 'multiple' of an axis; did you mean 'multiple_of'?"},
	{ALL, "model.wdith=3",
	 "-s model.wdith=3: unknown key 'wdith'; 'muon-sweep help spec' lists the keys"},
	{ALL, "model.size",
	 "-s model.size: write -s path=value"},
	{ALL, "train.batch_tokens=100",
	 "-s train.batch_tokens=100: 'batch_tokens' 100 is no multiple of the context 128; use 128"},
	{ALL, "optimizer.muno.lr=3",
	 "-s optimizer.muno.lr=3: no optimizer is called 'muno'"},
	{ALL, "adamw.lr=3", "-s adamw.lr=3: write -s optimizer.adamw.lr=3"},
	{ALL, "optimizer.adamw.lrr=3",
	 "-s optimizer.adamw.lrr=3: unknown key 'lrr'; did you mean 'lr'?"},
	{ALL, "optimizer.adamw.lr=[1",
	 "-s optimizer.adamw.lr=[1: did not find expected ',' or ']' while parsing a flow sequence"},
	{ALL, "=3",
	 "-s =3: write -s path=value"},
	{ALL, "data.corpus=text\n",
	 "-s data.corpus=text...: a setting is one line; write lists as [a, b] and mappings as {key: value}"},
	{ALL, "model.head_dim=&a 3",
	 "-s model.head_dim=&a 3: anchors and aliases are not supported; write the value out"},
	{ALL, "optimizer.adamw.tune.lr=x",
	 "-s optimizer.adamw.tune.lr=x: 'lr' must be a number greater than 0, not 'x'"},
	{ALL, "model.head_dim=",
	 "-s model.head_dim=: write -s path=value"},
};
/* clang-format on */

static void every_broken_file_has_its_message(void **state)
{
	size_t n_failed = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct error err = ERROR_INIT;
		struct sweep *sweep;
		int result = fixture_read(&sweep, cases[i].text, &cases[i].setting,
					  cases[i].setting != NULL, &err);

		assert_null(sweep);
		assert_int_equal(result, -(int)err.code);
		assert_int_not_equal(result, 0);
		if (strcmp(err.text, cases[i].message) != 0) {
			print_error("case %zu: %s\n  not: %s\n", i, err.text, cases[i].message);
			n_failed++;
		}
	}
	assert_int_equal(n_failed, 0);
}

/* Every prefix of a valid file is read or refused, and nothing crashes. */
static void a_truncated_file_never_crashes(void **state)
{
	static const char text[] =
		FIXTURE_DATA "model: {size: [32x2, 64x2], context: 128, 'qk_norm': \"yes\"}\n"
			     "train:\n  budget: {flops: {log: [4e10, 4e11, 3]}}\n"
			     "  batch_tokens: 1k\n  schedule: {warmup: {tokens: 8k}}\n"
			     "  seeds: {init: [0, 1]}\n"
			     "optimizer:\n  - adamw: 1\n  - {name: muon, betas: [0.9, 0.95],\n"
			     "     tune: {lr: [1, 2]}}\n"
			     "zip: [{model.head_dim: [16, 32], muon.lr: [1, 2]}]\n"
			     "when: [{if: {model.size: 64x2}, set: {train.grad_clip: 2}}]\n";

	(void)state;
	for (size_t n = 0; n < sizeof(text); n++) {
		struct error err = ERROR_INIT;
		struct sweep *sweep;
		int result = sweep_read(&sweep, "t.yaml", text, n, NULL, 0, &fixture_source, &err);

		assert_true(result == 0 || err.text[0] != '\0');
		sweep_free(sweep);
	}
}

/* So is a valid file with one byte changed. */
static void a_corrupted_file_never_crashes(void **state)
{
	static const char bytes[] = "{}[]:,-#'\"&*!|>%@`? \n\t0x\x7f\xff";
	static const char valid[] = ALL;
	char text[sizeof(valid)];

	(void)state;
	for (size_t i = 0; i + 1 < sizeof(valid); i++)
		for (size_t b = 0; b + 1 < sizeof(bytes); b++) {
			struct error err = ERROR_INIT;
			struct sweep *sweep;
			int result;

			memcpy(text, valid, sizeof(valid));
			text[i] = bytes[b];
			result = sweep_read(&sweep, "t.yaml", text, sizeof(text) - 1, NULL, 0,
					    &fixture_source, &err);
			assert_true(result == 0 || err.text[0] != '\0');
			sweep_free(sweep);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_broken_file_has_its_message),
		cmocka_unit_test(a_truncated_file_never_crashes),
		cmocka_unit_test(a_corrupted_file_never_crashes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
