# muon-sweep: `make demo` runs the main job, `make check` passes the tests.
# Variables: CONFIG=release|debug  SANITIZE=address,undefined  CC  CFLAGS  PREFIX  DATA
CONFIG   ?= release
PREFIX   ?= /usr/local
JOBS     ?= $(shell nproc)
FOLDERS   = base tensor tensor/ref tensor/cpu $(if $(X86_BF16),tensor/cpu/x86) models optim results sweep plots cmd
PACKAGES  = openblas sqlite3 yaml-0.1
B         = build/$(CONFIG)$(if $(SANITIZE),-$(SANITIZE))$(if $(filter clang%,$(CC)),-$(CC))

ifeq ($(origin CC),default)
CC        = gcc
endif
# What the compiler knows of x86-64: without it the program has fewer variants of its kernels.
FLAGS_v3  = -march=x86-64-v3
FLAGS_v4  = -march=x86-64-v4 -mprefer-vector-width=512
FLAGS_BF16 = $(FLAGS_v4) -mavx512bf16 -mamx-tile -mamx-bf16
accepts   = $(shell $(CC) $(1) -fsyntax-only -x c /dev/null 2>/dev/null && echo yes)
X86      := $(findstring x86_64,$(shell $(CC) -dumpmachine))
X86_LEVELS := $(if $(X86),$(call accepts,$(FLAGS_v4)))
X86_BF16 := $(if $(X86_LEVELS),$(call accepts,$(FLAGS_BF16)))
WARNINGS  = -Wall -Wextra -Wshadow -Wmissing-prototypes -Wstrict-prototypes -Wvla -Wundef \
            -Wdouble-promotion -Wpointer-arith -Wwrite-strings -Wold-style-definition -Werror
OPTIMIZE  = $(if $(filter debug,$(CONFIG)),-O1,-O3)
ALL_CFLAGS = -std=c11 -D_GNU_SOURCE -I. -I$(B) $(OPTIMIZE) -g $(WARNINGS) \
            $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-omit-frame-pointer -fno-sanitize-recover=all \
            $(if $(filter clang%,$(CC)),,-Wno-format-truncation -Wno-format-overflow)) \
            $(if $(X86_LEVELS),-DCPU_X86_LEVELS) $(if $(X86_BF16),-DCPU_X86_BF16) \
            $(shell pkg-config --cflags $(PACKAGES) 2>/dev/null) $(CFLAGS)
LIBS      = $(shell pkg-config --libs $(PACKAGES) 2>/dev/null) -lm

