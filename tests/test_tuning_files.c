/* SPDX-License-Identifier: MIT
 *
 * What a sweep file says of tuning: laws, brackets, methods, heirs, and mistakes in them.
 */
#include "tests/tuning_fixture.h"

#include "sweep/expression.h"

static void formulas_have_the_values_that_mathematics_gives_them(void **state)
{
	static const struct {
		const char *text;
		double value;
	} cases[] = {
		{"1+2*3", 7},
		{"-2^2", -4},
		{"2^-1", 0.5},
		{"2^3^2", 512},
		{"(1 + 2) * 3", 9},
		{"8/4/2", 1},
		{"5-3-1", 1},
		{"--3", 3},
		{"2e3 + 1k + .5", 3024.5},
		{"sqrt(16) + log(exp(2))", 6},
		{"min(3, max(1, 2)) * N", 20},
		{"0.0127*C^-0.0575", 0.0127 * 0.26607250597988097},
		{"N/(N-N)", HUGE_VAL},
	};
	static const char *const names[] = {"N", "C", NULL};
	static const double values[] = {10, 1e10};
	struct arena arena = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct error err = ERROR_INIT;
		const struct expression *e;

		check_ok(expression_parse(&e, cases[i].text, names, &arena, &err), &err);
		if (isinf(cases[i].value))
			assert_true(isinf(expression_value(e, values)));
		else
			check_near(expression_value(e, values), cases[i].value, 1e-12, 0);
	}
	arena_release(&arena);
}

static void a_formula_that_is_none_is_refused_at_its_column(void **state)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
		{"", "law \"\", column 1: something is missing at the end"},
		{"1+", "law \"1+\", column 3: something is missing at the end"},
		{"2 N", "law \"2 N\", column 3: an operator is needed, not 'N'"},
		{"n_layer", "law \"n_layer\", column 1: unknown name 'n_layer'; did you mean "
			    "'n_layers'?"},
		{"zzzzzz", "law \"zzzzzz\", column 1: unknown name 'zzzzzz'; there are N, "
			   "n_layers"},
		{"(1", "law \"(1\", column 3: ')' is missing"},
		{"sqrt 2", "law \"sqrt 2\", column 6: 'sqrt' needs its argument in parentheses"},
		{"min(1)", "law \"min(1)\", column 6: 'min' takes two arguments"},
		{"1..2", "law \"1..2\", column 1: '1..2' is no number"},
	};
	static const char *const names[] = {"N", "n_layers", NULL};
	struct arena arena = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct error err = ERROR_INIT;
		const struct expression *e;

		assert_int_equal(expression_parse(&e, cases[i].text, names, &arena, &err),
				 -ERR_USAGE);
		assert_string_equal(err.text, cases[i].message);
		assert_null(e);
	}
	arena_release(&arena);
}

static void nesting_has_a_bound(void **state)
{
	static const char *const names[] = {NULL};
	static const char *const pieces[] = {"(", "-", "2^", "sqrt("};
	struct arena arena = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(pieces); i++) {
		struct error err = ERROR_INIT;
		const struct expression *e;
		struct text text = {0};

		for (int k = 0; k < 90; k++)
			text_add(&text, pieces[i]);
		assert_int_equal(expression_parse(&e, text.data, names, &arena, &err), -ERR_USAGE);
		assert_non_null(strstr(err.text, "too deeply nested"));
		text_release(&text);
	}
	arena_release(&arena);
}

static void a_law_gives_each_trial_its_value(void **state)
{
	struct sweep *sweep = fixture_sweep(
		FIXTURE_DATA "model: {size: [32x2, 64x2], context: 128}\n"
			     "train: {budget: {tokens: 200k}, batch_tokens: {law: \"N/100\"}}\n"
			     "optimizer: [{name: adamw, lr: {law: \"1e-6*B*d_model\"}, tune: "
			     "{weight_decay: [0.1, {law: \"D/2^20\"}]}}]\n");

	(void)state;
	assert_int_equal(sweep->n_trials, 4);
	for (size_t i = 0; i < 4; i++) {
		const struct trial *t = sweep->trials[i];
		int64_t batch = t->options.train.batch_tokens;

		assert_int_equal(batch, 128 * lround(t->model->costs.params / 100 / 128));
		check_near(trial_option(t, "lr"), 1e-6 * (double)(batch * t->options.model.d_model),
			   1e-11, 0);
		check_near(trial_option(t, "weight_decay"), i % 2 ? 0.1953125 : 0.1, 1e-12, 0);
	}
	sweep_free(sweep);
}

