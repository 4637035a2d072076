# Two commands matter: `make run` and `make test`. On a fresh Debian 12 each installs what it needs.
PORT ?= 9092
ZK_PORT ?= 2181
DATA ?= run
BUILD ?= build
CXX_COMPILER ?= clang++-19
JOBS ?= $(shell nproc)

configure = cmake -S . -B $(1) -G Ninja -DCMAKE_CXX_COMPILER=$(CXX_COMPILER) $(2) >$(1).cmake.log 2>&1 || { cat $(1).cmake.log; exit 1; }
unit = -L 'unit|sim|style'

.PHONY: all dependencies build run stop cluster cluster-stop test unit tidy format format-check asan tsan sim storm fuzz bench clean
all: build

dependencies:
	@.ci/dependencies build

build: dependencies
	@mkdir -p $(BUILD)
	@$(call configure,$(BUILD),)
	@ninja -C $(BUILD) -j$(JOBS) programs

run: build
	@PORT=$(PORT) ZK_PORT=$(ZK_PORT) DATA=$(DATA) BUILD=$(BUILD) tools/run-local start

stop:
	@PORT=$(PORT) ZK_PORT=$(ZK_PORT) DATA=$(DATA) BUILD=$(BUILD) tools/run-local stop

# Three brokers on PORT.., a ZooKeeper quorum of three on ZK_PORT..
cluster: build
	@PORT=$(PORT) ZK_PORT=$(ZK_PORT) DATA=$(DATA)/cluster BUILD=$(BUILD) tools/run-cluster start

cluster-stop:
	@PORT=$(PORT) ZK_PORT=$(ZK_PORT) DATA=$(DATA)/cluster BUILD=$(BUILD) tools/run-cluster stop

test:
	@.ci/dependencies test
	@mkdir -p $(BUILD)
	@$(call configure,$(BUILD),)
	@ninja -C $(BUILD) -j$(JOBS)
	@ctest --test-dir $(BUILD) --output-on-failure -j$(JOBS) || { python3 tests/last_failures.py $(BUILD); exit 1; }

# Only what needs no server: seconds, for the edit loop.
unit: dependencies
	@mkdir -p $(BUILD)
	@$(call configure,$(BUILD),)
	@ninja -C $(BUILD) -j$(JOBS)
	@ctest --test-dir $(BUILD) --output-on-failure -j$(JOBS) $(unit)

# clang-tidy (.clang-tidy) takes seconds a file: it looks at what differs from BASE, or at every file with BASE=all.
BASE ?= HEAD~1
sources = '*.cc' ':!tests'
tidy:
	@.ci/dependencies tidy
	@python3 tests/style/check.py
	@git ls-files '*.cc' '*.h' | xargs clang-format-19 --dry-run --Werror
	@mkdir -p $(BUILD)
	@$(call configure,$(BUILD),)
	@ninja -C $(BUILD) -j$(JOBS) protocol/libbarnabas_protocol.a
	@$(if $(filter all,$(BASE)),git ls-files -- $(sources),git diff --name-only --diff-filter=d $(BASE) -- $(sources)) | \
	  xargs -r -P$(JOBS) -n1 clang-tidy-19 -p $(BUILD) --quiet

format:
	@git ls-files '*.cc' '*.h' | xargs clang-format-19 -i

# The same tests, and the whole broker under load, with every finding a failure.
asan tsan: export ASAN_OPTIONS = check_initialization_order=1:strict_init_order=1
asan tsan: export LSAN_OPTIONS = suppressions=$(CURDIR)/tests/suppressions/leak:print_suppressions=0
asan tsan: export UBSAN_OPTIONS = print_stacktrace=1
asan tsan: export TSAN_OPTIONS = suppressions=$(CURDIR)/tests/suppressions/thread:second_deadlock_stack=1
asan tsan: dependencies
	@mkdir -p $(BUILD)/$@
	@$(call configure,$(BUILD)/$@,-DBARNABAS_SANITIZE=$(if $(filter asan,$@),address$(comma)undefined,thread))
	@ninja -C $(BUILD)/$@ -j$(JOBS)
	@ctest --test-dir $(BUILD)/$@ --output-on-failure -j$(JOBS) --timeout 600 -L 'unit|sim|crash|zookeeper|sanitized'

# Many simulated histories of each kind, side by side.
SEEDS ?= 20000
sim: dependencies
	@mkdir -p $(BUILD)
	@$(call configure,$(BUILD),)
	@ninja -C $(BUILD) -j$(JOBS) sim_cluster
	@printf '%s\n' single replicated groups | xargs -P3 -I{} env SIM_KIND={} SIM_SEEDS=0-$(SEEDS) \
	  $(BUILD)/bin/sim_cluster --gtest_brief=1 --gtest_filter='Replay.TheSeeds*'

# Brokers and ZooKeeper servers killed, paused and restarted under load, then the same under consumer groups; nothing
# acknowledged may be lost.
MINUTES ?= 30
storm:
	@.ci/dependencies test
	@mkdir -p $(BUILD)
	@$(call configure,$(BUILD),)
	@ninja -C $(BUILD) -j$(JOBS) programs
	@BARNABAS_BIN=$(CURDIR)/$(BUILD)/bin BARNABAS_BUILD=$(CURDIR)/$(BUILD) PYTHONDONTWRITEBYTECODE=1 \
	  sh -c '/usr/bin/python3 tests/interop/storm.py $(MINUTES) && /usr/bin/python3 tests/interop/group_storm.py $(MINUTES)'

FUZZ_SECONDS ?= 60
fuzz: dependencies
	@mkdir -p $(BUILD)/fuzz
	@$(call configure,$(BUILD)/fuzz,-DBARNABAS_FUZZ=ON -DBARNABAS_SANITIZE=address$(comma)undefined)
	@ninja -C $(BUILD)/fuzz -j$(JOBS) fuzzers
	@for f in $(BUILD)/fuzz/bin/*_fuzz; do c=$(BUILD)/corpus/$$(basename $$f); mkdir -p $$c; \
	  $$f -max_total_time=$(FUZZ_SECONDS) -print_final_stats=1 $$c tests/fuzz/corpus/$$(basename $$f) || exit 1; done

bench:
	@.ci/dependencies test
	@mkdir -p $(BUILD)
	@$(call configure,$(BUILD),-DBARNABAS_BENCH=ON)
	@ninja -C $(BUILD) -j$(JOBS)
	@tests/bench/run $(BUILD)

clean:
	@rm -rf $(BUILD) $(BUILD).cmake.log

comma := ,
