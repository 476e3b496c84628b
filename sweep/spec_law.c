/* SPDX-License-Identifier: MIT
 *
 * {law: "0.0127*C^-0.0575"}: a value that follows from the size and the budget of each trial.
 */
#include <string.h>

#include "sweep/law_terms.h"
#include "sweep/spec_reader.h"

bool node_is_law(const struct node *node)
{
	return node->kind == NODE_MAPPING && node_get(node, "law");
}

static bool is_batch(const struct target *target)
{
	return target->section && strcmp(target->key->name, "batch_tokens") == 0;
}

static int check_place(const struct target *target, const struct node *node, struct error *err)
{
	const struct node *law = node_get(node, "law");
	enum key_type type = target->key->type;

	if (node->n > 1)
		return node_error(node->keys[node->keys[0]->text == law->text], err,
				  "a law stands alone, as {law: \"0.01*N^-0.1\"}");
	if ((target->section && !is_batch(target)) || (type != KEY_REAL && type != KEY_INTEGER))
		return node_error(node, err,
				  "'%s' takes no law; batch_tokens and an optimizer's numbers do",
				  target->key->name);
	if (law->kind != NODE_SCALAR || node_is_null(law))
		return node_error(law, err, "'law' must be a formula, as \"0.01*N^-0.1\"");
	return 0;
}

int reader_law(struct reader *r, const struct target *target, const struct node *node,
	       struct setting *setting, struct error *err)
{
	static const char *const names[] = {
#define X(name, help) #name,
		LAW_TERMS(X)
#undef X
			NULL};
	const struct node *law = node_get(node, "law");
	int result = check_place(target, node, err);

	if (result)
		return result;
	*setting = (struct setting){
		.target = *target, .arm = r->arm, .text = law->text, .at = law, .snapped = true};
	if (expression_parse(&setting->law, law->text, names, r->spec->arena, err))
		return node_wrap(law, err);
	if (is_batch(target) && expression_uses(setting->law, LAW_B))
		return node_error(law, err,
				  "law \"%s\" of 'batch_tokens' uses B, which is batch_tokens "
				  "itself",
				  law->text);
	return 0;
}
