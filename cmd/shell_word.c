/* SPDX-License-Identifier: MIT */
#include "cmd/shell_word.h"

#include <string.h>

void shell_add_word(struct text *out, const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "_-+./,:=@%^";

	if (word[0] && word[strspn(word, plain)] == '\0') {
		text_add(out, word);
		return;
	}
	text_add_char(out, '\'');
	for (; *word; word++)
		text_add(out, *word == '\'' ? "'\\''" : (char[]){*word, '\0'});
	text_add_char(out, '\'');
}

void shell_add_path(struct text *out, const char *path)
{
	struct text named = {0};

	text_printf(&named, "%s%s", path[0] == '-' ? "./" : "", path);
	shell_add_word(out, named.data);
	text_release(&named);
}
