/* SPDX-License-Identifier: MIT
 *
 * What ten steps of tiny runs must give.  The numbers are not this program's: they were computed
 * with PyTorch 2.15.0 in float64, with its own building blocks: rms_norm (eps 1e-6),
 * scaled_dot_product_attention (is_causal, enable_gqa), silu, gelu (approximate="tanh"),
 * cross_entropy, autograd, torch.optim.AdamW and torch.optim.Muon (the latter with its rounding to
 * bfloat16 taken out, and with eps 1e-30 so that X_0 = M / |M|_F).  Muon written from the paper
 * through a singular value decomposition gave the same to 1e-15.  To redo them:
 *
 *   weights   element i (row-major) of the parameter NAME, p = the sum of the bytes of NAME:
 *             s = sin(p + 0.37 i + 0.013 i^2); gains (names that end in "norm") 1 + 0.1 s, else 0.3
 * s tokens    at step n = 0 .. 9, token i is (7 i^2 + 3 i + 5 n) mod 13; position j of 4 x 8, rows
 *             one after the other, has the input i = j and the target i = j + 1
 *   loss      the mean over the 32 positions; gradients are scaled to a norm of 2 where it is above
 *   schedule  wsd: 1/2, 1, then 1 up to n = 6, then 1, 0.7, 0.4; cosine: 1/3, 2/3, then
 *             0.1 + 0.45 (1 + cos(pi (n - 3) / 7)); the learning rate is that times lr
 *   model     rotate-half rotary embedding of base 10000, after the norms of q and k where there
 * are any; 1/sqrt(head_dim); the plain MLP is down(gelu(up x)), the other down(silu(gate x) up x);
 * each row of q is cut into heads that follow one another decay     of all parameters, by the
 * learning rate of their own group digest    of a parameter after step 10: the sum over its
 * elements of w[i] cos(i)
 *
 * What is not said in the settings is the default: betas 0.9 and 0.95, eps 1e-8, momentum 0.95,
 * five Newton-Schulz steps of (3.4445, -4.7750, 2.0315), update_rms 0.2.
 */
#ifndef TESTS_GOLDEN_VALUES_H
#define TESTS_GOLDEN_VALUES_H

#include "tests/optim_fixture.h"

#define GOLDEN_STEPS   10
#define GOLDEN_DIGESTS 4
#define GOLDEN_VOCAB   13
#define GOLDEN_CONTEXT 8
#define GOLDEN_BATCH   4 /* sequences */
#define GOLDEN_CLIP    2.0

struct golden_digest {
	const char *param;
	double value;
};

struct golden {
	int64_t d_model, n_layers;
	struct setting model[8];
	const char *optimizer;
	struct setting options[6];
	struct setting schedule[6];
	double losses[GOLDEN_STEPS];
	struct golden_digest digests[GOLDEN_DIGESTS];
};

#define GOLDEN_LLAMA                                                           \
	.d_model = 16, .n_layers = 2,                                          \
	.model = {{"head_dim", "4"}, {"kv_heads", "2"}, {"ffn_hidden", "24"}}, \
	.schedule = {                                                          \
		{"kind", "wsd"}, {"warmup", "0.2"}, {"decay", "0.3"}, {"final_lr_ratio", "0.1"}}

#define GOLDEN_OTHER                                                                   \
	.d_model = 12, .n_layers = 2,                                                  \
	.model = {{"head_dim", "6"},   {"kv_heads", "1"}, {"ffn_hidden", "20"},        \
		  {"qk_norm", "true"}, {"mlp", "gelu"},	  {"tie_embeddings", "true"}}, \
	.schedule = {{"kind", "cosine"}, {"warmup_steps", "3"}, {"final_lr_ratio", "0.1"}}

static const struct golden golden_llama_adamw = {
	GOLDEN_LLAMA,
	.optimizer = "adamw",
	.options = {{"lr", "0.02"}, {"weight_decay", "0.1"}},
	.losses = {3.15538312417257, 2.85673966307959, 2.70645612748769, 3.03940925659701,
		   3.03996904777233, 2.63426769678231, 2.89754692598579, 2.92136392640727,
		   3.19027227574883, 2.68410366165364},
	.digests = {{"embedding", -0.0120772979916663},
		    {"layer0.attn_k", -0.310137706134373},
		    {"layer1.attn_norm", 0.5460700113665},
		    {"layer1.mlp_down", -4.41126333766861}},
};

static const struct golden golden_llama_muon = {
	GOLDEN_LLAMA,
	.optimizer = "muon",
	.options = {{"lr", "0.05"},
		    {"weight_decay", "0.1"},
		    {"lr_scale", "match_rms"},
		    {"adamw.lr_ratio", "0.4"}},
	.losses = {3.15538312417257, 2.84565538773266, 2.70562224698025, 3.03680192493982,
		   3.05134882421497, 2.84316769337495, 2.77749928872263, 3.05891688803791,
		   3.2272359657812, 2.7092963275663},
	.digests = {{"embedding", -0.398023361071624},
		    {"layer0.attn_k", -0.530328871321804},
		    {"layer1.attn_norm", 0.624565267230106},
		    {"layer1.mlp_down", -4.00312480489033}},
};

static const struct golden golden_other_adamw = {
	GOLDEN_OTHER,
	.optimizer = "adamw",
	.options = {{"lr", "0.02"}, {"weight_decay", "0.3"}},
	.losses = {2.71391288224082, 2.69013532459969, 2.89464219294534, 2.87464922830664,
		   2.97986791614492, 2.52469730606732, 2.93954579310621, 2.77600326042105,
		   2.94474691879413, 2.82034804598455},
	.digests = {{"embedding", 1.12395718797378},
		    {"layer0.attn_k", 0.285838536815946},
		    {"layer1.attn_norm", -0.286825917526935},
		    {"layer1.mlp_down", -1.6056453031672}},
};

static const struct golden golden_other_muon = {
	GOLDEN_OTHER,
	.optimizer = "muon",
	.options = {{"lr", "0.02"},
		    {"weight_decay", "0.3"},
		    {"lr_scale", "jordan"},
		    {"nesterov", "false"}},
	.losses = {2.71391288224082, 2.67742288978612, 2.75620130936616, 2.87351213280237,
		   2.94974585364362, 2.54683478234551, 2.96412778340033, 2.67724680132324,
		   2.94380246690631, 2.78847324124976},
	.digests = {{"embedding", 1.22855699855954},
		    {"layer0.attn_k", 0.199669664136194},
		    {"layer1.attn_norm", -0.222311415015744},
		    {"layer1.mlp_down", -2.11211228081873}},
};

#endif
