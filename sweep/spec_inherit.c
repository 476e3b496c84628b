/* SPDX-License-Identifier: MIT
 *
 * `inherit: LABEL`: an arm takes the tuned values of another.
 */
#include <string.h>

#include "sweep/spec_reader.h"

/* `inherit` of an arm; NULL: it has none. */
static const struct node *inherit_of(const struct arm *arm)
{
	return arm->at->kind == NODE_MAPPING ? node_get(arm->at, "inherit") : NULL;
}

static const struct arm *find_arm(const struct spec *spec, const struct node *name)
{
	for (size_t i = 0; name->kind == NODE_SCALAR && i < spec->n_arms; i++)
		if (strcmp(spec->arms[i].label, name->text) == 0)
			return &spec->arms[i];
	return NULL;
}

static int find_donor(const struct spec *spec, const struct arm *heir, const struct node *name,
		      const struct arm **donor, struct error *err)
{
	struct suggestion near;
	char hint[128];

	if (name->kind != NODE_SCALAR || node_is_null(name))
		return node_error(name, err, "'inherit' takes the label of another optimizer");
	*donor = find_arm(spec, name);
	if (*donor == heir)
		return node_error(name, err, "'%s' cannot inherit from itself", heir->label);
	if (*donor)
		return 0;
	suggestion_start(&near, name->text);
	for (size_t i = 0; i < spec->n_arms; i++)
		if (&spec->arms[i] != heir)
			suggestion_offer(&near, spec->arms[i].label);
	return node_error(name, err, "no optimizer is labelled '%s'%s", name->text,
			  suggestion_text(&near, hint, sizeof(hint)));
}

/* The donor is an heir itself. */
static int refuse_chain(const struct spec *spec, const struct arm *heir, const struct arm *donor,
			struct error *err)
{
	const struct node *at = inherit_of(heir), *next = at;
	const struct arm *arm = heir;
	struct text chain = {0};
	int result;

	for (size_t i = 0; arm && next && i < spec->n_arms; i++) {
		text_printf(&chain, "%s, ", arm->label);
		arm = find_arm(spec, next);
		next = arm && arm != heir ? inherit_of(arm) : NULL;
	}
	if (arm == heir)
		result = node_error(at, err, "'inherit' goes in a circle: %s%s; tune one of them",
				    chain.data, heir->label);
	else if (arm && !next)
		result = node_error(at, err, "'%s' inherits too; inherit from '%s'", donor->label,
				    arm->label);
	else
		result = node_error(at, err, "'%s' inherits too; inherit from one that is tuned",
				    donor->label);
	text_release(&chain);
	return result;
}

/* Every key that the donor tunes must be one of the heir's, and free. */
static int check_key(struct spec *spec, const struct arm *heir, const struct arm *donor,
		     const struct setting *s, const struct node *at, struct error *err)
{
	struct reader r = {.spec = spec, .type = heir->type, .arm = (int)(heir - spec->arms)};
	struct target target;

	if (!reader_find(&r, setting_path(s, spec->arena), &target))
		return node_error(at, err, "'%s' tunes '%s', which %s does not have", donor->label,
				  s->target.key->name, heir->type->name);
	if (part_sets(&heir->part, &target))
		return node_error(at, err,
				  "'%s' is inherited from '%s' and set here too; remove one of "
				  "them",
				  s->target.key->name, donor->label);
	return 0;
}

static int check_keys(struct spec *spec, const struct arm *heir, const struct arm *donor,
		      const struct node *at, struct error *err)
{
	size_t n_tuned = 0;
	int result = 0;

	for (size_t a = 0; a < donor->part.n_axes && !result; a++) {
		const struct axis *axis = &donor->part.axes[a];

		n_tuned += axis->tuned;
		if (!axis->tuned && axis->n > 1)
			return node_error(at, err,
					  "'%s' stands for several arms (%s varies); inherit from "
					  "an optimizer that is one",
					  donor->label, axis->points[0].items[0].target.key->name);
		for (size_t k = 0; axis->tuned && k < axis->points[0].n && !result; k++)
			result = check_key(spec, heir, donor, &axis->points[0].items[k], at, err);
	}
	if (!result && n_tuned == 0)
		result = node_error(at, err, "'%s' tunes nothing that could be inherited",
				    donor->label);
	return result;
}

int spec_read_inherit(struct spec *spec, struct error *err)
{
	int result = 0;

	for (size_t i = 0; i < spec->n_arms && !result; i++) {
		struct arm *heir = &spec->arms[i];
		const struct node *name = inherit_of(heir);
		const struct arm *donor = NULL;

		if (!name)
			continue;
		if (heir->tuning.at)
			return node_error(name, err,
					  "'inherit' and 'tune' exclude each other: tuned values "
					  "are inherited all together");
		result = find_donor(spec, heir, name, &donor, err);
		if (!result && inherit_of(donor))
			result = refuse_chain(spec, heir, donor, err);
		if (!result)
			result = check_keys(spec, heir, donor, name, err);
		heir->tuning.donor = donor;
	}
	for (size_t i = 0; i < spec->n_arms && !result; i++)
		if (spec->arms[i].tuning.donor)
			spec->arms[i].tuning.at = inherit_of(&spec->arms[i]);
	return result;
}
