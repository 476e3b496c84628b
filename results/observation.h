/* SPDX-License-Identifier: MIT
 *
 * Observations: what fits and figures work on, as plain rows.  They come from the store
 * (store_observations) or from anybody's CSV (csv_observations); nothing here knows which.
 *
 * A number that a source does not have is NAN, a text NULL.
 */
#ifndef RESULTS_OBSERVATION_H
#define RESULTS_OBSERVATION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/memory.h"

/* X(field, CSV name, aliases separated by '|' or "", unit, meaning): the numeric columns, kept
 * once.  The order is that of exported files. */
#define OBSERVATION_NUMBERS(X)                                                                     \
	X(params, "params", "N", "1", "parameters, all groups")                                    \
	X(params_hidden, "params_hidden", "", "1", "parameters of the block matrices")             \
	X(params_embedding, "params_embedding", "", "1", "parameters of the embedding")            \
	X(params_head, "params_head", "", "1", "parameters of the head, 0 when tied")              \
	X(params_norm, "params_norm", "", "1", "gains")                                            \
	X(d_model, "d_model", "width", "1", "width")                                               \
	X(n_layers, "n_layers", "depth", "1", "depth")                                             \
	X(context, "context", "", "tokens", "context length")                                      \
	X(tokens, "tokens", "D", "tokens", "training tokens so far")                               \
	X(steps, "steps", "step|steps_to_target", "steps", "optimizer steps so far")               \
	X(flops, "flops", "C|budget_flops", "FLOP", "model FLOPs, forward and backward")           \
	X(flops_6nd, "flops_6nd", "", "FLOP", "6 params tokens")                                   \
	X(flops_optimizer, "flops_optimizer", "", "FLOP", "what the optimizer spent")              \
	X(flops_optimizer_plain, "flops_optimizer_plain", "", "FLOP", "plain Newton-Schulz count") \
	X(budget_flops, "nominal_flops", "", "FLOP", "nominal budget of the trial")                \
	X(loss, "loss", "val_loss", "nats/token", "held-out loss at the end, probe loss before")   \
	X(loss_se, "val_loss_se", "", "nats/token", "standard error of the held-out loss")         \
	X(train_loss, "train_loss", "", "nats/token", "mean training loss since the last row")     \
	X(test_loss, "test_loss", "", "nats/token", "loss on the test slice")                      \
	X(bpb, "val_bpb", "bpb", "bits/byte", "held-out bits per byte")                            \
	X(batch_tokens, "batch_tokens", "B|batch_size", "tokens", "tokens per optimizer step")     \
	X(lr, "lr", "learning_rate", "1", "peak learning rate")                                    \
	X(weight_decay, "weight_decay", "", "1", "weight decay")                                   \
	X(warmup, "warmup", "", "1", "fraction of the steps in warm-up")                           \
	X(decay, "decay", "", "1", "fraction of the steps in decay")                               \
	X(grad_clip, "grad_clip", "", "1", "largest norm of the gradient")                         \
	X(beta1, "beta1", "", "1", "AdamW's first decay rate")                                     \
	X(beta2, "beta2", "", "1", "AdamW's second decay rate")                                    \
	X(momentum, "momentum", "", "1", "momentum")                                               \
	X(update_rms, "update_rms", "", "1", "RMS that updates are scaled to")                     \
	X(ns_steps, "ns_steps", "", "1", "Newton-Schulz steps")                                    \
	X(adamw_lr_ratio, "adamw_lr_ratio", "", "1", "lr of Muon's AdamW over its own")            \
	X(seed, "seed", "", "1", "training seed")                                                  \
	X(init_seed, "init_seed", "", "1", "seed of the initial weights")                          \
	X(data_seed, "data_seed", "", "1", "seed of the order of the data")                        \
	X(target_loss, "target_loss", "", "nats/token", "loss whose cost the row gives")           \
	X(epochs, "epochs", "", "1", "passes over the unique training tokens")                     \
	X(seconds, "seconds", "", "s", "forward, backward and optimizer")                          \
	X(seconds_optimizer, "seconds_optimizer", "", "s", "optimizer")                            \
	X(threads, "threads", "", "1", "threads of the trial")                                     \
	X(jobs, "jobs", "", "1", "trials that ran at once")

/* X(field, CSV name, aliases): the columns that are text. */
#define OBSERVATION_TEXTS(X)                  \
	X(optimizer, "optimizer", "")         \
	X(label, "label", "")                 \
	X(group, "group", "")                 \
	X(sweep, "sweep", "")                 \
	X(trial_key, "trial_key", "run_name") \
	X(trunk_key, "trunk_key", "")         \
	X(state, "state", "")                 \
	X(corpus, "corpus", "")               \
	X(schedule, "schedule", "")           \
	X(tuned, "tuned", "")                 \
	X(precision, "precision", "")         \
	X(backend, "backend", "")             \
	X(host, "host", "")                   \
	X(blas, "blas", "")                   \
	X(version, "version", "")

/* Sums over the documents of each bucket of the held-out sets. */
#define OBSERVATION_BUCKETS 128
enum observation_slice { SLICE_VAL, SLICE_TEST, N_SLICES };
struct observation_buckets {
	double nats[N_SLICES][OBSERVATION_BUCKETS];
	double tokens[N_SLICES][OBSERVATION_BUCKETS]; /* all 0: slice not known */
};

struct observation {
#define X(field, ...) double field;
	OBSERVATION_NUMBERS(X)
#undef X
#define X(field, ...) const char *field;
	OBSERVATION_TEXTS(X)
#undef X
	const struct observation_buckets *buckets; /* the set's arena owns it; NULL: not known */
	bool final; /* the end of a schedule: only these are fitted */
	long line;  /* in the CSV, for messages; 0 from a store */
};

struct observations {
	struct observation *rows;
	size_t n, capacity;
	struct arena arena; /* owns the texts and buckets */
	const char *source; /* file name, for captions and provenance */
};

/* The columns above as a table, numbers first; `final` is apart. */
#define OBSERVATION_ONE(...) +1
enum {
	N_OBSERVATION_NUMBERS = 0 OBSERVATION_NUMBERS(OBSERVATION_ONE),
	N_OBSERVATION_COLUMNS = N_OBSERVATION_NUMBERS OBSERVATION_TEXTS(OBSERVATION_ONE)
};

struct observation_column {
	const char *name;    /* in CSV */
	const char *aliases; /* separated by '|' */
	size_t offset;	     /* in struct observation: double or const char * */
	bool is_text;
};

extern const struct observation_column observation_columns[N_OBSERVATION_COLUMNS];

/* Where a column's value lies; the column must be of that kind. */
double *observation_number(struct observation *row, const struct observation_column *column);
const char **observation_text(struct observation *row, const struct observation_column *column);

void observations_release(struct observations *set);

/* Adds an empty row (numbers NAN, texts NULL, final true) and returns it. */
struct observation *observations_add(struct observations *set);

/* What a row is fitted and coloured by: group, else label, else optimizer, else "all". */
const char *observation_arm(const struct observation *row);

#endif
