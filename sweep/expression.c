/* SPDX-License-Identifier: MIT
 *
 * A tree, made by recursive descent:
 *     sum     = product {(+|-) product}
 *     product = sign {(*|/) sign}
 *     sign    = - sign | power
 *     power   = operand [^ sign]
 */
#include "sweep/expression.h"

#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define MAX_LENGTH 500
#define MAX_DEPTH  60 /* of parentheses, signs and powers */

enum operation { NUMBER, VARIABLE, ADD, SUBTRACT, MULTIPLY, DIVIDE, POWER, NEGATE, CALL };

struct function {
	const char *name;
	double (*one)(double x);
	double (*two)(double x, double y);
};

static const struct function functions[] = {
	{"sqrt", sqrt, NULL}, {"log", log, NULL},  {"exp", exp, NULL},
	{"min", NULL, fmin},  {"max", NULL, fmax},
};

struct expression {
	enum operation operation;
	double number;
	int variable;
	const struct function *function;
	const struct expression *left, *right;
};

struct parser {
	const char *text, *at;
	const char *const *variables;
	struct arena *arena;
	struct error *err;
	int depth;
};

static const struct expression *fail(struct parser *p, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static const struct expression *fail(struct parser *p, const char *format, ...)
{
	char what[200];
	va_list list;

	va_start(list, format);
	vsnprintf(what, sizeof(what), format, list);
	va_end(list);
	error_set(p->err, ERR_USAGE, "law \"%s\", column %d: %s", p->text,
		  (int)(p->at - p->text) + 1, what);
	return NULL;
}

static const struct expression *parse_sum(struct parser *p);
static const struct expression *parse_sign(struct parser *p);

static void skip_space(struct parser *p)
{
	while (*p->at == ' ')
		p->at++;
}

static bool accept(struct parser *p, char c)
{
	skip_space(p);
	if (*p->at != c)
		return false;
	p->at++;
	return true;
}

static const struct expression *join(struct parser *p, enum operation operation,
				     const struct expression *left, const struct expression *right)
{
	struct expression *e;

	if (!left || !right)
		return NULL;
	e = arena_alloc(p->arena, sizeof(*e));
	*e = (struct expression){.operation = operation, .left = left, .right = right};
	return e;
}

static const struct expression *negate(struct parser *p, const struct expression *left)
{
	struct expression *e;

	if (!left)
		return NULL;
	e = arena_alloc(p->arena, sizeof(*e));
	*e = (struct expression){.operation = NEGATE, .left = left};
	return e;
}

static const struct expression *parse_number(struct parser *p)
{
	const char *end = p->at;
	char text[64];
	struct expression *e;
	double value;

	while (isdigit((unsigned char)*end) || *end == '.')
		end++;
	if ((*end == 'e' || *end == 'E') &&
	    (isdigit((unsigned char)end[1]) ||
	     ((end[1] == '-' || end[1] == '+') && isdigit((unsigned char)end[2]))))
		for (end += 2; isdigit((unsigned char)*end);)
			end++;
	else if (*end && strchr("kMG", *end))
		end++;
	if (end - p->at >= (ptrdiff_t)sizeof(text))
		return fail(p, "a number too long");
	snprintf(text, sizeof(text), "%.*s", (int)(end - p->at), p->at);
	if (!parse_real(text, &value))
		return fail(p, "'%s' is no number", text);
	p->at = end;
	e = arena_alloc(p->arena, sizeof(*e));
	*e = (struct expression){.operation = NUMBER, .number = value};
	return e;
}

static const struct expression *parse_call(struct parser *p, const struct function *function)
{
	const struct expression *left, *right = NULL;
	struct expression *e;

	if (!accept(p, '('))
		return fail(p, "'%s' needs its argument in parentheses", function->name);
	left = parse_sum(p);
	if (left && function->two) {
		if (!accept(p, ','))
			return fail(p, "'%s' takes two arguments", function->name);
		right = parse_sum(p);
	}
	if (!left || (function->two && !right))
		return NULL;
	if (!accept(p, ')'))
		return fail(p, "')' is missing after the argument of '%s'", function->name);
	e = arena_alloc(p->arena, sizeof(*e));
	*e = (struct expression){CALL, 0, 0, function, left, right};
	return e;
}

static const struct expression *refuse_name(struct parser *p, const char *name)
{
	struct text names = {0};
	struct suggestion near;
	char hint[128];

	suggestion_start(&near, name);
	for (size_t i = 0; p->variables[i]; i++) {
		suggestion_offer(&near, p->variables[i]);
		text_printf(&names, "%s%s", i ? ", " : "; there are ", p->variables[i]);
	}
	suggestion_text(&near, hint, sizeof(hint));
	/* Of one letter every other is a near miss. */
	fail(p, "unknown name '%s'%s", name, hint[0] && strlen(name) > 2 ? hint : names.data);
	text_release(&names);
	return NULL;
}

static const struct expression *parse_name(struct parser *p)
{
	const char *end = p->at;
	struct expression *e;
	char name[64];

	while (isalnum((unsigned char)*end) || *end == '_')
		end++;
	snprintf(name, sizeof(name), "%.*s", (int)(end - p->at), p->at);
	for (size_t i = 0; i < ARRAY_SIZE(functions); i++)
		if (strcmp(functions[i].name, name) == 0) {
			p->at = end;
			return parse_call(p, &functions[i]);
		}
	for (int i = 0; p->variables[i]; i++)
		if (strcmp(p->variables[i], name) == 0) {
			p->at = end;
			e = arena_alloc(p->arena, sizeof(*e));
			*e = (struct expression){.operation = VARIABLE, .variable = i};
			return e;
		}
	return refuse_name(p, name);
}

static const struct expression *parse_operand(struct parser *p)
{
	const struct expression *inner;

	skip_space(p);
	if (isdigit((unsigned char)*p->at) || *p->at == '.')
		return parse_number(p);
	if (isalpha((unsigned char)*p->at) || *p->at == '_')
		return parse_name(p);
	if (!accept(p, '('))
		return *p->at ? fail(p, "a number, a name or '(' is needed, not '%c'", *p->at)
			      : fail(p, "something is missing at the end");
	inner = parse_sum(p);
	if (inner && !accept(p, ')'))
		return fail(p, "')' is missing");
	return inner;
}

static const struct expression *parse_power(struct parser *p)
{
	const struct expression *e = parse_operand(p);

	return e && accept(p, '^') ? join(p, POWER, e, parse_sign(p)) : e;
}

static const struct expression *parse_sign(struct parser *p)
{
	const struct expression *e;

	if (++p->depth > MAX_DEPTH)
		return fail(p, "too deeply nested");
	e = accept(p, '-') ? negate(p, parse_sign(p)) : parse_power(p);
	p->depth--;
	return e;
}

static const struct expression *parse_product(struct parser *p)
{
	const struct expression *e = parse_sign(p);

	while (e) {
		if (accept(p, '*'))
			e = join(p, MULTIPLY, e, parse_sign(p));
		else if (accept(p, '/'))
			e = join(p, DIVIDE, e, parse_sign(p));
		else
			break;
	}
	return e;
}

static const struct expression *parse_sum(struct parser *p)
{
	const struct expression *e = parse_product(p);

	while (e) {
		if (accept(p, '+'))
			e = join(p, ADD, e, parse_product(p));
		else if (accept(p, '-'))
			e = join(p, SUBTRACT, e, parse_product(p));
		else
			break;
	}
	return e;
}

int expression_parse(const struct expression **expression, const char *text,
		     const char *const *variables, struct arena *arena, struct error *err)
{
	struct parser p = {text, text, variables, arena, err, 0};

	*expression = NULL;
	if (strlen(text) > MAX_LENGTH)
		return error_set(err, ERR_USAGE, "a law of more than %d letters", MAX_LENGTH);
	*expression = parse_sum(&p);
	skip_space(&p);
	if (*expression && *p.at) {
		fail(&p, "an operator is needed, not '%c'", *p.at);
		*expression = NULL;
	}
	return *expression ? 0 : -ERR_USAGE;
}

double expression_value(const struct expression *e, const double *values)
{
	double left, right;

	if (e->operation == NUMBER)
		return e->number;
	if (e->operation == VARIABLE)
		return values[e->variable];
	left = expression_value(e->left, values);
	if (e->operation == NEGATE)
		return -left;
	if (e->operation == CALL && e->function->one)
		return e->function->one(left);
	right = expression_value(e->right, values);
	switch (e->operation) {
	case ADD:
		return left + right;
	case SUBTRACT:
		return left - right;
	case MULTIPLY:
		return left * right;
	case DIVIDE:
		return left / right;
	case POWER:
		return pow(left, right);
	default:
		return e->function->two(left, right);
	}
}

bool expression_uses(const struct expression *e, int variable)
{
	if (e->operation == VARIABLE)
		return e->variable == variable;
	return (e->left && expression_uses(e->left, variable)) ||
	       (e->right && expression_uses(e->right, variable));
}