SOURCES   = $(filter-out cmd/main.c,$(wildcard $(addsuffix /*.c,$(FOLDERS))))
# The reference is compiled twice, for float and for double.
REFERENCE = $(filter tensor/ref/%,$(SOURCES))
# The kernels of the cpu are compiled for several instruction sets, chosen from at run time.
KERNELS   = $(filter tensor/cpu/kernel_%,$(SOURCES))
VARIANTS  = baseline $(if $(X86_LEVELS),v3 v4)
# Only for processors that have all of it, which cpu_variant.c asks for.
$(B)/tensor/cpu/x86/%.o: ALL_CFLAGS += $(FLAGS_BF16) -fno-math-errno
KERNEL_CFLAGS = -fno-math-errno -fno-trapping-math -ffp-contract=fast $(if $(SANITIZE),-O1)
OBJECTS   = $(patsubst %.c,$(B)/%.o,$(filter-out $(REFERENCE) $(KERNELS),$(SOURCES))) \
            $(REFERENCE:%.c=$(B)/%.f32.o) $(REFERENCE:%.c=$(B)/%.f64.o) \
            $(foreach v,$(VARIANTS),$(KERNELS:%.c=$(B)/%.$(v).o))
FUZZERS   = $(patsubst tests/%.c,$(B)/tests/%,$(wildcard tests/fuzz/fuzz_*.c))
TESTS     = $(patsubst tests/%.c,$(B)/tests/%,$(wildcard tests/test_*.c)) $(FUZZERS)
# The elementary functions of the kernels, as every variant compiles them.
LANES     = $(foreach v,$(VARIANTS),$(B)/tests/math_lanes.$(v).o)
HEADERS   = $(wildcard $(addsuffix /*.h,$(FOLDERS)))
VERSION   = 0.1.0 ($(shell git describe --always --dirty --exclude '*' 2>/dev/null || echo release))

.DEFAULT_GOAL = all

# --- the two commands ---

demo: deps
	@$(MAKE) --no-print-directory -j$(JOBS) muon-sweep
	@tests/demo.sh

check: deps
	@$(MAKE) --no-print-directory check-layers
	@$(MAKE) --no-print-directory -j$(JOBS) build-all muon-sweep
	@$(MAKE) --no-print-directory check-headers check-unit check-cli check-kills
	@$(MAKE) --no-print-directory -j$(JOBS) CC=clang CONFIG=debug check-clang
	@$(MAKE) --no-print-directory -j$(JOBS) SANITIZE=address,undefined build-tests
	@$(MAKE) --no-print-directory check-san

deps:
	@tests/install-deps.sh

# `make V=1` shows the commands.
say       = $(if $(V),,@echo "  $(1) $@";)

all: muon-sweep

muon-sweep: $(B)/muon-sweep
	@cp $< $@

$(B)/muon-sweep: $(B)/cmd/main.o $(B)/libmuon-sweep.a
	$(call say,CC)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

$(B)/libmuon-sweep.a: $(OBJECTS)
	@rm -f $@
	$(call say,AR)$(AR) rcs $@ $^

$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(B)/%.f32.o: %.c
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(ALL_CFLAGS) -DREF_BITS=32 -MMD -MP -c -o $@ $<

$(B)/%.f64.o: %.c
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(ALL_CFLAGS) -DREF_BITS=64 -MMD -MP -c -o $@ $<

define VARIANT_RULE
$(B)/%.$(1).o: %.c
	@mkdir -p $$(@D)
	$$(call say,CC)$$(CC) $$(ALL_CFLAGS) $$(KERNEL_CFLAGS) $$(FLAGS_$(1)) -DCPU_VARIANT=$(1) -MMD -MP -c -o $$@ $$<
endef
$(foreach v,$(VARIANTS),$(eval $(call VARIANT_RULE,$(v))))

$(B)/tests/%: tests/%.c $(B)/libmuon-sweep.a
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(ALL_CFLAGS) -MMD -MP $(LDFLAGS) -o $@ $(filter %.c %.o,$^) $(filter %.a,$^) -lcmocka $(LIBS)

$(B)/tests/test_elementary: $(LANES)
$(B)/tests/test_store_migration: $(B)/tests/store_version_1.sql.inc

$(B)/tests/%.so: tests/%.c
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(ALL_CFLAGS) -shared -fPIC -o $@ $<

# A fuzz target has the main of libFuzzer where it is compiled for that; else one that feeds it the
# inputs that are kept.
$(FUZZERS): $(if $(findstring fuzzer,$(SANITIZE)),,$(B)/tests/fuzz/replay.o)
$(FUZZERS): override LDFLAGS += $(if $(findstring fuzzer,$(SANITIZE)),-fsanitize=fuzzer)

-include $(OBJECTS:.o=.d) $(LANES:.o=.d) $(B)/cmd/main.d $(TESTS:=.d)

# The version is written only when it changes, so that nothing is rebuilt in vain.
$(B)/version.inc: FORCE
	@mkdir -p $(@D)
	@echo '"$(VERSION)"' | cmp -s - $@ || echo '"$(VERSION)"' > $@
$(B)/base/version.o: $(B)/version.inc $(B)/build.inc
FORCE:

# And how it was compiled, which decides its speed; without characters that a string cannot hold.
BUILD     = $(subst \,,$(subst ",,$(subst ',,$(CC), $(CONFIG), $(SANITIZE), $(CFLAGS))))
$(B)/build.inc: FORCE
	@mkdir -p $(@D)
	@echo '"$(BUILD)"' | cmp -s - $@ || echo '"$(BUILD)"' > $@

# So is the folder that `make install` fills, which may not be the one that `make` was told.
$(B)/prefix.inc: FORCE
	@mkdir -p $(@D)
	@echo '"$(PREFIX)"' | cmp -s - $@ || echo '"$(PREFIX)"' > $@
$(B)/models/corpus_find.o: $(B)/prefix.inc

# Files in other languages become string literals: results/schema.sql -> schema.sql.inc
$(B)/%.inc: %
	@mkdir -p $(@D)
	@sed 's/\\/\\\\/g; s/"/\\"/g; s/.*/"&\\n"/' $< > $@
$(B)/results/store_open.o: $(patsubst %,$(B)/%.inc,results/schema.sql results/views.sql $(wildcard results/migrations/*.sql))
$(B)/sweep/calibration_grid.o: $(B)/sweep/calibration_grid.yaml.inc
$(B)/plots/report.o: $(B)/plots/report.css.inc $(B)/plots/report.js.inc

# --- the parts of check ---

check-layers:
	@tests/check-layers.sh

check-headers:
	@tests/check-headers.sh $(HEADERS)

check-unit: $(TESTS)
	@tests/run-unit.sh $(TESTS)

check-cli: muon-sweep
	@tests/run-cli.sh ./muon-sweep

check-san:
	@$(MAKE) --no-print-directory SANITIZE=address,undefined check-unit

check-clang:
	@if command -v clang >/dev/null; then $(MAKE) --no-print-directory build-all; \
	else echo "check-clang: skipped, no clang here (apt-get install clang)"; fi

# Kills, a full disk, a locked store and the rest, in some minutes; SEED=n for other moments.
FAULTS    = tests/faults.sh $(B)/muon-sweep $(B)/tests
check-faults: faults-helpers
	@$(FAULTS)

check-kills: faults-helpers
	@$(FAULTS) kills=25

# docs/slurm.sbatch on a Slurm of its own, in about a minute; as root, with slurm-wlm and munge.
check-slurm: muon-sweep $(B)/tests/store_facts
	@tests/check-slurm.sh ./muon-sweep $(B)/tests

faults-helpers: $(B)/muon-sweep $(B)/tests/store_facts $(B)/tests/clock_shim.so

# Laws against published data, which are not part of this project: make check-published DATA=DIR
check-published: $(B)/tests/published_laws $(B)/tests/published_batch
	@test -n "$(DATA)" || { echo "check-published: name the folder with DATA=DIR, see docs/laws.md"; exit 2; }
	@$(B)/tests/published_laws $(DATA)
	@$(B)/tests/published_batch $(DATA)

# The speed of training against its goals, docs/performance.md; under 5 minutes.
bench: muon-sweep $(B)/tests/bench_attention
	@tests/bench-goals.sh ./muon-sweep $(B)/tests/bench_attention

# Coverage of the intervals on made studies, some minutes; the time of a fit of 1,000 trials.
check-coverage: $(B)/tests/coverage_study
	@$(B)/tests/coverage_study

bench-fit: $(B)/tests/bench_fit
	@$(B)/tests/bench_fit

# Planning 10,000 trials, and asking a store that has them.
bench-plan: muon-sweep $(B)/tests/bench_plan
	@$(B)/tests/bench_plan ./muon-sweep

# Attention against the library's products, context by width of a head.
bench-attention: $(B)/tests/bench_attention
	@$(B)/tests/bench_attention

# Fuzzing: a minute for all targets; or a long run, make fuzz TARGET=csv SECONDS=3600
check-fuzz:
	@tests/fuzz/run.sh 10

fuzz:
	@tests/fuzz/run.sh $(or $(SECONDS),600) $(TARGET)

build-fuzz: $(FUZZERS)

# A small sweep from plan to fit, its workers too, under valgrind.
check-valgrind: muon-sweep
	@tests/check-valgrind.sh ./muon-sweep

# What starts threads under ThreadSanitizer, in some minutes: tests, and a sweep with its workers.
THREADED  = bf16 bootstrap checkpoint cost_model efficiency resume threads threads_training \
            trunk_checkpoints
check-threads:
	@$(MAKE) --no-print-directory -j$(JOBS) SANITIZE=thread CONFIG=debug build-all
	@$(MAKE) --no-print-directory SANITIZE=thread CONFIG=debug check-threaded

check-threaded: export OPENBLAS_NUM_THREADS=1
check-threaded:
	@tests/run-unit.sh $(THREADED:%=$(B)/tests/test_%)
	@tests/run-cli.sh $(B)/muon-sweep first_run

# A report in a browser, which `make deps-chromium` installs.
check-report: muon-sweep
	@tests/check-report.sh ./muon-sweep

deps-chromium:
	@tests/install-chromium.sh

build-all: $(B)/muon-sweep build-tests

build-tests: $(TESTS)

# --- the rest ---

install: muon-sweep
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/man/man1 \
	           $(DESTDIR)$(PREFIX)/share/muon-sweep/presets
	install -m 755 muon-sweep $(DESTDIR)$(PREFIX)/bin
	install -m 644 docs/muon-sweep.1 $(DESTDIR)$(PREFIX)/share/man/man1
	install -m 644 sweep/presets/*.yaml $(DESTDIR)$(PREFIX)/share/muon-sweep/presets

clean:
	rm -rf build muon-sweep

.PHONY: all demo check deps check-layers check-headers check-unit check-cli check-san check-clang \
        check-published check-coverage check-faults check-kills check-slurm faults-helpers \
        check-fuzz fuzz build-fuzz check-valgrind check-threads check-threaded bench bench-fit \
        bench-plan bench-attention check-report deps-chromium \
        build-all build-tests install clean FORCE
.SECONDARY:
