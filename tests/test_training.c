/* SPDX-License-Identifier: MIT
 *
 * One trial from its first step to its last row.
 */
#include "sweep/events.h"
#include "tests/training_fixture.h"

static struct arena arena;

static int tear_down(void **state)
{
	arena_release(&arena);
	return fixture_tear_down(state);
}

static int train(const struct training *t, const char *backend_name, struct kept *kept,
		 struct error *err)
{
	struct training_sink sink = kept_sink(kept);
	struct backend *backend;
	int result;

	check_ok(backend_open(&backend, backend_name, NULL, err), err);
	result = training_run(t, backend, &sink, err);
	backend_close(backend);
	return result;
}

static void both_optimizers_learn_and_end_with_a_final_row(void **state)
{
	static const char *const cases[][2] = {{"adamw", "0.01"}, {"muon", "0.02"}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct training t = fixture_training(cases[i][0], cases[i][1], 150, &arena);
		struct error err = ERROR_INIT;
		struct kept kept = {.n_rows = 0};
		const struct evaluation_row *last;

		check_ok(train(&t, "cpu", &kept, &err), &err);
		last = &kept.rows[kept.n_rows - 1];
		assert_true(last->final);
		assert_true(kept.n_rows > 3);
		assert_true(last->val_loss < 2.2); /* from ln 257 = 5.55 */
		assert_true(last->test_loss < 2.2);
		check_near(last->step, 150, 0, 0);
		check_near(last->tokens, 150 * 64, 0, 0);
		check_near(last->flops, 9600 * model_costs(&t.plan.model).flops_per_token, 1e-15,
			   0);
		check_near(kept.val_nats / kept.val_tokens, last->val_loss, 1e-12, 0);
		assert_true(last->val_loss_se > 0 && last->val_loss_se < 0.2);
		/* 2 layers x 7 matrices x 150 steps */
		check_near(kept.newton_schulz_calls, i ? 2100 : 0, 0, 0);
		assert_true(i == 0 ||
			    (kept.worst_orthogonality > 0 && kept.worst_orthogonality < 1));
		assert_true(last->flops_optimizer_plain > 0 || i == 0);
	}
}

static void the_same_training_gives_the_same_bits(void **state)
{
	struct training t = fixture_training("muon", "0.02", 30, &arena);
	struct error err = ERROR_INIT;
	struct kept a = {.n_rows = 0}, b = {.n_rows = 0};

	(void)state;
	check_ok(train(&t, "cpu", &a, &err), &err);
	check_ok(train(&t, "cpu", &b, &err), &err);
	assert_int_equal(a.n_rows, b.n_rows);
	for (size_t i = 0; i < a.n_rows; i++) {
		assert_memory_equal(&a.rows[i].train_loss, &b.rows[i].train_loss, sizeof(double));
		assert_memory_equal(&a.rows[i].probe_loss, &b.rows[i].probe_loss, sizeof(double));
	}
	assert_memory_equal(&a.val_nats, &b.val_nats, sizeof(double));
}

static void micro_batches_change_nothing_but_rounding(void **state)
{
	struct training t = fixture_training("adamw", "0.01", 20, &arena);
	struct error err = ERROR_INIT;
	struct kept whole = {.n_rows = 0}, split = {.n_rows = 0};

	(void)state;
	check_ok(train(&t, "ref64", &whole, &err), &err);
	t.plan.micro_batch_tokens = 16;
	check_ok(train(&t, "ref64", &split, &err), &err);
	check_near(split.rows[split.n_rows - 1].val_loss, whole.rows[whole.n_rows - 1].val_loss,
		   1e-9, 0);
}

static void backends_agree(void **state)
{
	struct training t = fixture_training("muon", "0.02", 10, &arena);
	struct error err = ERROR_INIT;
	struct kept exact = {.n_rows = 0}, fast = {.n_rows = 0};

	(void)state;
	check_ok(train(&t, "ref64", &exact, &err), &err);
	check_ok(train(&t, "cpu", &fast, &err), &err);
	check_near(fast.rows[fast.n_rows - 1].val_loss, exact.rows[exact.n_rows - 1].val_loss, 1e-4,
		   0);
}

static void evaluation_steps_do_not_know_the_horizon(void **state)
{
	struct training t = fixture_training("adamw", "0.01", 40, &arena);
	struct error err = ERROR_INIT;
	struct kept near_end = {.n_rows = 0}, far_end = {.n_rows = 0};

	(void)state;
	check_ok(train(&t, "cpu", &near_end, &err), &err);
	t.steps = t.plan.schedule.steps = 90;
	check_ok(train(&t, "cpu", &far_end, &err), &err);
	assert_true(near_end.n_rows >= 3);
	for (size_t i = 0; i + 1 < near_end.n_rows; i++)
		check_near(near_end.rows[i].step, far_end.rows[i].step, 0, 0);
}

static void probes_cost_at_most_a_tenth(void **state)
{
	struct training t = fixture_training("adamw", "0.01", 100000, &arena);
	int64_t probes = 0;

	(void)state;
	t.eval_points = 50;
	t.probe_tokens = 1000;
	for (int64_t s = 1; s <= 3000; s++)
		if (training_evaluates_at(&t, s, probes)) {
			probes++;
			assert_true((double)probes * 1000 / 3 <= 0.1 * (double)(s * 64));
		}
	assert_true(probes > 30);
}

static void a_divergence_ends_the_trial_and_keeps_its_rows(void **state)
{
	struct training t = fixture_training("sgd", "1000", 200, &arena);
	struct error err = ERROR_INIT;
	struct kept kept = {.n_rows = 0};

	(void)state;
	t.plan.grad_clip = 0;
	assert_int_equal(train(&t, "cpu", &kept, &err), -ERR_DIVERGED);
	assert_true(kept.n_rows >= 1);
	assert_false(kept.rows[kept.n_rows - 1].final);
	check_contains(err.text, "at step");
}

