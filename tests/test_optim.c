/* SPDX-License-Identifier: MIT
 *
 * What holds for optimizers as a family: the table, options, memory and FLOPs.
 */
#include "tests/optim_fixture.h"

#define NO_SETTINGS ((const struct setting[]){{"lr", "0.1"}, {NULL, NULL}})

/* --- the table and the options --- */

static void every_optimizer_is_found_by_its_name(void **unused)
{
	(void)unused;
	for (size_t i = 0; optimizer_types[i]; i++)
		assert_ptr_equal(optimizer_find(optimizer_types[i]->name), optimizer_types[i]);
	assert_non_null(optimizer_find("adamw"));
	assert_non_null(optimizer_find("muon"));
	assert_non_null(optimizer_find("sgd"));
	assert_null(optimizer_find("adam"));
}

static void every_optimizer_has_lr_and_weight_decay(void **unused)
{
	(void)unused;
	for (size_t i = 0; optimizer_types[i]; i++) {
		const struct optimizer_type *type = optimizer_types[i];
		const struct key *lr = keys_find(type->keys, type->n_keys, "lr");

		assert_non_null(lr);
		assert_null(lr->fallback);
		assert_int_equal(lr->offset, 0);
		assert_non_null(keys_find(type->keys, type->n_keys, "weight_decay"));
		assert_non_null(keys_find(type->keys, type->n_keys, "decay_mode"));
	}
}

static void defaults_and_aliases_are_those_of_the_contract(void **unused)
{
	static const struct {
		const char *optimizer, *key, *set, *want;
	} cases[] = {
		{"adamw", "betas", NULL, "[0.9, 0.95]"},
		{"adamw", "eps", NULL, "1e-08"},
		{"adamw", "weight_decay", NULL, "0.1"},
		{"adamw", "decay_mode", NULL, "lr_coupled"},
		{"muon", "momentum", NULL, "0.95"},
		{"muon", "nesterov", NULL, "true"},
		{"muon", "ns_steps", NULL, "5"},
		{"muon", "ns_coefficients", NULL, "jordan"},
		{"muon", "lr_scale", NULL, "match_rms"},
		{"muon", "lr_scale", "match_rms_adamw", "match_rms"},
		{"muon", "lr_scale", "original", "jordan"},
		{"muon", "update_rms", NULL, "0.2"},
		{"muon", "adamw.lr_ratio", NULL, "1"},
		{"muon", "adamw.betas", NULL, "[0.9, 0.95]"},
		{"muon", "adamw.eps", NULL, "1e-08"},
		{"sgd", "momentum", NULL, "0.9"},
		{"sgd", "nesterov", NULL, "false"},
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct optimizer_type *type = optimizer_find(cases[i].optimizer);
		const struct key *key = keys_find(type->keys, type->n_keys, cases[i].key);
		struct fixture f = {0};
		struct text got = {0};

		fixture_options(
			&f, cases[i].optimizer,
			(const struct setting[]){{cases[i].set ? cases[i].key : NULL, cases[i].set},
						 {NULL, NULL}});
		key_add_value(key, f.options, &got);
		assert_string_equal(text_string(&got), cases[i].want);
		text_release(&got);
		arena_release(&f.arena);
	}
}

static void values_out_of_range_are_refused(void **unused)
{
	static const struct {
		const char *optimizer, *key, *value, *message;
	} cases[] = {
		{"adamw", "lr", "0", "'lr' must be a number greater than 0, not '0'"},
		{"adamw", "betas", "[0.9, 1]", "'betas' must be a pair"},
		{"adamw", "eps", "0", "'eps' must be a number greater than 0"},
		{"sgd", "momentum", "1", "'momentum' must be a number from 0"},
		{"muon", "ns_steps", "0", "'ns_steps' must be a whole number from 1 to 20"},
		{"muon", "ns_steps", "21", "'ns_steps' must be a whole number from 1 to 20"},
		{"muon", "lr_scale", "match", "'lr_scale' must be one of match_rms, update_norm"},
		{"muon", "ns_coefficients", "jordon", "did you mean 'jordan'?"},
		{"muon", "update_rms", "-1", "'update_rms' must be a number greater than 0"},
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct optimizer_type *type = optimizer_find(cases[i].optimizer);
		const struct key *key = keys_find(type->keys, type->n_keys, cases[i].key);
		struct error err = ERROR_INIT;
		struct fixture f = {0};

		fixture_options(&f, cases[i].optimizer, NO_SETTINGS);
		assert_int_equal(key_set(key, f.options, cases[i].value, &f.arena, &err),
				 -ERR_USAGE);
		check_contains(err.text, cases[i].message);
		arena_release(&f.arena);
	}
}

static int check_options(const char *optimizer, const struct setting *settings, struct error *err)
{
	struct fixture f = {0};
	int result;

	fixture_options(&f, optimizer, settings);
	result = optimizer_find(optimizer)->check(f.options, err);
	arena_release(&f.arena);
	return result;
}

