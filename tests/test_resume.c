/* SPDX-License-Identifier: MIT
 *
 * A training that was stopped, wherever, and went on ends with the bits of one that never was.
 */
#include <sys/wait.h>
#include <unistd.h>

#include "tests/resume_fixture.h"

static struct arena arena;

/* Moments at which one may be stopped: so many while it trains, and more in the final evaluation.
 */
#define TRAINED 42

static const struct checkpoint_policy plain = {
	.folder = CHECKPOINTS,
	.key = "trial",
	.machine = "this",
};

static int tear_down(void **state)
{
	arena_release(&arena);
	return fixture_tear_down(state);
}

struct setting {
	const char *optimizer, *backend;
	struct backend_options options;
	int64_t micro_batch;
	int64_t first, stride; /* of the moments at which it is stopped */
	int64_t most;	       /* such stops; 0: until there are no more */
};

/* At the moments of a setting, each time of another training. */
static void stop_everywhere(const struct setting *s)
{
	struct training t = resume_training(s->optimizer, STEPS, &arena);
	struct attempt want, got;
	int64_t stops = 0;

	t.plan.micro_batch_tokens = s->micro_batch;
	assert_int_equal(attempt_train(&want, &t, s->backend, &s->options, 0), 0);
	t.checkpoints = &plain;
	for (int64_t moment = s->first; s->most == 0 || stops < s->most;
	     moment += moment < TRAINED ? s->stride : 25, stops++) {
		char what[96];
		bool done = attempt_train(&got, &t, s->backend, &s->options, moment) == 0;

		snprintf(what, sizeof(what), "%s on %s, stopped at moment %lld", s->optimizer,
			 s->backend, (long long)moment);
		attempt_release(&got);
		if (done)
			break;
		assert_int_equal(attempt_train(&got, &t, s->backend, &s->options, 0), 0);
		check_same(&got, &want, what);
		assert_true(moment == 1 || got.kept.resumed > 0);
		attempt_release(&got);
		forget_checkpoints();
	}
	forget_checkpoints();
	attempt_release(&want);
	assert_true(stops == s->most || stops * s->stride >= TRAINED);
}

/* Between the moments at which the first setting is stopped: all of them, but where a sanitizer
 * makes everything slow. */
#ifdef __SANITIZE_ADDRESS__
#define FINEST 6
#else
#define FINEST 1
#endif

static void a_stop_anywhere_changes_no_bit(void **state)
{
	static const struct setting settings[] = {
		{"muon", "cpu", {1, PRECISION_FP32}, 64, 1, FINEST, 0},
		{"adamw", "cpu", {1, PRECISION_FP32}, 16, 3, 7, 0},
		{"sgd", "cpu", {1, PRECISION_FP32}, 32, 5, 9, 0},
		{"muon", "cpu", {2, PRECISION_BF16}, 32, 12, 9, 3},
		{"adamw", "cpu", {2, PRECISION_FP32}, 64, 12, 9, 3},
		{"muon", "ref", {1, PRECISION_FP32}, 64, 16, 4, 2},
		{"adamw", "ref", {1, PRECISION_BF16}, 64, 16, 1, 1},
		{"muon", "ref64", {1, PRECISION_FP32}, 64, 16, 1, 1},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(settings); i++)
		stop_everywhere(&settings[i]);
}

static void many_stops_change_no_bit(void **state)
{
	struct training t = resume_training("muon", STEPS, &arena);
	struct random r = random_stream(3, 4);
	struct attempt want, got;
	size_t stops = 0;

	(void)state;
	attempt_train(&want, &t, "cpu", NULL, 0);
	t.checkpoints = &plain;
	/* The final evaluation, which is longer than the longest of these, is never cut in two. */
	for (int64_t moment = 2; attempt_train(&got, &t, "cpu", NULL, moment); stops++) {
		moment = 2 + (int64_t)random_below(&r, 8) + (int64_t)stops * 4;
		attempt_release(&got);
	}
	assert_true(stops > 4);
	end_same(&got, &want, "stopped often");
}

/* In a process that ends at the n-th moment without a word. */
static void train_and_die(const struct training *t, int64_t moment)
{
	pid_t child = fork();
	struct attempt a;
	int status;

	if (child == 0) {
		attempt_dies = true;
		attempt_train(&a, t, "cpu", NULL, moment);
		_exit(0);
	}
	waitpid(child, &status, 0);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == DEATH);
}

static void what_died_goes_on_from_its_last_checkpoint(void **state)
{
	static const struct checkpoint_policy often = {
		.folder = CHECKPOINTS, .key = "trial", .machine = "this", .every = 5};
	struct training t = resume_training("adamw", STEPS, &arena);
	struct attempt want, got;

	(void)state;
	attempt_train(&want, &t, "cpu", NULL, 0);
	t.checkpoints = &often;
	for (int64_t moment = 10; moment < 40; moment += 8) {
		train_and_die(&t, moment);
		attempt_train(&got, &t, "cpu", NULL, 0);
		check_same(&got, &want, "died");
		assert_int_equal(got.kept.resumed % 5, 0);
		assert_true(moment < 20 || got.kept.resumed >= 5);
		attempt_release(&got);
		forget_checkpoints();
	}
	attempt_release(&want);
}