static const struct {
	const char *rest, *message;
} mistakes[] = {
	{"optimizer: [{name: adamw, lr: {bracket: {from: 1}}}]\n",
	 "t.yaml:4:31: 'bracket' belongs under an optimizer's 'tune' and in no list"},
	{"optimizer: [{name: adamw, tune: {lr: {bracket: {factor: 2}}}}]\n",
	 "t.yaml:4:48: a bracket needs 'from', as {bracket: {from: 3e-3, factor: 2, "
	 "points: 3}}"},
	{"optimizer: [{name: adamw, tune: {lr: {bracket: {from: 1, fctor: 2}}}}]\n",
	 "t.yaml:4:58: unknown key 'fctor' of 'bracket'; did you mean 'factor'?"},
	{"optimizer: [{name: adamw, tune: {lr: {bracket: {from: 1, factor: 1}}}}]\n",
	 "t.yaml:4:66: 'factor' must be a number greater than 1 and at most 1000, not '1'"},
	{"optimizer: [{name: adamw, tune: {lr: {bracket: {from: 1, points: 4, limit: "
	 "3}}}}]\n",
	 "t.yaml:4:76: 'limit' 3 is below the 4 'points' to start with"},
	{"optimizer: [{name: adamw, tune: {lr: {bracket: {from: 1, resolution: 5}}}}]\n",
	 "t.yaml:4:70: 'resolution' 5 is above the 'factor' 2, which is the ratio of "
	 "neighbours from the start"},
	{"optimizer: [{name: adamw, tune: {lr: {bracket: {from: 1, per: [batch]}}}}]\n",
	 "t.yaml:4:64: 'per' names no such axis as 'batch'; it may name batch_tokens, "
	 "context, schedule and seeds; arms, sizes and budgets are always tuned apart"},
	{"optimizer: [{name: adamw, lr: 1, tune: {betas: {bracket: {from: 1}}}}]\n",
	 "t.yaml:4:48: 'betas' is no number: write its values as a list"},
	{"optimizer: [{name: adamw, tune: {method: halvng, lr: [1, 2]}}]\n",
	 "t.yaml:4:42: 'method' must be one of grid, halving, coordinate, not 'halvng'; "
	 "did you mean 'halving'?"},
	{"optimizer: [{name: adamw, tune: {method: halving, lr: {bracket: {from: 1}}}}]\n",
	 "t.yaml:4:42: 'method: halving' takes lists, and no bracket; write the values"},
	{"optimizer: [{name: adamw, tune: {rungs: 2, lr: [1, 2]}}]\n",
	 "t.yaml:4:41: 'rungs' belongs to 'method: halving'"},
	{"optimizer: [{name: adamw, tune: {method: halving, lr: [0.1, 0.2]}}]\n",
	 "t.yaml:4:33: 'method: halving' needs horizons that share a trunk: a wsd schedule "
	 "whose warm-up is absolute, as warmup: {steps: 100}, and no law that uses the "
	 "budget"},
	{"optimizer: [{name: adamw, tune: {method: coordinate, lr: [1, 2], start: {lr: "
	 "3}}}]\n",
	 "t.yaml:4:78: '3' is none of the values of 'lr'"},
	{"optimizer: [{name: adamw, tune: {method: coordinate, lr: [1, 2], start: {betas: "
	 "3}}}]\n",
	 "t.yaml:4:74: 'betas' is not tuned here"},
	{"optimizer: [{name: adamw, inherit: muon}, {name: muon, lr: 1}]\n",
	 "t.yaml:4:36: 'muon' tunes nothing that could be inherited"},
	{"optimizer: [{name: adamw, inherit: adamw}]\n",
	 "t.yaml:4:36: 'adamw' cannot inherit from itself"},
	{"optimizer: [{name: adamw, inherit: mouon}, {name: muon, tune: {lr: [1]}}]\n",
	 "t.yaml:4:36: no optimizer is labelled 'mouon'; did you mean 'muon'?"},
	{"optimizer: [{name: adamw, inherit: muon}, {name: muon, tune: {momentum: "
	 "[0.9]}, lr: 1}]\n",
	 "t.yaml:4:36: 'muon' tunes 'momentum', which adamw does not have"},
	{"optimizer: [{name: adamw, lr: 1, inherit: muon}, {name: muon, tune: {lr: "
	 "[1]}}]\n",
	 "t.yaml:4:43: 'lr' is inherited from 'muon' and set here too; remove one of them"},
	{"optimizer: [{name: adamw, inherit: x}, {name: muon, label: x, inherit: y}, "
	 "{name: muon, label: y, tune: {lr: [1]}}]\n",
	 "t.yaml:4:36: 'x' inherits too; inherit from 'y'"},
	{"optimizer: [{name: adamw, inherit: x}, {name: muon, label: x, inherit: y}, "
	 "{name: muon, label: y, inherit: adamw}]\n",
	 "t.yaml:4:36: 'inherit' goes in a circle: adamw, x, y, adamw; tune one of them"},
	{"optimizer: [{name: adamw, inherit: x}, {name: muon, label: x, inherit: y}, "
	 "{name: muon, label: y, inherit: x}]\n",
	 "t.yaml:4:36: 'x' inherits too; inherit from one that is tuned"},
	{"optimizer: [{name: adamw, tune: {name: [muon]}}]\n",
	 "t.yaml:4:34: 'name' cannot be tuned"},
	{"optimizer: [{name: adamw, tune: {strat: {lr: 1}}}]\n",
	 "t.yaml:4:34: unknown key 'strat'; did you mean 'start'?"},
	{"optimizer: [{name: adamw, tune: {method: halving, lr: [0.1]}}]\n",
	 "t.yaml:4:42: 'method: halving' chooses among settings, and here is one; write "
	 "several values, or it as a plain value"},
	{"optimizer: [{name: adamw, lr: {law: \"0.1*Q\"}}]\n",
	 "t.yaml:4:37: law \"0.1*Q\", column 5: unknown name 'Q'; there are N, N_hidden, "
	 "D, C, B, d_model, n_layers, context"},
	{"optimizer: [{name: adamw, lr: {law: \"-N\"}}]\n",
	 "t.yaml:4:37: 'lr' must be a number greater than 0, not '-139712'"},
	{"optimizer: [{name: adamw, lr: {law: \"log(-N)\"}}]\n",
	 "t.yaml:4:37: law \"log(-N)\" of 'lr' has no value at N=139712, D=307200"},
	{"optimizer: [{name: adamw, lr: 1, betas: {law: \"N\"}}]\n",
	 "t.yaml:4:41: 'betas' takes no law; batch_tokens and an optimizer's numbers do"},
	{"optimizer: [{name: adamw, lr: 1, tune: {train.batch_tokens: {law: \"B\"}}}]\n",
	 "t.yaml:4:67: law \"B\" of 'batch_tokens' uses B, which is batch_tokens itself"},
	{"optimizer: [{name: adamw, lr: 1, tune: {train.batch_tokens: {law: \"D\"}}}]\n",
	 "t.yaml:4:67: law \"D\" of 'batch_tokens' uses the tokens of the budget, which is "
	 "given in steps; give it in tokens or flops"},
};