static void a_stop_is_obeyed_after_the_step(void **state)
{
	struct training t = fixture_training("adamw", "0.01", 1000, &arena);
	struct error err = ERROR_INIT;
	struct kept kept = {.stop_after = 8}; /* asked before each step */

	(void)state;
	t.eval_points = 0;
	assert_int_equal(train(&t, "cpu", &kept, &err), -ERR_STOPPED);
	assert_string_equal(err.text, "stopped at step 7 of 1000");
}

static void a_stop_of_the_final_evaluation_says_so(void **state)
{
	struct training t = fixture_training("adamw", "0.01", 20, &arena);
	struct error err = ERROR_INIT;
	struct kept kept = {.stop_after = 21};

	(void)state;
	t.eval_points = 0;
	assert_int_equal(train(&t, "cpu", &kept, &err), -ERR_STOPPED);
	assert_string_equal(err.text, "stopped in the final evaluation, after step 20");
}

static void a_long_evaluation_gives_signs_of_life(void **state)
{
	struct training t = fixture_training("adamw", "0.01", 20, &arena);
	struct error err = ERROR_INIT;
	struct kept kept = {.slow = 2};

	(void)state;
	t.eval_points = 0;
	check_ok(train(&t, "cpu", &kept, &err), &err);
	assert_true(kept.n_evaluating >= 3);
}

static void missing_memory_is_an_error_and_not_a_crash(void **state)
{
	struct training t = fixture_training("muon", "0.02", 10, &arena);

	(void)state;
	for (long n = 1; n <= 4; n++) {
		struct error err = ERROR_INIT;
		struct kept kept = {.n_rows = 0};
		struct training_sink sink = kept_sink(&kept);
		struct backend *backend;
		int result;

		check_ok(backend_open(&backend, "cpu", NULL, &err), &err);
		memory_fail_after(n);
		result = training_run(&t, backend, &sink, &err);
		memory_fail_after(0);
		backend_close(backend);
		assert_int_equal(result, -ERR_NOMEM);
	}
}

/* --- events --- */

static enum trial_state end_state;
static char end_reason[64];

static void keep_end(void *context, enum trial_state state, const char *reason)
{
	(void)context;
	end_state = state;
	snprintf(end_reason, sizeof(end_reason), "%s", reason);
}

static void events_carry_every_bit(void **state)
{
	struct kept kept = {.n_rows = 0};
	struct event_reader reader = {.sink = kept_sink(&kept), .end = keep_end};
	struct evaluation_row row = {.step = 3, .train_loss = 0.1 + 0.2, .final = true};
	struct error err = ERROR_INIT;
	struct event_stream stream = {.file = fopen("events", "w+")};
	struct training_sink writer;
	char *line = NULL;
	size_t size = 0;
	FILE *file = stream.file;

	(void)state;
	row.probe_loss = (double)NAN;
	writer = event_writer(&stream);
	writer.evaluation(writer.context, &row);
	writer.bucket(writer.context, "val", 5, 1.0 / 3, 7);
	event_write_end(file, TRIAL_diverged, "tab\tand\nnewline");
	rewind(file);
	for (ssize_t got; (got = getline(&line, &size, file)) > 0;) {
		line[got - 1] = '\0';
		check_ok(event_read(line, &reader, &err), &err);
	}
	fclose(file);
	text_release(&stream.journal);
	free(line);
	assert_memory_equal(&kept.rows[0].train_loss, &row.train_loss, sizeof(double));
	assert_true(isnan(kept.rows[0].probe_loss));
	assert_true(kept.rows[0].final);
	check_near(kept.val_nats, 1.0 / 3, 0, 0);
	assert_int_equal(end_state, TRIAL_diverged);
	assert_string_equal(end_reason, "tab and newline");
}

static void broken_events_are_refused(void **state)
{
	static const char *const lines[] = {"",
					    "nonsense",
					    "evaluation\t1\t2",
					    "bucket\tval\tx\t1\t2",
					    "end\tfinished\t",
					    "progress\t1\t2\t\t4\t5\t0"};
	struct kept kept = {.n_rows = 0};
	struct event_reader reader = {.sink = kept_sink(&kept), .end = keep_end};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		struct error err = ERROR_INIT;
		char line[64];

		snprintf(line, sizeof(line), "%s", lines[i]);
		assert_int_equal(event_read(line, &reader, &err), -ERR_DATA);
	}
	assert_int_equal(kept.n_rows + kept.n_buckets + kept.n_progress, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_optimizers_learn_and_end_with_a_final_row),
		cmocka_unit_test(the_same_training_gives_the_same_bits),
		cmocka_unit_test(micro_batches_change_nothing_but_rounding),
		cmocka_unit_test(backends_agree),
		cmocka_unit_test(evaluation_steps_do_not_know_the_horizon),
		cmocka_unit_test(probes_cost_at_most_a_tenth),
		cmocka_unit_test(a_divergence_ends_the_trial_and_keeps_its_rows),
		cmocka_unit_test(a_stop_is_obeyed_after_the_step),
		cmocka_unit_test(a_stop_of_the_final_evaluation_says_so),
		cmocka_unit_test(a_long_evaluation_gives_signs_of_life),
		cmocka_unit_test(missing_memory_is_an_error_and_not_a_crash),
		cmocka_unit_test(events_carry_every_bit),
		cmocka_unit_test(broken_events_are_refused),
	};

	return cmocka_run_group_tests_name("training", tests, fixture_set_up, tear_down);
}