/* --- trunks --- */

static const int64_t forks[] = {STEPS - DECAY};

static const struct checkpoint_policy longer = {
	.folder = CHECKPOINTS,
	.key = "other",
	.trunk_key = "trunk",
	.fork = 2 * STEPS - DECAY,
	.forks = forks,
	.n_forks = 1,
	.machine = "this",
};

static const struct checkpoint_policy shorter = {
	.folder = CHECKPOINTS,
	.key = "trial",
	.trunk_key = "trunk",
	.fork = STEPS - DECAY,
	.machine = "this",
};

static void a_branch_of_a_trunk_has_the_bits_of_a_training_of_its_own(void **state)
{
	struct training t = resume_training("muon", STEPS, &arena);
	struct training trunk = resume_training("muon", 2 * STEPS, &arena);
	struct attempt want, got;

	(void)state;
	/* The fork is where the shorter one probes, too. */
	assert_true(training_evaluates_at(&t, STEPS - DECAY, 0));
	attempt_train(&want, &t, "cpu", NULL, 0);
	trunk.checkpoints = &longer;
	t.checkpoints = &shorter;
	leave_checkpoints(&trunk, 0);
	check_checkpoints("trunk", 2, STEPS - DECAY + 2 * STEPS - DECAY);
	check_checkpoints("other", 0, 0);
	attempt_train(&got, &t, "cpu", NULL, 0);
	assert_int_equal(got.kept.resumed, STEPS - DECAY);
	end_same(&got, &want, "a branch");
}

static void a_longer_horizon_goes_on_where_a_shorter_one_branched(void **state)
{
	struct training t = resume_training("adamw", STEPS, &arena);
	struct training trunk = resume_training("adamw", 2 * STEPS, &arena);
	struct attempt want, got;

	(void)state;
	attempt_train(&want, &trunk, "cpu", NULL, 0);
	trunk.checkpoints = &longer;
	t.checkpoints = &shorter;
	leave_checkpoints(&t, 0);
	check_checkpoints("trunk", 1, STEPS - DECAY);
	attempt_train(&got, &trunk, "cpu", NULL, 0);
	assert_int_equal(got.kept.resumed, STEPS - DECAY);
	end_same(&got, &want, "a longer horizon");
}

/* A decay of no steps: the fork is the end, where a longer horizon may have a probe to make. */
static void a_trunk_may_fork_at_the_end(void **state)
{
	struct checkpoint_policy whole = shorter;
	struct training t = resume_training("muon", STEPS, &arena);
	struct training trunk = resume_training("muon", 2 * STEPS, &arena);
	struct attempt want, got;

	(void)state;
	t.steps = whole.fork = 18; /* an evaluation step */
	t.plan.schedule.steps = 18;
	t.plan.schedule.decay_steps = 0;
	assert_true(training_evaluates_at(&t, 18, 0));
	attempt_train(&want, &trunk, "cpu", NULL, 0);
	t.checkpoints = &whole;
	trunk.checkpoints = &longer;
	leave_checkpoints(&t, 0);
	attempt_train(&got, &trunk, "cpu", NULL, 0);
	assert_int_equal(got.kept.resumed, 18);
	end_same(&got, &want, "from the end of another");
}

/* --- which are kept, and which are used --- */

static void the_last_two_and_the_forks_are_kept(void **state)
{
	struct training t = resume_training("sgd", 2 * STEPS, &arena);
	struct checkpoint_policy policy = longer;
	struct attempt a;

	(void)state;
	policy.every = 3;
	t.checkpoints = &policy;

	assert_int_equal(attempt_train(&a, &t, "cpu", NULL, 10000), 0);
	attempt_release(&a);
	check_checkpoints("trunk", 3, STEPS - DECAY + 39 + 2 * STEPS - DECAY);
	check_checkpoints("other", 2, 45 + 48);
	forget_checkpoints();
}

static void damage(const char *key, int64_t step, size_t at, long truncate_by)
{
	struct text path = {0}, bytes = {0};
	struct error err = ERROR_INIT;

	checkpoint_path(&path, CHECKPOINTS, key, step);
	check_ok(file_read(&bytes, path.data, &err), &err);
	assert_true(bytes.length > 1000);
	bytes.data[at < bytes.length ? at : bytes.length - 1] ^= 4;
	check_ok(file_write(path.data, bytes.data, bytes.length - (size_t)truncate_by, &err), &err);
	text_release(&bytes);
	text_release(&path);
}