static void mistakes_are_told_with_their_place(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(mistakes); i++) {
		struct error err = ERROR_INIT;
		struct text text = {0};
		struct sweep *sweep;

		text_printf(&text, "%s%s%s%s", FIXTURE_DATA, FIXTURE_MODEL, FIXTURE_TRAIN,
			    mistakes[i].rest);
		assert_int_equal(fixture_read(&sweep, text.data, NULL, 0, &err), -ERR_USAGE);
		assert_string_equal(err.text, mistakes[i].message);
		text_release(&text);
	}
}

static void a_chosen_trial_is_the_same_for_its_worker(void **state)
{
	struct error err = ERROR_INIT;
	struct sweep *sweep = fixture_sweep(FIXTURE_FILE);
	const struct tuned_value values[] = {{"lr", "0.05"}, {"train.budget.steps", "75"}};
	const struct cell_choice choice = {.cell = 1, .values = values, .n_values = 2};
	struct trial *trial;

	(void)state;
	check_ok(sweep_extend(sweep, &choice, &trial, &err), &err);
	assert_int_equal(trial->steps, 75);
	check_near(trial_option(trial, "lr"), 0.05, 0, 0);
	sweep_free(sweep);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(formulas_have_the_values_that_mathematics_gives_them),
		cmocka_unit_test(a_formula_that_is_none_is_refused_at_its_column),
		cmocka_unit_test(nesting_has_a_bound),
		cmocka_unit_test(a_law_gives_each_trial_its_value),
		cmocka_unit_test(mistakes_are_told_with_their_place),
		cmocka_unit_test(a_chosen_trial_is_the_same_for_its_worker),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