static void a_decay_that_takes_a_whole_weight_is_refused(void **unused)
{
	struct error err = ERROR_INIT;

	(void)unused;
	check_ok(check_options("adamw", NO_SETTINGS, &err), &err);
	assert_int_equal(check_options("sgd",
				       (const struct setting[]){
					       {"lr", "0.5"}, {"weight_decay", "2"}, {NULL, NULL}},
				       &err),
			 -ERR_USAGE);
	check_contains(err.text, "takes away 100 % of a weight in one step");
	assert_int_equal(check_options("muon",
				       (const struct setting[]){{"lr", "0.5"},
								{"adamw.lr_ratio", "30"},
								{NULL, NULL}},
				       &err),
			 -ERR_USAGE);
	check_contains(err.text, "parameters left to adamw: 'weight_decay' 0.1 with 'lr' 15");
}

/* --- memory and FLOPs --- */

static const struct shape block[] = {
	{ROLE_embedding, 64, 32}, {ROLE_attn_q, 32, 32}, {ROLE_mlp_up, 64, 32},
	{ROLE_mlp_down, 32, 64},  {ROLE_norm, 1, 32},
};

static size_t state_reals(const char *optimizer)
{
	struct optimizer_memory memory;
	struct fixture f;

	fixture_params(&f, "ref", block, ARRAY_SIZE(block));
	fixture_optimizer(&f, optimizer, NO_SETTINGS);
	memory = optimizer_memory(f.optimizer->type, f.options, &f.list, 1);
	assert_int_equal(memory.state, f.optimizer->state_slab.size);
	assert_int_equal(memory.work, f.optimizer->work_slab.size);
	assert_true(memory.work > 0);
	fixture_release(&f);
	return memory.state / sizeof(float);
}

static void muon_keeps_one_buffer_per_matrix_and_adamw_two(void **unused)
{
	size_t hidden = 32 * 32 + 2 * 64 * 32, others = 64 * 32 + 32;

	(void)unused;
	assert_int_equal(state_reals("adamw"), 2 * (hidden + others));
	assert_int_equal(state_reals("muon"), hidden + 2 * others);
	assert_int_equal(state_reals("sgd"), hidden + others);
}

static void memory_that_runs_out_is_an_error(void **unused)
{
	(void)unused;
	for (long n = 1; n <= 2; n++) {
		struct error err = ERROR_INIT;
		struct fixture f;
		int result;

		fixture_params(&f, "ref", block, ARRAY_SIZE(block));
		fixture_options(&f, "muon", NO_SETTINGS);
		memory_fail_after(n);
		result = optimizer_new(&f.optimizer, optimizer_find("muon"), f.options, &f.list,
				       &err);
		memory_fail_after(0);
		assert_int_equal(result, -ERR_NOMEM);
		assert_null(f.optimizer);
		check_contains(err.text, "memory of optimizer 'muon'");
		fixture_release(&f);
	}
}

static struct optimizer_flops flops_of(const char *optimizer, const struct setting *settings)
{
	struct param params[2] = {{.role = ROLE_mlp_up, .rows = 30, .columns = 10},
				  {.role = ROLE_head, .rows = 50, .columns = 10}};
	struct fixture f = {0};
	struct optimizer_flops flops;

	fixture_options(&f, optimizer, settings);
	flops = optimizer_find(optimizer)->flops(f.options, params, 2, PRECISION_FP32);
	arena_release(&f.arena);
	return flops;
}

static void flops_count_the_products_of_hidden_matrices(void **unused)
{
	const struct setting ten_steps[] = {{"ns_steps", "10"}, {NULL, NULL}};
	double plain = 5 * (4 * 100 * 30 + 2 * 1000), spent = 4 * 100 * 30 + (8 * 5 - 6) * 1000;

	(void)unused;
	check_near(flops_of("muon", NO_SETTINGS).spent, spent, 0, 0);
	check_near(flops_of("muon", NO_SETTINGS).plain, plain, 0, 0);
	check_near(flops_of("muon", ten_steps).spent, 2 * spent, 0, 0);
	check_near(flops_of("muon", ten_steps).plain, plain, 0, 0);
	check_near(flops_of("adamw", NO_SETTINGS).spent, 0, 0, 0);
	check_near(flops_of("sgd", NO_SETTINGS).plain, 0, 0, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_optimizer_is_found_by_its_name),
		cmocka_unit_test(every_optimizer_has_lr_and_weight_decay),
		cmocka_unit_test(defaults_and_aliases_are_those_of_the_contract),
		cmocka_unit_test(values_out_of_range_are_refused),
		cmocka_unit_test(a_decay_that_takes_a_whole_weight_is_refused),
		cmocka_unit_test(muon_keeps_one_buffer_per_matrix_and_adamw_two),
		cmocka_unit_test(memory_that_runs_out_is_an_error),
		cmocka_unit_test(flops_count_the_products_of_hidden_matrices),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