static void a_damaged_checkpoint_is_told_and_the_one_before_it_used(void **state)
{
	static const struct {
		size_t at;
		long truncate_by;
		const char *note;
	} cases[] = {
		{3, 0, "the checkpoint of step 20 is not used: it is no checkpoint"},
		{12, 0, "its format is 5; this program reads 1"},
		{16, 0, "cut off or damaged"},
		{5000, 0, "it is damaged: its checksum is wrong"},
		{SIZE_MAX, 0, "it is damaged: its checksum is wrong"},
		{5000, 1, "cut off or damaged"},
		{5000, 9000, "cut off or damaged"},
	};
	static const struct checkpoint_policy often = {
		.folder = CHECKPOINTS, .key = "trial", .machine = "this", .every = 5};
	struct training t = resume_training("adamw", STEPS, &arena);
	struct attempt want, got;

	(void)state;
	attempt_train(&want, &t, "cpu", NULL, 0);
	t.checkpoints = &often;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		leave_checkpoints(&t, 10000);
		check_checkpoints("trial", 2, 15 + 20);
		damage("trial", 20, cases[i].at, cases[i].truncate_by);
		attempt_train(&got, &t, "cpu", NULL, 0);
		check_contains(got.kept.note, cases[i].note);
		assert_int_equal(got.kept.n_notes, 1);
		assert_int_equal(got.kept.resumed, 15);
		check_same(&got, &want, cases[i].note);
		attempt_release(&got);
		forget_checkpoints();
	}
	attempt_release(&want);
}

static void without_a_good_checkpoint_it_starts_over(void **state)
{
	struct training t = resume_training("adamw", STEPS, &arena);
	struct checkpoint_policy policy = plain, other = plain;
	struct attempt want, got;

	(void)state;
	attempt_train(&want, &t, "cpu", NULL, 0);
	policy.every = 10;
	other.key = "other";
	t.checkpoints = &policy;
	leave_checkpoints(&t, 0);
	assert_int_equal(rename(CHECKPOINTS "/trial", CHECKPOINTS "/other"), 0);
	t.checkpoints = &other;
	attempt_train(&got, &t, "cpu", NULL, 0);
	assert_int_equal(got.kept.n_notes, 2);
	check_contains(got.kept.note, "the checkpoint of step 10 is not used: it is of another");
	assert_int_equal(got.kept.resumed, 0);
	end_same(&got, &want, "from the start");
}

static void another_model_is_refused_and_another_machine_told(void **state)
{
	struct training t = resume_training("adamw", STEPS, &arena), wide = t;
	struct checkpoint_policy elsewhere = plain;
	struct attempt a;

	(void)state;
	elsewhere.machine = "another";
	t.checkpoints = &elsewhere;
	attempt_train(&a, &t, "cpu", NULL, 10);
	attempt_release(&a);
	t.checkpoints = wide.checkpoints = &plain;
	wide.plan.model.n_layers = 1;
	attempt_train(&a, &wide, "cpu", NULL, 1);
	check_contains(a.kept.note, "its state has");
	assert_int_equal(a.kept.resumed, 0);
	attempt_release(&a);
	attempt_train(&a, &t, "cpu", NULL, 1);
	check_contains(a.kept.note, "on another, and this is");
	assert_true(a.kept.resumed > 0);
	attempt_release(&a);
	forget_checkpoints();
}

static void a_folder_that_cannot_be_written_stops_nothing(void **state)
{
	struct training t = resume_training("adamw", STEPS, &arena);
	struct checkpoint_policy policy = plain;
	struct attempt want, got;

	(void)state;
	attempt_train(&want, &t, "cpu", NULL, 0);
	policy.every = 5;
	policy.folder = "text.txt"; /* a file */
	t.checkpoints = &policy;
	assert_int_equal(attempt_train(&got, &t, "cpu", NULL, 0), 0);
	assert_int_equal(got.kept.n_notes, 1);
	check_contains(got.kept.note, "no checkpoint at step 5: ");
	check_contains(got.kept.note, "training goes on");
	end_same(&got, &want, "without checkpoints");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stop_anywhere_changes_no_bit),
		cmocka_unit_test(many_stops_change_no_bit),
		cmocka_unit_test(what_died_goes_on_from_its_last_checkpoint),
		cmocka_unit_test(a_branch_of_a_trunk_has_the_bits_of_a_training_of_its_own),
		cmocka_unit_test(a_longer_horizon_goes_on_where_a_shorter_one_branched),
		cmocka_unit_test(a_trunk_may_fork_at_the_end),
		cmocka_unit_test(the_last_two_and_the_forks_are_kept),
		cmocka_unit_test(a_damaged_checkpoint_is_told_and_the_one_before_it_used),
		cmocka_unit_test(without_a_good_checkpoint_it_starts_over),
		cmocka_unit_test(another_model_is_refused_and_another_machine_told),
		cmocka_unit_test(a_folder_that_cannot_be_written_stops_nothing),
	};

	return cmocka_run_group_tests_name("resume", tests, fixture_set_up, tear_down);
}
