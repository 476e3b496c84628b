/* SPDX-License-Identifier: MIT
 *
 * A block of lines at the bottom of a terminal that is drawn again in place.  A frame is one write:
 * up to its first line, each line with an end that clears the rest of it, and what is left of a
 * longer frame before cleared; nothing is blank in between.  The cursor is hidden within a frame
 * only, so that however the program ends it is there.
 *
 * Terminals that break lines anew when they become narrower (tmux, and nearly all but xterm) are
 * taken into account, and so is a program that was stopped and goes on.
 */
#ifndef CMD_SCREEN_H
#define CMD_SCREEN_H

#include <stdbool.h>
#include <stdio.h>

#include "base/text.h"

struct screen {
	FILE *file;
	struct text frame;   /* lines of the frame to come */
	size_t *widths;	     /* cells of the lines that are drawn now */
	size_t n, capacity;  /* of widths */
	size_t *next_widths; /* of the lines to come */
	size_t n_next, next_capacity;
	int columns, rows; /* of the terminal */
	bool set_aside;	   /* erased for lines of other writers */
};

/* Whether `file` is a terminal that can do this. */
bool screen_fits(FILE *file);

void screen_start(struct screen *screen, FILE *file);
/* Erases the block and releases. */
void screen_end(struct screen *screen);
/* The same with the block left standing. */
void screen_release(struct screen *screen);

/* Asks for the size, and begins a frame.  Of the terminal's rows one line remains free. */
void screen_begin(struct screen *screen);
/* A line, cut to the width; nothing where there is no room for it. */
void screen_line(struct screen *screen, const struct text *line);
/* Lines that still fit into the frame. */
size_t screen_room(const struct screen *screen);
void screen_draw(struct screen *screen);

/* Makes room for lines of another writer on the same terminal, until the next frame. */
void screen_set_aside(struct screen *screen);

/* Appends `words` in exactly `width` cells: cut or filled with blanks; what is no printable
 * character becomes '?'. */
void text_add_cell(struct text *text, const char *words, size_t width);

#endif
