/* SPDX-License-Identifier: MIT
 *
 * The parts of `muon-sweep data`.
 */
#ifndef CMD_DATA_COMMAND_H
#define CMD_DATA_COMMAND_H

#include <stdint.h>

#include "cmd/command.h"

struct data_options {
	const char *output;
	int split; /* enum document_rule */
	const char *deb;
	int64_t val_tokens, vocab, eot;
	double bytes_per_token;
};

/* line->arguments[0] is the part's name. */
int data_pack(struct command_line *line, struct error *err);
int data_info(struct command_line *line, struct error *err);
int data_list(struct command_line *line, struct error *err);

#endif
