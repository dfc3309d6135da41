# A thin front for meson. The targets people use:
#   make          build into build/
#   make run      install what is missing, build, start a demo CA in var/demo
#   make test     install what tests need, build, run every test
#   make lint     format, layers, warnings, analysers
#   make bench    measure (prints figures, judges nothing)
#   make screenshots  a picture of every page (docs/screenshots)
#   make fuzz     fuzz every parser for FUZZ_SECONDS each

BUILD ?= build
DEMO ?= var/demo
FUZZ_SECONDS ?= 60
MESON_FLAGS ?=

.PHONY: all run test lint bench fuzz screenshots install clean deps
.DELETE_ON_ERROR:

all: deps $(BUILD)/build.ninja
	@ninja -C $(BUILD)

deps:
	@tools/install-deps build

$(BUILD)/build.ninja: | deps
	@meson setup $(MESON_FLAGS) $(BUILD) >$(BUILD).setup.log 2>&1 || \
	    { cat $(BUILD).setup.log; exit 1; }
	@mv $(BUILD).setup.log $(BUILD)/setup.log

run: all
	@$(BUILD)/opencertsrv quickstart $(DEMO) $(RUN_FLAGS)

# LANES picks some of: unit integration browser asan tsan fuzz
# (tools/run-tests).
test: all
	@tools/install-deps test browser
	@tools/run-tests $(LANES)

lint:
	@tools/install-deps build lint
	@tools/lint

bench: all
	@tools/install-deps bench
	@ninja -C $(BUILD) benchmarks
	@bench/run $(BUILD)

# SCREENSHOTS=--docs makes those of README.md anew.
screenshots: all
	@tools/install-deps browser screenshots
	@tools/screenshots $(SCREENSHOTS)

fuzz:
	@tools/install-deps build fuzz
	@tools/run-fuzz $(FUZZ_SECONDS)

install: all
	@meson install -C $(BUILD)

clean:
	rm -rf build build-*
