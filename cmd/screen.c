/* SPDX-License-Identifier: MIT */
#include "cmd/screen.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/memory.h"

#define LEAST_COLUMNS 20
#define LEAST_ROWS    4

/* Terminals that do not know it ignore it. */
#define SYNCHRONIZE	"\033[?2026h"
#define SYNCHRONIZED	"\033[?2026l"
#define HIDE_CURSOR	"\033[?25l"
#define SHOW_CURSOR	"\033[?25h"
#define ERASE_REST	"\033[K"
#define ERASE_BELOW	"\033[J"
#define IS_CONTINUED(c) (((unsigned char)(c)&0xC0) == 0x80) /* of a character in UTF-8 */

/* The program was stopped and goes on: the shell has written below the block. */
static volatile sig_atomic_t continued;

static void on_continue(int number)
{
	(void)number;
	continued = 1;
}

bool screen_fits(FILE *file)
{
	const char *term = getenv("TERM");

	return isatty(fileno(file)) && !(term && strcmp(term, "dumb") == 0);
}

static void ask_size(struct screen *screen)
{
	struct winsize size;

	screen->columns = 80;
	screen->rows = 24;
	if (ioctl(fileno(screen->file), TIOCGWINSZ, &size) < 0)
		return;
	if (size.ws_col >= LEAST_COLUMNS)
		screen->columns = size.ws_col;
	if (size.ws_row >= LEAST_ROWS)
		screen->rows = size.ws_row;
}

void screen_start(struct screen *screen, FILE *file)
{
	struct sigaction action = {.sa_handler = on_continue, .sa_flags = SA_RESTART};

	*screen = (struct screen){.file = file};
	sigemptyset(&action.sa_mask);
	sigaction(SIGCONT, &action, NULL);
	continued = 0;
	ask_size(screen);
}

/* Rows that the drawn lines take now: one that is wider than the terminal was broken. */
static size_t drawn_rows(const struct screen *screen)
{
	size_t columns = (size_t)screen->columns, rows = 0;

	for (size_t i = 0; i < screen->n; i++)
		rows += screen->widths[i] > columns ? (screen->widths[i] + columns - 1) / columns
						    : 1;
	return rows;
}

/* Where lines were broken, the terminal may have moved the first rows of the block out of reach; an
 * empty row then keeps what is drawn from being taken for their continuation. */
static void add_return(struct screen *screen, struct text *out)
{
	size_t rows;

	if (continued)
		screen->n = 0;
	continued = 0;
	rows = drawn_rows(screen);
	text_add_char(out, '\r');
	if (rows > 0)
		text_printf(out, "\033[%zuA", rows);
	if (rows > screen->n)
		text_add(out, ERASE_REST "\n");
}

static void write_out(struct screen *screen, const struct text *out)
{
	fwrite(out->data, 1, out->length, screen->file);
	fflush(screen->file);
}

void screen_begin(struct screen *screen)
{
	ask_size(screen);
	text_clear(&screen->frame);
	screen->n_next = 0;
}

size_t screen_room(const struct screen *screen)
{
	return (size_t)screen->rows - 1 - screen->n_next;
}

/* Bytes of the first `cells` characters; `used` receives how many there are. */
static size_t cut(const char *text, size_t cells, size_t *used)
{
	size_t bytes = 0;

	*used = 0;
	while (text[bytes] && (IS_CONTINUED(text[bytes]) || *used < cells))
		*used += !IS_CONTINUED(text[bytes++]);
	return bytes;
}

void screen_line(struct screen *screen, const struct text *line)
{
	size_t width, bytes;

	if (screen_room(screen) == 0)
		return;
	bytes = cut(text_string(line), (size_t)screen->columns - 1, &width);
	text_add_bytes(&screen->frame, text_string(line), bytes);
	text_add(&screen->frame, ERASE_REST "\n");
	screen->next_widths = grow_array(screen->next_widths, &screen->next_capacity,
					 screen->n_next + 1, sizeof(*screen->next_widths));
	screen->next_widths[screen->n_next++] = width;
}

static void remember_widths(struct screen *screen)
{
	screen->widths = grow_array(screen->widths, &screen->capacity, screen->n_next + 1,
				    sizeof(*screen->widths));
	for (size_t i = 0; i < screen->n_next; i++)
		screen->widths[i] = screen->next_widths[i];
	screen->n = screen->n_next;
}

void screen_draw(struct screen *screen)
{
	struct text out = {0};

	text_add(&out, screen->set_aside ? HIDE_CURSOR : SYNCHRONIZE HIDE_CURSOR);
	add_return(screen, &out);
	text_add(&out, text_string(&screen->frame));
	text_add(&out, ERASE_BELOW SHOW_CURSOR SYNCHRONIZED);
	write_out(screen, &out);
	text_release(&out);
	remember_widths(screen);
	screen->set_aside = false;
}

/* Line by line: a terminal that is told to clear all of it may keep it as history instead. */
void screen_set_aside(struct screen *screen)
{
	struct text out = {0};
	size_t rows;

	if (screen->set_aside)
		return;
	ask_size(screen);
	text_add(&out, SYNCHRONIZE);
	add_return(screen, &out);
	rows = drawn_rows(screen);
	for (size_t i = 0; i < rows; i++)
		text_add(&out, ERASE_REST "\n");
	if (rows > 0)
		text_printf(&out, "\033[%zuA", rows);
	write_out(screen, &out);
	text_release(&out);
	screen->n = 0;
	screen->set_aside = true;
}

void screen_end(struct screen *screen)
{
	screen_set_aside(screen);
	fputs(SYNCHRONIZED, screen->file);
	fflush(screen->file);
	screen_release(screen);
}

void screen_release(struct screen *screen)
{
	signal(SIGCONT, SIG_DFL);
	text_release(&screen->frame);
	free(screen->widths);
	free(screen->next_widths);
}

void text_add_cell(struct text *text, const char *words, size_t width)
{
	size_t used, bytes = cut(words, width, &used);

	for (size_t i = 0; i < bytes; i++)
		text_add_char(text,
			      (unsigned char)words[i] < ' ' || words[i] == 127 ? '?' : words[i]);
	for (; used < width; used++)
		text_add_char(text, ' ');
}
